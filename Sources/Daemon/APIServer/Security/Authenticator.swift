import Kubernetes

/// Finds out who makes a request: by client certificate, then by bearer token; anonymous where there is neither.
struct Authenticator: Sendable {
    let accountTokens: ServiceAccountTokens
    let bootstrapTokens: BootstrapTokens

    /// - Parameters:
    ///   - authorization: the header `Authorization`.
    ///   - certificateUser: whom the connection's client certificate names; TLS has verified it.
    /// - Throws: `Unauthorized` for a credential that does not count: nobody falls back to being anonymous.
    func authenticate(authorization: String?, certificateUser: UserInfo?) async throws(APIError) -> UserInfo {
        if let certificateUser { return certificateUser }
        guard let authorization else { return .anonymous }
        let parts = authorization.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return .anonymous }
        guard let user = await user(for: String(parts[1])) else { throw .unauthorized }
        return user
    }

    /// Whom a token stands for; nil where it does not count for `audience`.
    func user(for token: String, audience: String = ServiceAccountTokens.issuer) async -> UserInfo? {
        if audience == ServiceAccountTokens.issuer, let user = bootstrapTokens.user(for: token) { return user }
        return await accountTokens.user(for: token, audience: audience)
    }
}
