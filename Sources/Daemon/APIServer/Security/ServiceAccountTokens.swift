import FoundationEssentials
import JWTKit
import Kubernetes
import Synchronization

/// Signs and verifies the tokens of service accounts (JSON Web Tokens, RFC 7519, signed with ES256).
///
/// A token counts only while its service account, and the object that it is bound to, exist with the uids that it was issued for.
final class ServiceAccountTokens: Sendable {
    /// The audience that a token must be for, and the issuer that it must be from.
    static let issuer = "https://kubernetes.default.svc.cluster.local"
    private static let legacyIssuer = "kubernetes/serviceaccount"

    /// Looks an object up: collection, key.
    typealias Lookup = @Sendable (GroupResource, ObjectKey) -> EncodedObject?

    private let keys: Mutex<ServiceAccountKeys>
    /// Nil where no other replica has the same keys.
    private let sharedKeys: SharedServiceAccountKeys?
    private let lookup: Lookup

    /// Verifying a signature costs more than serving a request, so verified claims are kept for a while.
    private let verified = Mutex<[String: Claims]>([:])
    private static let cacheSize = 4096

    /// Reads the signing key `sa.key` from `directory`, or makes it. Tokens that were signed with `sa.key.old` count as long as
    /// that file is there: to change the key, move it there, and restart.
    /// - Parameter sharedKeys: asked when a token comes whose key is not in the directory: another replica may have changed it.
    init(
        in directory: DataDirectory, sharedKeys: (@Sendable () async throws -> ControlPlaneKeys?)? = nil, lookup: @escaping Lookup
    ) async throws {
        let pem: String
        if let stored = try directory.read(ServiceAccountKeys.file) {
            pem = stored
        } else {
            pem = ServiceAccountKeys.makeKey()
            try directory.write(ServiceAccountKeys.file, pem, mode: 0o600)
        }
        let pems = [pem] + [try directory.read(ServiceAccountKeys.oldFile)].compactMap { $0 }
        do {
            keys = Mutex(try await ServiceAccountKeys(pems: pems))
        } catch {
            throw APIServerError.damaged(directory.path(of: "sa.key or sa.key.old"))
        }
        self.sharedKeys = sharedKeys.map { SharedServiceAccountKeys($0) }
        self.lookup = lookup
    }

    private var currentKeys: ServiceAccountKeys { keys.withLock { $0 } }

    /// `/openid/v1/jwks`: the keys by which others verify the tokens.
    var keySet: JSON { currentKeys.keySet }

    /// `/.well-known/openid-configuration` (OpenID Connect Discovery 1.0, §3).
    static func discovery(server: String) -> JSON {
        [
            "issuer": .string(issuer), "jwks_uri": .string("\(server)/openid/v1/jwks"),
            "response_types_supported": ["id_token"], "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["ES256"],
        ]
    }

    // MARK: Issuing

    /// - Parameters:
    ///   - audiences: empty for the API server itself.
    ///   - seconds: how long the token counts from now on.
    ///   - bound: the Pod, Secret or Node whose end is the token's end.
    func issue(
        for account: EncodedObject, audiences: [String], seconds: Int64, bound: (kind: String, name: String, uid: String)? = nil
    ) async throws -> String {
        let now = Timestamp.now().seconds
        var claims = Claims(iss: Self.issuer, sub: Self.subject(account.key))
        claims.aud = audiences.isEmpty ? [Self.issuer] : audiences
        claims.iat = now
        claims.nbf = now
        claims.exp = now + seconds
        claims.jti = UUID().uuidString.lowercased()
        var scope = Claims.Scope(
            namespace: account.key.namespace, serviceaccount: .init(name: account.key.name, uid: account.uid))
        switch bound?.kind {
        case "Secret": scope.secret = bound.map { .init(name: $0.name, uid: $0.uid) }
        case "Pod": scope.pod = bound.map { .init(name: $0.name, uid: $0.uid) }
        case "Node": scope.node = bound.map { .init(name: $0.name, uid: $0.uid) }
        default: break
        }
        claims.scope = scope
        return try await currentKeys.sign(claims)
    }

    /// A token without end for a Secret of type `kubernetes.io/service-account-token`; it counts as long as the Secret exists.
    func issue(for account: EncodedObject, secretName: String) async throws -> String {
        var claims = Claims(iss: Self.legacyIssuer, sub: Self.subject(account.key))
        claims.legacyNamespace = account.key.namespace
        claims.legacySecret = secretName
        claims.legacyAccount = account.key.name
        claims.legacyAccountUID = account.uid
        return try await currentKeys.sign(claims)
    }

    private static func subject(_ key: ObjectKey) -> String { "system:serviceaccount:\(key.namespace):\(key.name)" }

    // MARK: Verifying

