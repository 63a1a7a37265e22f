import Kubernetes

/// The resource versions of several clusters in one, as karmada-search writes it: unpadded URL-safe base64 of
/// `{"cluster":"version",…}`, sorted.
struct CombinedVersion: Equatable {
    private(set) var versions: [String: Int64] = [:]

    init() {}

    /// Empty for what is no combined version: the client has seen nothing then.
    init(_ text: String) {
        guard let bytes = Base64.decodeURL(text), let json = try? JSON(parsing: bytes) else { return }
        versions = json.stringMap.compactMapValues { Int64($0) }
    }

    subscript(cluster: String) -> Int64? {
        get { versions[cluster] }
        set { versions[cluster] = newValue }
    }

    var description: String {
        if versions.isEmpty { return "" }
        let pairs = versions.sorted { $0.key < $1.key }.map { "\"\($0.key)\":\"\($0.value)\"" }
        return Base64.encodeURL("{\(pairs.joined(separator: ","))}".utf8)
    }
}
