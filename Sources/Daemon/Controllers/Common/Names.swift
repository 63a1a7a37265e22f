import Kubernetes

/// Names of derived objects, equal to those that Karmada's clients compute.
enum Names {
    /// The binding of a template: `nginx-deployment`.
    static func binding(kind: String, name: String) -> String {
        "\(objectName(name))-\(kind)".lowercased()
    }

    /// The Work of an object in each cluster: `nginx-687f7fb96f`. The hash tells apart what has the same name in several
    /// namespaces and kinds.
    static func work(kind: String, name: String, namespace: String) -> String {
        let name = objectName(name).lowercased()
        let identity = namespace.isEmpty ? "\(name)-\(kind)" : "\(namespace)-\(name)-\(kind)"
        return "\(name)-\(safeEncoded(String(fnv1a(identity.lowercased()))))"
    }

    /// What stands for a binding in the label of those that it needs (`GenerateBindingReferenceKey`).
    static func reference(toBinding key: ObjectKey) -> String { safeEncoded(String(fnv1a(key.description))) }

    /// RBAC names may hold colons, which DNS subdomains (what custom resources are named by) must not.
    private static func objectName(_ name: String) -> String {
        name.utf8.contains(UInt8(ascii: ":")) ? String(name.map { $0 == ":" ? "." : $0 }) : name
    }

    /// The 32 bit FNV-1a hash (RFC 9923).
    static func fnv1a(_ text: String) -> UInt32 {
        text.utf8.reduce(2_166_136_261) { ($0 ^ UInt32($1)) &* 16_777_619 }
    }

    /// Kubernetes' encoding into letters and digits that form no words (`k8s.io/apimachinery/pkg/util/rand`).
    private static func safeEncoded(_ text: String) -> String {
        let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
        return String(text.utf8.map { alphabet[Int($0) % alphabet.count] })
    }
}

/// What marks an object for ever, whatever becomes of its name: a random UUID (RFC 9562, version 4).
enum PermanentID {
    static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        func digits(_ value: UInt64, _ count: Int) -> String {
            let text = String(value & (count == 16 ? .max : (1 << (UInt64(count) * 4)) - 1), radix: 16)
            return String(repeating: "0", count: count - text.count) + text
        }
        return [
            digits(high >> 32, 8), digits(high >> 16, 4), digits(high, 4), digits(low >> 48, 4), digits(low, 12),
        ].joined(separator: "-")
    }
}
