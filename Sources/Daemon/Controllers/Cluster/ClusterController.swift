import Client
import Kubernetes

/// Prepares the control plane for each cluster that joins, taints clusters that are not ready, and clears up after those that
/// leave.
struct ClusterController: Controller {
    static let name = "cluster"
    private static let component = "cluster-controller"
    /// How often a cluster that leaves is looked at until nothing is left of it.
    private static let removalCheckInterval = Duration.seconds(1)

    let plane: ControlPlane
    let workers: Int
    private let queue = WorkQueue<String>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
    }

    func run() async {
        plane.clusters.onChange { queue.add($0.key.name) }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let cluster = plane.cluster(name) else { return .done }
        if cluster.isBeingDeleted { return try await remove(cluster) }
        do {
            try await createExecutionSpace(for: cluster)
        } catch {
            event(.warning, EventReason.createExecutionSpaceFailed, "\(error)", cluster)
            throw error
        }
        try await updateTaintsAndFinalizer(of: cluster)
        return .done
    }

    private func event(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, _ cluster: Cluster) {
        plane.events.record(kind, reason, message, about: ObjectReference(cluster), from: Self.component)
    }

    // MARK: Joining

    /// The namespace that holds the cluster's Works.
    private func createExecutionSpace(for cluster: Cluster) async throws {
        let name = Work.namespace(of: cluster.name)
        guard plane.namespaces.get(ObjectKey(name: name)) == nil else { return }
        var namespace = Object(apiVersion: "v1", kind: "Namespace", name: name)
        namespace.labels = [Label.system: "true"]
        guard try await plane.client.createIfAbsent(namespace, in: Resource.namespaces) != nil else { return }
        event(
            .normal, EventReason.createExecutionSpaceSucceed, "Created execution space(\(name)) for cluster(\(cluster.name)).",
            cluster)
    }

    private func updateTaintsAndFinalizer(of cluster: Cluster) async throws {
        let taints = Self.taints(of: cluster, now: .now())
        let isTainted = taints != cluster.spec.taints
        do {
            try await plane.client.modifyIfPresent(Cluster.resource, ObjectKey(name: cluster.name)) { object in
                if !object.finalizers.contains(Finalizer.cluster) { object.finalizers.append(Finalizer.cluster) }
                let taints = Self.taints(of: Cluster(object), now: .now())
                if taints != Cluster(object).spec.taints { object.setTaints(taints) }
                return true
            }
        } catch {
            if isTainted { event(.warning, EventReason.taintClusterFailed, "\(error)", cluster) }
            throw error
        }
        if isTainted {
            event(.normal, EventReason.taintClusterSucceed, "Taint cluster succeed: \(Taint.message(for: taints)).", cluster)
        }
    }

    /// The cluster's taints with those that its Ready condition asks for: schedulers keep away from a cluster that is not
    /// ready, and what runs there stays until a `NoExecute` taint says otherwise (see ClusterTaintPolicy).
    static func taints(of cluster: Cluster, now: Timestamp) -> [Taint] {
        let wanted: Taint? =
            switch cluster.status.conditions[Cluster.readyCondition]?.status {
            case .true: nil
            case .unknown: ClusterTaint.unreachable
            case .false, nil: ClusterTaint.notReady
            }
        var taints = cluster.spec.taints
        for taint in [ClusterTaint.notReady, ClusterTaint.unreachable] where taint != wanted {
            taints.removeAll { $0.matches(taint) }
        }
        if var wanted, !taints.contains(where: { $0.matches(wanted) }) {
            wanted.timeAdded = now
            taints.append(wanted)
        }
        return taints
    }

    // MARK: Leaving

    private func remove(_ cluster: Cluster) async throws -> WorkQueue<String>.Outcome {
        let space = Work.namespace(of: cluster.name)
        do {
            for work in plane.works(ofCluster: cluster.name) {
                try await plane.client.deleteIfPresent(Work.resource, work.key)
                if isAbandoned(cluster) {
                    try await plane.client.removeFinalizer(Finalizer.execution, from: work.key, in: Work.resource)
                }
            }
            guard plane.works(ofCluster: cluster.name).isEmpty else { return .again(after: Self.removalCheckInterval) }
            try await plane.client.deleteIfPresent(Resource.namespaces, ObjectKey(name: space))
        } catch {
            event(.warning, EventReason.removeExecutionSpaceFailed, "\(error)", cluster)
            throw error
        }
        guard try await plane.client.find(Resource.namespaces, ObjectKey(name: space)) == nil,
            // The scheduler takes the cluster out of every binding.
            plane.bindings(targeting: cluster.name).isEmpty
        else { return .again(after: Self.removalCheckInterval) }
        event(
            .normal, EventReason.removeExecutionSpaceSucceed, "Removed execution space for cluster(\(cluster.name)).", cluster)
        // A Push mode cluster has them, too, where an agent was let in that never came.
        try await AgentAccess(cluster: cluster.name).revoke(plane.client)
        try await plane.client.removeFinalizer(Finalizer.cluster, from: ObjectKey(name: cluster.name), in: Cluster.resource)
        return .done
    }

    /// Whether there is nobody to clean up in the cluster: its agent, whose part that would be, is not there.
    private func isAbandoned(_ cluster: Cluster) -> Bool { cluster.spec.syncMode == .pull && !cluster.isReady }
}
