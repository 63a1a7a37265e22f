import Kubernetes

/// The keys under which objects are kept: `<prefix>/<group>/<resource>/[<namespace>/]<name>`, the core group being `core`.
///
/// Neither groups nor names have slashes. No group begins with a dot: `<prefix>/.flotilla/` has what is not an object.
struct EtcdKeys: Sendable {
    private let prefix: String

    private static let coreGroup = "core"
    private static let ownFolder = ".flotilla/"

    /// - Parameter prefix: `/registry`.
    init(prefix: String) {
        self.prefix = prefix + "/"
    }

    /// All keys, those that are no objects' included: the first, and the one after the last, as etcd wants a range.
    var range: (key: String, end: String) { (prefix, prefix.dropLast() + "0") }

    func key(_ collection: GroupResource, _ key: ObjectKey) -> String {
        let group = collection.group.isEmpty ? Self.coreGroup : collection.group
        let namespace = key.namespace.isEmpty ? "" : key.namespace + "/"
        return "\(prefix)\(group)/\(collection.resource)/\(namespace)\(key.name)"
    }

    /// For something that is no object.
    func privateKey(_ name: String) -> String { prefix + Self.ownFolder + name }

    func isPrivate(_ key: String) -> Bool { key.hasPrefix(prefix + Self.ownFolder) }

    /// What is kept at a key; nil where it is none of ours.
    func place(of key: String) -> (collection: GroupResource, key: ObjectKey)? {
        guard key.hasPrefix(prefix) else { return nil }
        let parts = key.dropFirst(prefix.count).split(separator: "/", omittingEmptySubsequences: false)
        guard (3...4).contains(parts.count), parts.allSatisfy({ !$0.isEmpty }) else { return nil }
        let group = parts[0] == Self.coreGroup ? "" : String(parts[0])
        let namespace = parts.count == 4 ? String(parts[2]) : ""
        return (
            GroupResource(group: group, resource: String(parts[1])),
            ObjectKey(namespace: namespace, name: String(parts[parts.count - 1]))
        )
    }
}
