import Kubernetes

/// A number or a share of another (`intstr.IntOrString`): `3`, `"25%"`.
enum IntOrPercent: Equatable {
    case int(Int)
    case percent(Int)

    init?(_ json: JSON?) {
        if let int = json?.int {
            self = .int(int)
        } else if let text = json?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()) {
            self = .percent(percent)
        } else {
            return nil
        }
    }

    /// The number that it means of `total`.
    func value(of total: Int, roundedUp: Bool) -> Int {
        switch self {
        case .int(let int): int
        case .percent(let percent): (total * percent + (roundedUp ? 99 : 0)) / 100
        }
    }
}
