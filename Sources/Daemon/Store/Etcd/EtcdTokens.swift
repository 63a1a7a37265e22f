import EtcdProtocol
import GRPCCore
import GRPCNIOTransportHTTP2Posix

/// The token that etcd gives for a user's password, fetched once for all who need it.
actor EtcdTokens {
    private let credentials: EtcdConfiguration.Credentials
    private var token: String?
    private var refresh: Task<String, any Error>?

    init(_ credentials: EtcdConfiguration.Credentials) {
        self.credentials = credentials
    }

    /// - Parameter refused: a token that etcd did not accept, which counts no more.
    func token(
        refused: String?, from client: GRPCClient<HTTP2ClientTransport.Posix>, _ options: CallOptions
    ) async throws -> String {
        if let token, token != refused { return token }
        if let refresh { return try await refresh.value }
        let credentials = credentials
        let task = Task {
            var request = EtcdAuthenticateRequest()
            request.name = credentials.user
            request.password = credentials.password
            return try await EtcdAuth.Client(wrapping: client).authenticate(request, options: options).token
        }
        refresh = task
        defer { refresh = nil }
        let fresh = try await task.value
        token = fresh
        return fresh
    }

    func forget() { token = nil }
}
