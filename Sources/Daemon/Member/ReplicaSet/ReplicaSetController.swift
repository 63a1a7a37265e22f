import Client
import Kubernetes
import Logging

/// Keeps as many pods as a ReplicaSet asks for.
struct ReplicaSetController: Controller {
    let queue = WorkQueue<ObjectKey>()
    private let client: any ObjectClient
    private let caches: Caches
    private let pods: PodControl

    init(client: any ObjectClient, caches: Caches) {
        self.client = client
        self.caches = caches
        pods = PodControl(client: client, pods: caches.pods, kind: "ReplicaSet", queue: queue)
        caches.replicaSets.onChange { [queue, pods] change in
            if case .deleted(let object) = change { pods.forget(object.uid) }
            queue.add(change.key)
        }
    }

    func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = caches.replicaSets.get(key) else { return .done }
        let replicaSet = encoded.decoded()
        let owned = caches.pods.owned(by: replicaSet.uid)
        let active = owned.filter(\.isActive)
        if pods.isSettled(replicaSet.uid), !replicaSet.isBeingDeleted {
            let missing = max(0, replicaSet.spec["replicas"]?.int ?? 1) - active.count
            if missing > 0 {
                let pod = Pod.make(from: replicaSet.spec["template"] ?? .null, ownedBy: replicaSet)
                try await pods.create(Array(repeating: pod, count: missing), for: replicaSet.uid)
                // The new pods bring it here again, and then there is something to say of them.
                return .done
            } else if missing < 0 {
                let surplus = active.sorted(by: Self.isDeletedBefore).prefix(-missing)
                try await pods.delete(Array(surplus), for: replicaSet.uid)
            }
        }
        return try await updateStatus(replicaSet, active)
    }

    /// Pods that serve nobody go first, and of equals the younger (Kubernetes, "ReplicaSet", "Scaling a ReplicaSet").
    static func isDeletedBefore(_ left: Pod, _ right: Pod) -> Bool {
        if left.nodeName.isEmpty != right.nodeName.isEmpty { return left.nodeName.isEmpty }
        let phases: [Pod.Phase: Int] = [.pending: 0, .unknown: 1, .running: 2]
        if left.phase != right.phase { return phases[left.phase, default: 0] < phases[right.phase, default: 0] }
        if left.isReady != right.isReady { return !left.isReady }
        if let leftReady = left.readySince, let rightReady = right.readySince, leftReady != rightReady {
            return leftReady > rightReady
        }
        if left.createdAt != right.createdAt { return left.createdAt > right.createdAt }
        return left.key.name > right.key.name
    }

    private func updateStatus(_ replicaSet: Object, _ active: [Pod]) async throws -> WorkQueue<ObjectKey>.Outcome {
        let now = Timestamp.now()
        let minReadySeconds = replicaSet.spec["minReadySeconds"]?.int ?? 0
        let templateLabels = replicaSet.spec["template", "metadata", "labels"]?.stringMap ?? [:]
        let ready = active.count(where: \.isReady)
        let available = active.count { $0.isAvailable(minReadySeconds: minReadySeconds, at: now) }
        var status: JSON = ["replicas": JSON(active.count), "observedGeneration": .integer(replicaSet.generation)]
        status["fullyLabeledReplicas"] = .nonZero(
            active.count { pod in templateLabels.allSatisfy { pod.labels[$0.key] == $0.value } })
        status["readyReplicas"] = .nonZero(ready)
        status["availableReplicas"] = .nonZero(available)
        status["conditions"] = replicaSet.status["conditions"]
        try await client.update(status: status, of: replicaSet, in: .replicaSets)
        // Ready pods become available as time goes by, without an event.
        return ready > available ? .again(after: .seconds(minReadySeconds)) : .done
    }
}

extension JSON {
    /// The count, or nil for none: as Kubernetes leaves out what is zero.
    static func nonZero(_ count: Int) -> JSON? { count == 0 ? .none : .some(JSON(count)) }
}
