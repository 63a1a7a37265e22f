import Client
import Kubernetes
import Logging
import Synchronization

/// Binds pods to nodes with room, the emptiest first, and says of the others why they must wait.
///
/// Follows node selectors, required node affinity, taints, cordons and requests; not affinity between pods, topology spread,
/// volumes, host ports and priorities.
final class PodScheduler: Controller {
    enum Key: Hashable, Sendable {
        case pod(ObjectKey)
        /// Room was made: the pods that waited for it get another try.
        case retryUnschedulable
    }

    private struct Waiting {
        var pods: Set<ObjectKey> = []
        var isRetryDue = false
    }

    /// How long changes gather before the waiting pods are tried again.
    private static let retryDelay = Duration.milliseconds(100)

    let queue = WorkQueue<Key>()
    private let client: any ObjectClient
    private let pods: PodCache
    private let room = NodeRoom()
    private let waiting = Mutex(Waiting())

    init(client: any ObjectClient, pods: PodCache, nodes: Informer) {
        self.client = client
        self.pods = pods
        nodes.onChange { [weak self] change in
            guard let self else { return }
            if case .deleted(let node) = change {
                room.remove(node: node.key.name)
            } else if room.set(Node(change.object.decoded())) {
                retryUnschedulable()
            }
        }
        pods.onChange { [weak self] in self?.note($0) }
    }

    private func note(_ change: PodCache.Change) {
        let pod = change.pod
        if case .deleted = change {
            waiting.withLock { _ = $0.pods.remove(pod.key) }
            if room.release(pod.uid) { retryUnschedulable() }
        } else if pod.isFinished {
            if room.release(pod.uid) { retryUnschedulable() }
        } else if !pod.nodeName.isEmpty {
            room.occupy(pod.nodeName, pod.uid, pod.requests)
        } else if pod.schedulerName == "default-scheduler", !pod.isTerminating {
            queue.add(.pod(pod.key))
        }
    }

    private func retryUnschedulable() {
        let isNew = waiting.withLock { waiting in
            guard !waiting.pods.isEmpty, !waiting.isRetryDue else { return false }
            waiting.isRetryDue = true
            return true
        }
        if isNew { queue.add(.retryUnschedulable, after: Self.retryDelay) }
    }

    func sync(_ key: Key) async throws -> WorkQueue<Key>.Outcome {
        switch key {
        case .pod(let key):
            try await schedule(key)
        case .retryUnschedulable:
            let keys = waiting.withLock { waiting in
                defer { waiting = Waiting() }
                return waiting.pods
            }
            keys.forEach { queue.add(.pod($0)) }
        }
        return .done
    }

    private func schedule(_ key: ObjectKey) async throws {
        guard let pod = pods.get(key), pod.nodeName.isEmpty, pod.isActive else { return }
        var object = pod.object.decoded()
        // It waits before it is placed, so that room made meanwhile brings it back.
        waiting.withLock { _ = $0.pods.insert(key) }
        switch room.place(pod.uid, pod.requests, NodePlacement(podSpec: object.spec)) {
        case .placedBefore:
            waiting.withLock { _ = $0.pods.remove(key) }
        case .node(let node):
            waiting.withLock { _ = $0.pods.remove(key) }
            object.spec["nodeName"] = .string(node)
            do {
                _ = try await client.update(object, in: .pods)
            } catch {
                if pods.get(key)?.nodeName.isEmpty ?? true { _ = room.release(pod.uid) }
                throw error
            }
        case .unschedulable(let message):
            var conditions = Conditions(object.status["conditions"])
            conditions.set("PodScheduled", .false, reason: "Unschedulable", message: message, now: .now())
            var status = object.status
            status["phase"] = "Pending"
            status["conditions"] = conditions.json
            try await client.update(status: status, of: object, in: .pods)
        }
    }
}
