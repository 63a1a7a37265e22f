import Client
import Kubernetes
import Logging
import Synchronization

/// Members that are reached over HTTPS, as their `Cluster` objects and the Secrets beside them say.
public final class HTTPMemberClients: MemberClients {
    /// Keys of a cluster's Secret.
    private enum SecretKey {
        static let token = "token"
        static let certificateAuthority = "caBundle"
    }

    private let controlPlane: any ObjectClient
    private let probeTimeout: Duration
    private let logger: Logger
    private let connections = Mutex<[String: MemberConnection]>([:])

    /// - Parameters:
    ///   - controlPlane: where the Secrets are.
    ///   - probeTimeout: how long a health probe may take.
    public init(controlPlane: any ObjectClient, probeTimeout: Duration = .seconds(5), logger: Logger) {
        self.controlPlane = controlPlane
        self.probeTimeout = probeTimeout
        self.logger = logger
    }

    public func client(for cluster: Cluster) async throws -> any ObjectClient { try await connection(to: cluster).client }

    public func health(of cluster: Cluster) async throws -> MemberHealth { try await connection(to: cluster).health() }

    public func forget(_ cluster: String) { connections.withLock { $0[cluster] = nil } }

    private func connection(to cluster: Cluster) async throws -> MemberConnection {
        let configuration = try await configuration(for: cluster)
        if let known = connections.withLock({ $0[cluster.name] }), known.configuration == configuration { return known }
        let connection = try MemberConnection(configuration, probeTimeout: probeTimeout, logger: logger)
        connections.withLock { $0[cluster.name] = connection }
        return connection
    }

    private func configuration(for cluster: Cluster) async throws -> ClientConfiguration {
        guard !cluster.spec.apiEndpoint.isEmpty else {
            throw ClusterAccessError("the api endpoint of cluster \(cluster.name) is empty")
        }
        guard let reference = cluster.spec.secretRef else {
            throw ClusterAccessError("cluster \(cluster.name) does not have a secret")
        }
        let data = try await controlPlane.get(Resource.secrets, reference.key).decoded()["data"] ?? .null
        func value(_ key: String) -> [UInt8]? { data[key]?.string.flatMap(Base64.decode) }

        var configuration = ClientConfiguration(server: cluster.spec.apiEndpoint)
        guard let token = value(SecretKey.token), !token.isEmpty else {
            throw ClusterAccessError(
                "the secret for cluster \(cluster.name) is missing a non-empty value for \"\(SecretKey.token)\"")
        }
        configuration.token = String(decoding: token, as: UTF8.self)
        if cluster.spec.insecureSkipTLSVerification {
            configuration.insecureSkipTLSVerify = true
        } else {
            guard let authority = value(SecretKey.certificateAuthority) else {
                throw ClusterAccessError(
                    "the secret for cluster \(cluster.name) is missing the CA data key \"\(SecretKey.certificateAuthority)\"")
            }
            configuration.certificateAuthority = authority
        }
        if !cluster.spec.proxyURL.isEmpty { configuration.proxyURL = cluster.spec.proxyURL }
        return configuration
    }
}
