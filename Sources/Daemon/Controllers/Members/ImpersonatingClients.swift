import Client
import Kubernetes
import Logging
import Synchronization

/// The ways into the members for users: with a token that may do nothing there but act as somebody else.
public final class ImpersonatingClients: Sendable {
    private struct Access {
        var configuration: ClientConfiguration
        var client: HTTPObjectClient
    }

    private let controlPlane: any ObjectClient
    private let logger: Logger
    private let accesses = Mutex<[String: Access]>([:])

    /// - Parameter controlPlane: where the clusters and their Secrets are.
    public init(controlPlane: any ObjectClient, logger: Logger) {
        self.controlPlane = controlPlane
        self.logger = logger
    }

    /// All clusters, sorted.
    public func names() async throws(APIError) -> [String] {
        try await controlPlane.list(Cluster.resource, ListOptions()).items.map(\.key.name).sorted()
    }

    /// - Throws: `NotFound` where there is no such cluster, `ServiceUnavailable` where it does not say how to reach it.
    public func client(for name: String) async throws(APIError) -> HTTPObjectClient {
        let object: EncodedObject
        do {
            object = try await controlPlane.get(Cluster.resource, ObjectKey(name: name))
        } catch {
            if error.reason == .notFound { accesses.withLock { $0[name] = nil } }
            throw error
        }
        do {
            let configuration = try await configuration(for: Cluster(object.decoded()))
            if let known = accesses.withLock({ $0[name] }), known.configuration == configuration { return known.client }
            let client = try HTTPObjectClient(configuration, logger: logger)
            accesses.withLock { $0[name] = Access(configuration: configuration, client: client) }
            return client
        } catch {
            throw APIError(code: 503, reason: .serviceUnavailable, message: "\(error)")
        }
    }

    private func configuration(for cluster: Cluster) async throws -> ClientConfiguration {
        guard let reference = cluster.spec.impersonatorSecretRef else {
            throw ClusterAccessError("the impersonatorSecretRef of cluster \(cluster.name) is nil")
        }
        var secret = ClusterSecret()
        // A Pull mode cluster may keep its own to itself.
        if let own = cluster.spec.secretRef { secret = ClusterSecret(try await controlPlane.get(Resource.secrets, own.key)) }
        let impersonator = ClusterSecret(try await controlPlane.get(Resource.secrets, reference.key))
        return try secret.configuration(for: cluster, token: try impersonator.token(of: cluster))
    }
}
