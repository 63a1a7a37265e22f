import Kubernetes
import Store

/// The tokens with which new members and their agents sign in for the first time: Secrets of type
/// `bootstrap.kubernetes.io/token` in `kube-system` (Kubernetes documentation, "Authenticating with Bootstrap Tokens").
struct BootstrapTokens: Sendable {
    static let secretType = "bootstrap.kubernetes.io/token"
    static let namespace = "kube-system"
    private static let group = "system:bootstrappers"
    private static let secrets = GroupResource(group: "", resource: "secrets")

    let store: any ObjectStore

    /// The user whom `token` (`<id>.<secret>`, 6 and 16 letters or digits) stands for; nil where it does not count.
    func user(for token: String) -> UserInfo? {
        let parts = token.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isWord(parts[0], length: 6), Self.isWord(parts[1], length: 16) else { return nil }
        let key = ObjectKey(namespace: Self.namespace, name: "bootstrap-token-\(parts[0])")
        guard let secret = store.get(Self.secrets, key)?.decoded(), secret["type"]?.string == Self.secretType,
            !secret.isBeingDeleted, let id = Self.text("token-id", of: secret), id == parts[0],
            let expected = Self.text("token-secret", of: secret), Self.isSame(expected, parts[1]),
            Self.text("usage-bootstrap-authentication", of: secret) == "true", Self.isCurrent(secret)
        else { return nil }
        let extra = (Self.text("auth-extra-groups", of: secret) ?? "").split(separator: ",").map(String.init)
        guard extra.allSatisfy({ $0.hasPrefix(Self.group + ":") }) else { return nil }
        return UserInfo(name: "system:bootstrap:\(id)", groups: [Self.group] + extra + [UserInfo.authenticatedGroup])
    }

    /// When a token ends; nil where it never does. An end that cannot be read lies in the past.
    static func expiration(of secret: Object) -> Timestamp? {
        text("expiration", of: secret).map { Timestamp($0) ?? Timestamp(seconds: 0) }
    }

    private static func isCurrent(_ secret: Object) -> Bool { expiration(of: secret).map { Timestamp.now() < $0 } ?? true }

    private static func text(_ key: String, of secret: Object) -> String? {
        secret["data", key]?.string.flatMap(Base64.decode).map { String(decoding: $0, as: UTF8.self) }
    }

    private static func isWord(_ text: Substring, length: Int) -> Bool {
        text.utf8.count == length && text.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) }
    }

    /// Takes the same time wherever the texts differ, so that a secret cannot be guessed letter by letter.
    private static func isSame(_ left: String, _ right: Substring) -> Bool {
        guard left.utf8.count == right.utf8.count else { return false }
        return zip(left.utf8, right.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
