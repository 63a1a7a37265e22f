/// What label keys and values may look like (https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/), and what
/// `k8s.io/apimachinery` says where they do not. Each function gives every problem it finds, none for valid text.
public enum LabelSyntax {
    /// Problems of a label key, `[prefix/]name`. Annotation keys, taint keys and condition types follow the same rule.
    public static func problems(ofKey key: String) -> [String] {
        let parts = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard parts.count <= 2 else {
            return ["a valid label key \(nameRule) with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"]
        }
        var problems: [String] = []
        if parts.count == 2 {
            let prefix = parts[0].isEmpty ? ["must be non-empty"] : Self.problems(ofSubdomain: String(Substring(parts[0])))
            problems += prefix.map { "prefix part \($0)" }
        }
        let name = parts[parts.count - 1]
        if name.isEmpty { problems.append("name part must be non-empty") }
        if name.count > 63 { problems.append("name part must be no more than 63 bytes") }
        if !isName(name) { problems.append("name part \(nameRule)") }
        return problems
    }

    /// Problems of a label value. The empty string has none.
    public static func problems(ofValue value: String) -> [String] {
        var problems: [String] = []
        if value.utf8.count > 63 { problems.append("must be no more than 63 bytes") }
        if !value.isEmpty, !isName(value.utf8[...]) { problems.append(valueRule) }
        return problems
    }

    /// Problems of a DNS subdomain (RFC 1123): the names of most objects, and the prefixes of keys.
    public static func problems(ofSubdomain name: String) -> [String] {
        var problems: [String] = []
        if name.utf8.count > 253 { problems.append("must be no more than 253 bytes") }
        if !isSubdomain(name.utf8[...]) { problems.append(subdomainRule) }
        return problems
    }

    /// Problems of a DNS label (RFC 1123): the names of namespaces and ports.
    public static func problems(ofDNSLabel name: String) -> [String] {
        var problems: [String] = []
        if name.utf8.count > 63 { problems.append("must be no more than 63 bytes") }
        if !isDNSLabel(name.utf8[...]) {
            problems.append(isSubdomain(name.utf8[...]) ? "must not contain dots" : dnsLabelRule)
        }
        return problems
    }

    // MARK: Rules

    private static let nameRule =
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character "
        + "(e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

    private static let valueRule =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with "
        + "an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is "
        + "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

    private static let subdomainRule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with "
        + "an alphanumeric character (e.g. 'example.com', regex used for validation is "
        + "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

    private static let dnsLabelRule =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an "
        + "alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

    private static func isName(_ name: Substring.UTF8View) -> Bool {
        guard let first = name.first, let last = name.last, isAlphanumeric(first), isAlphanumeric(last) else { return false }
        return name.allSatisfy {
            isAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
    }

    private static func isSubdomain(_ name: Substring.UTF8View) -> Bool {
        name.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy(isDNSLabel)
    }

    private static func isDNSLabel(_ label: Substring.UTF8View) -> Bool {
        guard let first = label.first, let last = label.last, isLower(first), isLower(last) else { return false }
        return label.allSatisfy { isLower($0) || $0 == UInt8(ascii: "-") }
    }

    private static func isLower(_ byte: UInt8) -> Bool { isAlphanumeric(byte) && !(65...90).contains(byte) }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        byte &- UInt8(ascii: "0") < 10 || (byte | 0x20) &- UInt8(ascii: "a") < 26
    }
}
