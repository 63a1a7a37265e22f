import Client
import Kubernetes
import Logging
import Synchronization

/// Members that are reached over HTTPS, as their `Cluster` objects and the Secrets beside them say.
public final class HTTPMemberClients: MemberClients {
    private let controlPlane: any ObjectClient
    private let probeTimeout: Duration
    private let limits: MemberLimits
    private let logger: Logger
    private let connections = Mutex<[String: MemberConnection]>([:])

    /// - Parameters:
    ///   - controlPlane: where the Secrets are.
    ///   - probeTimeout: how long a health probe may take.
    ///   - limits: of calls to each member, but for probes.
    public init(
        controlPlane: any ObjectClient, probeTimeout: Duration = .seconds(5), limits: MemberLimits = MemberLimits(),
        logger: Logger
    ) {
        self.controlPlane = controlPlane
        self.probeTimeout = probeTimeout
        self.limits = limits
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
        guard let reference = cluster.spec.secretRef else {
            throw ClusterAccessError("cluster \(cluster.name) does not have a secret")
        }
        let secret = ClusterSecret(try await controlPlane.get(Resource.secrets, reference.key))
        var configuration = try secret.configuration(for: cluster, token: try secret.token(of: cluster))
        limits.apply(to: &configuration)
        return configuration
    }
}

/// How many calls a member gets.
public struct MemberLimits: Sendable {
    /// `--cluster-api-qps`: calls a second, 0 for as many as there are.
    public var queriesPerSecond: Double
    /// `--cluster-api-burst`: calls at once, before that limit slows them down.
    public var burst: Int

    public init(queriesPerSecond: Double = 0, burst: Int = 60) {
        self.queriesPerSecond = queriesPerSecond
        self.burst = burst
    }

    public func apply(to configuration: inout ClientConfiguration) {
        guard queriesPerSecond > 0 else { return }
        configuration.queriesPerSecond = queriesPerSecond
        configuration.burst = burst
    }
}
