import Kubernetes

/// Where a list goes on: the revision of its first page and the last key that was handed out.
struct ContinueToken: Equatable {
    /// Nil where the list goes on with what there is now, as that revision is gone.
    var revision: Int64?
    var after: ObjectKey

    init(revision: Int64?, after: ObjectKey) {
        self.revision = revision
        self.after = after
    }

    /// Opaque to clients, and safe in a URL.
    var text: String {
        let json: JSON = [
            "v": "flotilla/v1", "rv": revision.map(JSON.integer) ?? .null, "ns": .string(after.namespace),
            "name": .string(after.name),
        ]
        return String(Base64.encode(json.encoded()).map { Self.urlCharacter[$0] ?? $0 }.filter { $0 != "=" })
    }

    init(parsing text: String) throws(APIError) {
        let standard = text.map { Self.standardCharacter[$0] ?? $0 } + Array(repeating: "=", count: (4 - text.count % 4) % 4)
        guard text.utf8.count < 4096, let bytes = Base64.decode(String(standard)), let json = try? JSON(parsing: bytes),
            json["v"]?.string == "flotilla/v1", let namespace = json["ns"]?.string, let name = json["name"]?.string
        else { throw .badRequest("continue key is not valid") }
        self.init(revision: json["rv"]?.integer, after: ObjectKey(namespace: namespace, name: name))
    }

    private static let urlCharacter: [Character: Character] = ["+": "-", "/": "_"]
    private static let standardCharacter: [Character: Character] = ["-": "+", "_": "/"]
}
