import Client
import Kubernetes
import Logging

/// One and the same way to whatever cluster is asked for: an agent knows its cluster by itself.
public struct FixedMemberClients: MemberClients {
    private let connection: MemberConnection

    /// - Parameter configuration: how to reach the cluster that the agent runs beside.
    public init(_ configuration: ClientConfiguration, logger: Logger) throws(ClientConfigurationError) {
        connection = try MemberConnection(configuration, logger: logger)
    }

    public func client(for cluster: Cluster) async throws -> any ObjectClient { connection.client }

    public func health(of cluster: Cluster) async throws -> MemberHealth { await connection.health() }

    public func forget(_ cluster: String) {}
}
