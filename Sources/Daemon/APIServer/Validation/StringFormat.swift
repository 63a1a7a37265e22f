import Kubernetes

/// The formats of strings that custom resources are checked for (the `format` keyword, as far as the API server knows it). Other
/// formats are only descriptions.
enum StringFormat: String {
    case byte
    case cidr
    case date
    case duration
    case email
    case hostname
    case ipv4
    case ipv6
    case mac
    case uri
    case uuid

    func matches(_ text: String) -> Bool {
        switch self {
        case .byte: Base64.decode(text) != nil
        case .cidr: Self.isCIDR(text)
        case .date: Timestamp(text + "T00:00:00Z") != nil
        case .duration: RegularExpressions.matches(text, Self.durationPattern)
        case .email: RegularExpressions.matches(text, #"^[^@\s]+@[^@\s]+$"#)
        case .hostname: LabelSyntax.problems(ofSubdomain: text.lowercased()).isEmpty
        case .ipv4: IPAddress.bytes(of: text)?.count == 4
        case .ipv6: IPAddress.bytes(of: text)?.count == 16
        case .mac: RegularExpressions.matches(text, "^[0-9A-Fa-f]{2}([:-][0-9A-Fa-f]{2}){5}$")
        case .uri: RegularExpressions.matches(text, #"^([A-Za-z][A-Za-z0-9+.-]*:|/)[^\s]*$"#)
        case .uuid:
            RegularExpressions.matches(text, "^[0-9A-Fa-f]{8}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{4}-?[0-9A-Fa-f]{12}$")
        }
    }

    /// As Go writes durations: `1h30m`, `1.5s`.
    private static let durationPattern = #"^[-+]?(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h|d|w))+$|^0$"#

    private static func isCIDR(_ text: String) -> Bool {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let length = Int(parts[1]), length >= 0, parts[1].utf8.allSatisfy({ (48...57).contains($0) })
        else { return false }
        guard let address = IPAddress.bytes(of: String(parts[0])) else { return false }
        return length <= address.count * 8
    }
}