    /// The user whom `token` stands for; nil where it does not count.
    func user(for token: String, audience: String = issuer) async -> UserInfo? {
        guard let claims = await claims(of: token) else { return nil }
        if claims.iss == Self.legacyIssuer { return legacyUser(claims, token: token) }
        guard let scope = claims.scope, let audiences = claims.aud, audiences.contains(audience),
            exists("serviceaccounts", scope.namespace, scope.serviceaccount),
            scope.secret.map({ exists("secrets", scope.namespace, $0) }) ?? true,
            scope.pod.map({ exists("pods", scope.namespace, $0) }) ?? true,
            scope.node.map({ exists("nodes", "", $0) }) ?? true
        else { return nil }
        var user = UserInfo.serviceAccount(
            namespace: scope.namespace, name: scope.serviceaccount.name, uid: scope.serviceaccount.uid)
        if let id = claims.jti { user.extra["authentication.kubernetes.io/credential-id"] = ["JTI=\(id)"] }
        for (kind, reference) in [("pod", scope.pod), ("node", scope.node)] {
            guard let reference else { continue }
            user.extra["authentication.kubernetes.io/\(kind)-name"] = [reference.name]
            user.extra["authentication.kubernetes.io/\(kind)-uid"] = [reference.uid]
        }
        return user
    }

    private func legacyUser(_ claims: Claims, token: String) -> UserInfo? {
        guard let namespace = claims.legacyNamespace, let name = claims.legacyAccount, let uid = claims.legacyAccountUID,
            let secretName = claims.legacySecret, exists("serviceaccounts", namespace, .init(name: name, uid: uid)),
            let secret = lookup(GroupResource(group: "", resource: "secrets"), ObjectKey(namespace: namespace, name: secretName)),
            let stored = secret.decoded()["data", "token"]?.string, stored == Data(token.utf8).base64EncodedString()
        else { return nil }
        return .serviceAccount(namespace: namespace, name: name, uid: uid)
    }

    private func exists(_ resource: String, _ namespace: String, _ reference: Claims.Reference) -> Bool {
        let key = ObjectKey(namespace: namespace, name: reference.name)
        return lookup(GroupResource(group: "", resource: resource), key)?.uid == reference.uid
    }

    private func claims(of token: String) async -> Claims? {
        if let known = verified.withLock({ $0[token] }) { return known.isCurrent ? known : nil }
        // A token of ours is a few hundred bytes; anything much longer is not worth the work.
        guard token.utf8.count < 8192 else { return nil }
        await takeOverKey(of: token)
        guard let claims = try? await currentKeys.verify(token, as: Claims.self) else { return nil }
        verified.withLock { cache in
            if cache.count >= Self.cacheSize { cache.removeAll(keepingCapacity: true) }
            cache[token] = claims
        }
        return claims
    }

    /// Takes over the keys that replicas share where `token` is of a key that is not known here.
    private func takeOverKey(of token: String) async {
        guard let sharedKeys, currentKeys.lackKey(of: token, as: Claims.self), let shared = await sharedKeys.current()
        else { return }
        keys.withLock { $0 = shared }
        verified.withLock { $0.removeAll() }
    }
}

/// The claims of a service account token, as Kubernetes writes them.
private struct Claims: JWTPayload {
    var iss: String
    var sub: String
    var aud: [String]?
    /// Seconds since 1970, as `iat` and `nbf` are.
    var exp: Int64?
    var iat: Int64?
    var nbf: Int64?
    var jti: String?
    var scope: Scope?
    var legacyNamespace: String?
    var legacySecret: String?
    var legacyAccount: String?
    var legacyAccountUID: String?

    struct Reference: Codable, Sendable {
        var name: String
        var uid: String
    }

    struct Scope: Codable, Sendable {
        var namespace: String
        var serviceaccount: Reference
        var secret: Reference?
        var pod: Reference?
        var node: Reference?
    }

    enum CodingKeys: String, CodingKey {
        case iss, sub, aud, exp, iat, nbf, jti
        case scope = "kubernetes.io"
        case legacyNamespace = "kubernetes.io/serviceaccount/namespace"
        case legacySecret = "kubernetes.io/serviceaccount/secret.name"
        case legacyAccount = "kubernetes.io/serviceaccount/service-account.name"
        case legacyAccountUID = "kubernetes.io/serviceaccount/service-account.uid"
    }

    init(iss: String, sub: String) {
        self.iss = iss
        self.sub = sub
    }

    var isCurrent: Bool {
        let now = Timestamp.now().seconds
        return (exp.map { now < $0 } ?? true) && (nbf.map { now >= $0 } ?? true)
    }

    func verify(using algorithm: some JWTAlgorithm) throws {
        guard isCurrent else {
            throw JWTError.claimVerificationFailure(failedClaim: ExpirationClaim(value: .now), reason: "expired")
        }
    }
}
