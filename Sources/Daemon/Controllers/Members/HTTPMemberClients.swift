import Client
import Kubernetes
import Logging
import Synchronization

/// Members that are reached over HTTPS, as their `Cluster` objects and the Secrets beside them say.
public final class HTTPMemberClients: MemberClients {
    private struct Access {
        var configuration: ClientConfiguration
        var client: HTTPObjectClient
        /// Says at once what it sees: a probe that is made again until it succeeds finds nothing out.
        var probe: HTTPObjectClient
    }

    /// Keys of a cluster's Secret.
    private enum SecretKey {
        static let token = "token"
        static let certificateAuthority = "caBundle"
    }

    private let controlPlane: any ObjectClient
    private let probeTimeout: Duration
    private let logger: Logger
    private let accesses = Mutex<[String: Access]>([:])

    /// - Parameters:
    ///   - controlPlane: where the Secrets are.
    ///   - probeTimeout: how long a health probe may take.
    public init(controlPlane: any ObjectClient, probeTimeout: Duration = .seconds(5), logger: Logger) {
        self.controlPlane = controlPlane
        self.probeTimeout = probeTimeout
        self.logger = logger
    }

    public func client(for cluster: Cluster) async throws -> any ObjectClient { try await access(to: cluster).client }

    public func health(of cluster: Cluster) async throws -> MemberHealth {
        let probe = try await access(to: cluster).probe
        do {
            var answer = try await probe.request(HTTPCall("GET", "/readyz"))
            if answer.status == 404 { answer = try await probe.request(HTTPCall("GET", "/healthz")) }
            return answer.status == 200 ? .healthy : .unhealthy
        } catch {
            logger.debug("cluster \(cluster.name) cannot be reached: \(error)")
            return .unreachable
        }
    }

    public func forget(_ cluster: String) { accesses.withLock { $0[cluster] = nil } }

    private func access(to cluster: Cluster) async throws -> Access {
        let configuration = try await configuration(for: cluster)
        if let known = accesses.withLock({ $0[cluster.name] }), known.configuration == configuration { return known }
        var probing = configuration
        probing.connectTimeout = probeTimeout
        probing.requestTimeout = probeTimeout
        probing.maximumAttempts = 1
        let access = Access(
            configuration: configuration, client: try HTTPObjectClient(configuration, logger: logger),
            probe: try HTTPObjectClient(probing, logger: logger))
        accesses.withLock { $0[cluster.name] = access }
        return access
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
