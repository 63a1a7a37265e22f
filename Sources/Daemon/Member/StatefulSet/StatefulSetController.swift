import Client
import Kubernetes
import Logging

/// Keeps a StatefulSet's pods: numbered, one after the other, each with its own volume claims.
struct StatefulSetController: Controller {
    let queue = WorkQueue<ObjectKey>()
    private let client: any ObjectClient
    private let caches: Caches
    private let revisions: Revisions

    init(client: any ObjectClient, caches: Caches) {
        self.client = client
        self.caches = caches
        revisions = Revisions(client: client, caches: caches)
        caches.statefulSets.onChange { [queue] in queue.add($0.key) }
        caches.pods.onChange { [queue] change in
            guard let owner = change.pod.owner, owner.kind == "StatefulSet" else { return }
            queue.add(ObjectKey(namespace: change.pod.key.namespace, name: owner.name))
        }
    }

    func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = caches.statefulSets.get(key) else { return .done }
        let object = encoded.decoded()
        guard !object.isBeingDeleted else { return .done }
        let update = try await revisions.current(of: object)
        let current = object.status["currentRevision"]?.string.flatMap { revisions.named($0, of: object) } ?? update
        let pods = caches.pods.owned(by: object.uid)
        let set = StatefulSet(object: object, pods: pods, current: current, update: update)

        for action in set.actions(now: .now()) {
            switch action {
            case .create(let ordinal):
                try await createClaims(of: set, ordinal)
                // Names are fixed, so a cache that lags makes no second one. A pod that has another owner is in the way.
                let (pod, _) = try await client.createOrGet(set.pod(ordinal), in: .pods)
                guard pod.controller?.uid == object.uid else { throw APIError.alreadyExists(.pods, name: pod.name) }
            case .delete(let pod):
                try await client.deleteIfPresent(.pods, pod.key, uid: pod.uid)
            }
        }
        let (status, recheck) = set.status(now: .now())
        try await client.update(status: status, of: object, in: .statefulSets)
        let labelled = pods.compactMap { $0.labels[Revisions.label] }
        try await revisions.trim(object, used: Set(labelled + [current.name, update.name]))
        return recheck.map { .again(after: $0) } ?? .done
    }

    /// Makes the claims of a pod that are not there yet. They outlive the pod, as users' data must.
    private func createClaims(of set: StatefulSet, _ ordinal: Int) async throws {
        for claim in set.claims(ordinal) {
            let (created, isNew) = try await client.createOrGet(claim, in: .persistentVolumeClaims)
            guard isNew else { continue }
            let storage = claim.spec["resources", "requests", "storage"] ?? "0"
            let status: JSON = [
                "phase": "Bound", "accessModes": claim.spec["accessModes"] ?? [], "capacity": ["storage": storage],
            ]
            try await client.update(status: status, of: created, in: .persistentVolumeClaims)
        }
    }
}
