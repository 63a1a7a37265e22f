import Client
import Kubernetes
import Logging

/// Renews the cluster's Lease in the control plane: the sign that its agent is alive.
struct ClusterLease: Sendable {
    /// Where Karmada keeps clusters' Leases.
    static let namespace = "karmada-cluster"

    let client: any ObjectClient
    let cluster: String
    let duration: Duration
    let renewInterval: Duration
    let logger: Logger

    func run() async {
        while !Task.isCancelled {
            do {
                try await renew()
            } catch {
                // The next renewal comes soon enough.
                logger.debug("the lease of \(cluster) was not renewed: \(error)")
            }
            try? await Task.sleep(for: renewInterval)
        }
    }

    private func renew() async throws(APIError) {
        let key = ObjectKey(namespace: Self.namespace, name: cluster)
        do {
            try await client.modify(.leases, key) { lease in
                lease.spec = spec
                return true
            }
        } catch where error.reason == .notFound {
            var lease = Object(apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: key.namespace, name: key.name)
            lease.spec = spec
            // It goes with the cluster.
            let owner = try await client.get(Cluster.resource, ObjectKey(name: cluster)).decoded()
            lease.ownerReferences = [OwnerReference(controller: owner)]
            _ = try await client.create(lease, in: .leases)
        }
    }

    private var spec: JSON {
        [
            "holderIdentity": .string(cluster), "leaseDurationSeconds": .integer(duration.components.seconds),
            "renewTime": .string(Timestamp.now().microTime),
        ]
    }
}
