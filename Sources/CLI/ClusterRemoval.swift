import Client
import Kubernetes

/// How a cluster leaves the control plane.
struct ClusterRemoval {
    var name: String
    var syncMode: Cluster.SyncMode
    var wait: GoDuration
    /// Whether it goes though nobody cleaned up in the cluster.
    var force: Bool

    func check(_ controlPlane: any ObjectClient) async throws {
        guard let cluster = try await controlPlane.find(Cluster.resource, ObjectKey(name: name)) else {
            throw CommandFailure("no cluster object \(name) found in the control plane")
        }
        guard Cluster(cluster.decoded()).spec.syncMode == syncMode else {
            throw CommandFailure(
                syncMode == .push
                    ? "cluster \(name) is a Pull mode member cluster: use unregister"
                    : "cluster \(name) is a Push mode member cluster: use unjoin")
        }
    }

    /// Deletes the Cluster and waits until the control plane has cleaned up after it.
    func delete(from controlPlane: any ObjectClient) async throws {
        let key = ObjectKey(name: name)
        try await controlPlane.deleteIfPresent(Cluster.resource, key)
        let deadline = ContinuousClock.now + wait.duration
        while try await isThere(in: controlPlane) {
            guard ContinuousClock.now < deadline else {
                guard force else {
                    throw CommandFailure("cluster \(name) is not gone after \(wait); --force removes it regardless")
                }
                return try await removeFinalizers(in: controlPlane)
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// An agent's rights end with its cluster: who may not look any more has seen it go.
    private func isThere(in controlPlane: any ObjectClient) async throws -> Bool {
        let found: EncodedObject?
        do {
            found = try await controlPlane.find(Cluster.resource, ObjectKey(name: name))
        } catch where error.reason == .forbidden {
            if syncMode == .pull { return false }
            throw error
        }
        return found != nil
    }

    /// Lets the Works and the Cluster go though nobody cleaned up in the member.
    private func removeFinalizers(in controlPlane: any ObjectClient) async throws {
        let namespace = "karmada-es-\(name)"
        for work in try await controlPlane.list(Work.resource, ListOptions(namespace: namespace)).items {
            try await remove("karmada.io/execution-controller", from: work.key, in: Work.resource, of: controlPlane)
        }
        try await remove("kubernetes", from: ObjectKey(name: namespace), in: .namespaces, of: controlPlane)
        try await remove("karmada.io/cluster-controller", from: ObjectKey(name: name), in: Cluster.resource, of: controlPlane)
    }

    private func remove(
        _ finalizer: String, from key: ObjectKey, in resource: GroupVersionResource, of client: any ObjectClient
    ) async throws(APIError) {
        do {
            try await client.modify(resource, key) { object in
                object.finalizers.removeAll { $0 == finalizer }
                return true
            }
        } catch where error.reason == .notFound {
            // Gone meanwhile.
        }
    }
}
