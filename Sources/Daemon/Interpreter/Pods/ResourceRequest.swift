import Kubernetes

/// What a pod asks for of each resource: the larger of what its containers ask for together and what its hungriest init
/// container asks for, and the overhead of running a pod at all. A container that sets only a limit asks for that much.
///
/// Cpu in thousandths of a core, everything else in whole units, fractions rounded up, as Karmada's scheduler counts.
public struct ResourceRequest: Sendable {
    /// By resource.
    public private(set) var amounts: [String: Int64] = [:]

    /// What a pod asks for that a cluster runs; nothing where that cannot be made out.
    public init(of pod: Object) { if let request = try? Self(podSpec: pod.spec, at: "spec") { self = request } }

    init(podSpec: JSON, at path: String) throws(InterpreterError) {
        for (index, container) in try podSpec.list("containers", within: "\(path).").enumerated() {
            try add(Self.effective(container, at: "\(path).containers[\(index)]"))
        }
        for (index, container) in try podSpec.list("initContainers", within: "\(path).").enumerated() {
            for (name, amount) in try Self.effective(container, at: "\(path).initContainers[\(index)]") {
                amounts[name] = max(amounts[name] ?? 0, amount)
            }
        }
        try add(Self.amounts(podSpec.members("overhead", within: "\(path)."), at: "\(path).overhead"))
    }

    /// As `resourceRequest` of `replicaRequirements` has it: only what is asked for, in canonical quantities.
    var json: JSON {
        var json: JSON = [:]
        for (name, amount) in amounts where amount > 0 { json[name] = .string(Self.quantity(amount, of: name).description) }
        return json
    }

    private mutating func add(_ other: [String: Int64]) {
        for (name, amount) in other {
            let (sum, overflow) = (amounts[name] ?? 0).addingReportingOverflow(amount)
            amounts[name] = overflow ? .max : sum
        }
    }

    private static func effective(_ container: JSON, at path: String) throws(InterpreterError) -> [String: Int64] {
        let requests = try container.members("resources", "requests", within: "\(path).")
        let limits = try container.members("resources", "limits", within: "\(path).")
        return try amounts(limits, at: "\(path).resources.limits")
            .merging(amounts(requests, at: "\(path).resources.requests")) { $1 }
    }

    private static func amounts(_ list: JSON?, at path: String) throws(InterpreterError) -> [String: Int64] {
        guard let list = list?.object else { return [:] }
        var amounts: [String: Int64] = [:]
        for (name, value) in list where isCounted(name) {
            do {
                let quantity = try Quantity(value)
                amounts[name] = name == "cpu" ? quantity.milliValue : quantity.value
            } catch {
                throw InterpreterError(field: "\(path).\(name)", message: "\(error)")
            }
        }
        return amounts
    }

    /// Whether schedulers count the resource: the native ones, and those that belong to somebody's domain.
    private static func isCounted(_ name: String) -> Bool {
        switch name {
        case "cpu", "memory", "ephemeral-storage", "pods": true
        default:
            name.hasPrefix("hugepages-") || name.hasPrefix("attachable-volumes-")
                || name.contains("/") && (name.contains("kubernetes.io/") || !name.hasPrefix("requests."))
        }
    }

    private static func quantity(_ amount: Int64, of name: String) -> Quantity {
        switch name {
        case "cpu": Quantity(milliValue: amount)
        case "memory", "ephemeral-storage": Quantity(value: amount, format: .binarySI)
        default: Quantity(value: amount, format: name.hasPrefix("hugepages-") ? .binarySI : .decimalSI)
        }
    }
}
