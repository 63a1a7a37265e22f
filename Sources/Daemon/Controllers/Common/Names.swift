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
