import Client
import Kubernetes
import Logging

/// Brings a Deployment's pods to its template: one ReplicaSet for each template, replicas moved from the old to the new.
struct DeploymentController: Controller {
    let queue = WorkQueue<ObjectKey>()
    private let client: any ObjectClient
    private let caches: Caches

    init(client: any ObjectClient, caches: Caches) {
        self.client = client
        self.caches = caches
        caches.deployments.onChange { [queue] in queue.add($0.key) }
        caches.replicaSets.onChange { [queue] change in
            guard let owner = change.object.decoded().controller, owner.kind == "Deployment" else { return }
            queue.add(ObjectKey(namespace: change.key.namespace, name: owner.name))
        }
        // A Recreate waits for the last old pod.
        caches.pods.onChange { [queue, caches] change in
            guard case .deleted(let pod) = change, let owner = pod.owner, owner.kind == "ReplicaSet",
                let replicaSet = caches.replicaSets.get(ObjectKey(namespace: pod.key.namespace, name: owner.name)),
                let deployment = replicaSet.decoded().controller, deployment.kind == "Deployment"
            else { return }
            queue.add(ObjectKey(namespace: pod.key.namespace, name: deployment.name))
        }
    }

    func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = caches.deployments.get(key) else { return .done }
        var rollout = Rollout(
            deployment: encoded.decoded(),
            replicaSets: caches.replicaSets(ownedBy: encoded.uid).map { ReplicaSet(object: $0) })
        if !rollout.deployment.isBeingDeleted {
            if rollout.isPaused || rollout.isBeingScaled {
                try await scale(&rollout)
            } else if rollout.isRecreate {
                try await recreate(&rollout)
            } else {
                try await update(&rollout)
            }
        }
        let (status, recheck) = rollout.status(now: .now())
        try await write(status, of: rollout, over: encoded.decoded())
        return recheck.map { .again(after: $0) } ?? .done
    }

    // MARK: Strategies

    private func update(_ rollout: inout Rollout) async throws {
        let new = try await ensureNewReplicaSet(&rollout)
        let plan = rollout.rollingUpdate
        let target = plan.replicas(new: new.size, old: rollout.old.map(\.size))
        guard target == new.replicas else { return try await scale(&rollout, [(new, target)]) }
        let targets = plan.replicas(ofOld: rollout.old.map(\.size), new: new.size)
        try await scale(&rollout, Array(zip(rollout.old, targets)))
        if rollout.isComplete { try await removeHistory(&rollout) }
    }

    private func recreate(_ rollout: inout Rollout) async throws {
        let old = rollout.old
        if old.contains(where: { $0.replicas > 0 }) { return try await scale(&rollout, old.map { ($0, 0) }) }
        guard !old.contains(where: { caches.pods.owned(by: $0.object.uid).contains { !$0.isFinished } }) else { return }
        let new = try await ensureNewReplicaSet(&rollout)
        try await scale(&rollout, [(new, rollout.desired)])
        if rollout.isComplete { try await removeHistory(&rollout) }
    }

    /// Follows a change of `spec.replicas`, without moving replicas from old to new.
    private func scale(_ rollout: inout Rollout) async throws {
        let active = rollout.replicaSets.filter { $0.replicas > 0 }
        if active.count <= 1 {
            guard let only = active.first ?? rollout.new ?? rollout.replicaSets.last else { return }
            try await scale(&rollout, [(only, rollout.desired)])
        } else if let new = rollout.new, new.replicas == rollout.desired, new.available == rollout.desired {
            try await scale(&rollout, rollout.old.map { ($0, 0) })
        } else if !rollout.isRecreate {
            let newestFirst = Array(active.reversed())
            let observed = rollout.deployment.status["replicas"]?.int ?? 0
            let targets = rollout.rollingUpdate.replicas(scaling: newestFirst.map(\.size), observed: observed)
            try await scale(&rollout, Array(zip(newestFirst, targets)))
        }
        if rollout.isPaused, rollout.isComplete { try await removeHistory(&rollout) }
    }

    // MARK: ReplicaSets

    /// The ReplicaSet of the current template, made or adopted, with the newest revision.
    private func ensureNewReplicaSet(_ rollout: inout Rollout) async throws -> ReplicaSet {
        let revision = (rollout.old.map(\.revision).max() ?? 0) + 1
        if let new = rollout.new {
            var object = new.object
            if new.revision < revision { object.annotations[ReplicaSet.revisionAnnotation] = String(revision) }
            object.spec["minReadySeconds"] = rollout.deployment.spec["minReadySeconds"]
            if object != new.object { rollout.replace(try await client.update(object, in: .replicaSets).decoded()) }
        } else {
            rollout.replace(try await createReplicaSet(rollout, revision))
            rollout.hasNewReplicaSet = true
        }
        guard let new = rollout.new else { throw APIError.internalError("ReplicaSet has another template than it was given") }
        rollout.deployment.annotations[ReplicaSet.revisionAnnotation] = String(new.revision)
        return new
    }

    /// The revision, which is an annotation, and the status go into one write.
    private func write(_ status: JSON, of rollout: Rollout, over current: Object) async throws {
        guard rollout.deployment.annotations != current.annotations else {
            return try await client.update(status: status, of: rollout.deployment, in: .deployments)
        }
        var deployment = rollout.deployment
        deployment.status = status
        _ = try await client.updateWithStatus(deployment, in: .deployments)
    }

    private func createReplicaSet(_ rollout: Rollout, _ revision: Int) async throws -> Object {
        let (object, isNew) = try await client.createOrGet(rollout.newReplicaSet(revision: revision), in: .replicaSets)
        let isOwn = object.controller?.uid == rollout.deployment.uid
        if isNew || isOwn && ReplicaSet(object: object).template == rollout.template { return object }
        // Another template with the same hash: the next try hashes differently.
        var status = rollout.deployment.status
        status["collisionCount"] = JSON(rollout.collisions + 1)
        try await client.update(status: status, of: rollout.deployment, in: .deployments)
        throw APIError.alreadyExists(.replicaSets, name: object.name)
    }

    private func scale(_ rollout: inout Rollout, _ targets: [(ReplicaSet, Int)]) async throws {
        for (replicaSet, replicas) in targets {
            var object = replicaSet.object
            object.spec["replicas"] = JSON(replicas)
            object.annotations.merge(rollout.sizeAnnotations) { $1 }
            // What has no replicas and gets none keeps its notes: nobody reads them.
            guard object != replicaSet.object, replicas > 0 || replicaSet.replicas > 0 else { continue }
            rollout.replace(try await client.update(object, in: .replicaSets).decoded())
        }
    }

    /// Deletes the oldest empty ReplicaSets beyond `spec.revisionHistoryLimit`.
    private func removeHistory(_ rollout: inout Rollout) async throws {
        let removable = rollout.old.filter { $0.replicas == 0 && $0.observedReplicas == 0 && !$0.object.isBeingDeleted }
        let surplus = removable.count - (rollout.deployment.spec["revisionHistoryLimit"]?.int ?? 10)
        guard surplus > 0 else { return }
        for replicaSet in removable.sorted(by: { $0.revision < $1.revision }).prefix(surplus) {
            try await client.deleteIfPresent(.replicaSets, replicaSet.object.key, uid: replicaSet.object.uid)
        }
    }
}
