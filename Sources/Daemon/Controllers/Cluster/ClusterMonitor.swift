import Client
import Kubernetes
import Synchronization

/// Watches over the clusters whose agents report by themselves (Pull mode): where neither the agent's Lease nor the cluster's
/// status was renewed for a grace period, nobody knows any more how the cluster is.
struct ClusterMonitor: Controller {
    static let name = ClusterController.name

    let plane: ControlPlane
    let configuration: ControllerConfiguration
    private let leases: Informer
    private let signs = Signs()
    private let queue = WorkQueue<String>()

    /// What was last heard of each cluster, by this process's clock: the agents' may differ.
    private final class Signs: Sendable {
        struct Sign {
            var ready: Condition?
            var renewTime: String?
            var heard: ContinuousClock.Instant
        }

        private let latest = Mutex<[String: Sign]>([:])

        /// - Returns: when the cluster was last heard of, this look included.
        func note(_ name: String, _ ready: Condition?, renewTime: String?) -> ContinuousClock.Instant {
            latest.withLock { latest in
                if let last = latest[name], last.ready == ready, last.renewTime == renewTime { return last.heard }
                latest[name] = Sign(ready: ready, renewTime: renewTime, heard: .now)
                return .now
            }
        }

        func forget(_ name: String) { latest.withLock { $0[name] = nil } }
    }

    init(plane: ControlPlane, configuration: ControllerConfiguration) {
        self.plane = plane
        self.configuration = configuration
        leases = Informer(
            Resource.leases, client: plane.client, options: ListOptions(namespace: ReservedNamespace.clusters),
            logger: plane.logger)
    }

    func run() async {
        plane.clusters.onChange { queue.add($0.key.name) }
        leases.onChange { queue.add($0.key.name) }
        await withDiscardingTaskGroup { group in
            group.addTask { await leases.run() }
            group.addTask {
                await leases.waitUntilSynced()
                await process(queue, workers: 4, logger: plane.logger) { try await reconcile($0) }
            }
        }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        // One that is being deleted is watched as well: whether its agent is there to clean up is known by this only.
        guard let cluster = plane.cluster(name), cluster.spec.syncMode == .pull else {
            signs.forget(name)
            return .done
        }
        let ready = cluster.status.conditions[Cluster.readyCondition]
        let lease = leases.get(ObjectKey(namespace: ReservedNamespace.clusters, name: name))
        let heard = signs.note(name, ready, renewTime: lease?.decoded().spec["renewTime"]?.string)
        // The next sign of it brings the cluster here again.
        if ready?.status == .unknown { return .done }
        let grace = ready == nil ? configuration.clusterStartupGracePeriod : configuration.clusterMonitorGracePeriod
        let silence = heard.duration(to: .now)
        guard silence >= grace else { return .again(after: grace - silence) }
        let condition =
            ready == nil
            ? Condition(
                type: Cluster.readyCondition, status: .unknown, reason: "ClusterStatusNeverUpdated",
                message: "Cluster status controller never posted cluster status.")
            : Condition(
                type: Cluster.readyCondition, status: .unknown, reason: "ClusterStatusUnknown",
                message: "Cluster status controller stopped posting cluster status.")
        try await plane.client.modifyIfPresent(Cluster.resource, ObjectKey(name: name), subresource: "status") { object in
            // What the agent wrote meanwhile counts.
            guard Cluster(object).status.conditions[Cluster.readyCondition] == ready else { return false }
            object.setCondition(condition)
            return true
        }
        return .done
    }
}
