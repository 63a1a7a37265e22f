import Client
import Kubernetes

/// The ways to the member clusters.
public protocol MemberClients: Sendable {
    /// - Throws: `ClusterAccessError`, or an `APIError`, where the cluster's object does not say how to reach it.
    func client(for cluster: Cluster) async throws -> any ObjectClient

    /// Asks the cluster's API server how it is. Returns within seconds, whatever the cluster does.
    /// - Throws: as `client(for:)`.
    func health(of cluster: Cluster) async throws -> MemberHealth

    /// Lets go of what was kept for a cluster that is gone.
    func forget(_ cluster: String)
}

/// What a member's API server says of itself.
public enum MemberHealth: Sendable, Equatable {
    case healthy
    /// It answers, but not with 200.
    case unhealthy
    /// It does not answer.
    case unreachable
}

/// Why a cluster cannot be reached: what its object lacks.
public struct ClusterAccessError: Error, Sendable, Equatable, CustomStringConvertible {
    public var description: String
    public init(_ description: String) { self.description = description }
}
