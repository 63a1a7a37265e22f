import Client
import Kubernetes
import Logging

/// Keeps one pod of a DaemonSet on every node that its pods may run on.
struct DaemonSetController: Controller {
    let queue = WorkQueue<ObjectKey>()
    private let client: any ObjectClient
    private let caches: Caches
    private let pods: PodControl
    private let revisions: Revisions

    init(client: any ObjectClient, caches: Caches) {
        self.client = client
        self.caches = caches
        pods = PodControl(client: client, pods: caches.pods, kind: "DaemonSet", queue: queue)
        revisions = Revisions(client: client, caches: caches)
        caches.daemonSets.onChange { [queue, pods] change in
            if case .deleted(let object) = change { pods.forget(object.uid) }
            queue.add(change.key)
        }
        caches.nodes.onChange { [queue, caches] change in
            if case .updated(let old, let new) = change, Node(old.decoded()) == Node(new.decoded()) { return }
            for object in caches.daemonSets.list() { queue.add(object.key) }
        }
    }

    func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = caches.daemonSets.get(key) else { return .done }
        let object = encoded.decoded()
        guard !object.isBeingDeleted else { return .done }
        let revision = try await revisions.current(of: object)
        let set = DaemonSet(
            object: object, nodes: caches.nodes.list().map { Node($0.decoded()) }, pods: caches.pods.owned(by: object.uid),
            revision: revision)
        if pods.isSettled(object.uid) {
            let work = set.work(now: .now())
            try await pods.delete(work.deletions, for: object.uid)
            try await pods.create(work.nodes.map(set.pod), for: object.uid)
        }
        let (status, recheck) = set.status(now: .now())
        try await client.update(status: status, of: object, in: .daemonSets)
        try await revisions.trim(object, used: [revision.name])
        return recheck.map { .again(after: $0) } ?? .done
    }
}
