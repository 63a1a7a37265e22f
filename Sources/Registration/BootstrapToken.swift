import Client
import Kubernetes

/// A token with which a new member signs in for the first time: `id.secret`, 6 and 16 letters or digits (Kubernetes
/// documentation, "Authenticating with Bootstrap Tokens").
public struct BootstrapToken: Sendable, Equatable {
    public let id: String
    public let secret: String

    private static let alphabet = Array("abcdefghijklmnopqrstuvwxyz0123456789")
    private static let namespace = "kube-system"
    public static let secretType = "bootstrap.kubernetes.io/token"
    public static let usages = ["signing", "authentication"]
    public static let groups = ["system:bootstrappers:karmada:default-cluster-token"]

    public static func random() -> BootstrapToken {
        func word(_ length: Int) -> String { String((0..<length).map { _ in alphabet[Int.random(in: alphabet.indices)] }) }
        return BootstrapToken(id: word(6), secret: word(16))
    }

    init(id: String, secret: String) {
        self.id = id
        self.secret = secret
    }

    /// Nil for what is no token.
    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, Self.isWord(parts[0], 6), Self.isWord(parts[1], 16) else { return nil }
        self.init(id: parts[0], secret: parts[1])
    }

    public static func isID(_ text: String) -> Bool { isWord(text, 6) }

    private static func isWord(_ text: String, _ length: Int) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    public var text: String { "\(id).\(secret)" }

    public static func key(id: String) -> ObjectKey { ObjectKey(namespace: namespace, name: "bootstrap-token-\(id)") }

    /// The Secret that makes the token count.
    /// - Parameter expiration: nil for never.
    public func secretObject(
        description: String, expiration: Timestamp?, usages: [String], groups: [String]
    ) -> Object {
        let key = Self.key(id: id)
        var object = Object(apiVersion: "v1", kind: "Secret", namespace: key.namespace, name: key.name)
        object["type"] = .string(Self.secretType)
        var data = ["token-id": id, "token-secret": secret]
        if !description.isEmpty { data["description"] = description }
        if let expiration { data["expiration"] = expiration.description }
        for usage in usages { data["usage-bootstrap-\(usage)"] = "true" }
        if !groups.isEmpty { data["auth-extra-groups"] = groups.joined(separator: ",") }
        object["data"] = .object(JSONObject(data.map { ($0.key, .string(Base64.encode($0.value.utf8))) }))
        return object
    }

    public static func list(in controlPlane: any ObjectClient) async throws(APIError) -> [Object] {
        try await controlPlane.list(.secrets, ListOptions(namespace: namespace, fieldSelector: "type=\(secretType)"))
            .items.map { $0.decoded() }
    }
}
