import Kubernetes

/// A Deployment and its ReplicaSets at one moment.
struct Rollout {
    var deployment: Object
    /// Oldest first.
    private(set) var replicaSets: [ReplicaSet]
    /// The ReplicaSet of the current template.
    private(set) var new: ReplicaSet?
    /// Whether the ReplicaSet of the current template was made just now.
    var hasNewReplicaSet = false

    init(deployment: Object, replicaSets: [ReplicaSet]) {
        self.deployment = deployment
        self.replicaSets = replicaSets.sorted(by: ReplicaSet.isOlder)
        findNew()
    }

    /// Comparing templates is the dearest part of a look at a rollout: it is done once.
    private mutating func findNew() {
        let template = template
        new = replicaSets.first { $0.template == template }
    }

    var desired: Int { max(0, deployment.spec["replicas"]?.int ?? 1) }
    var isPaused: Bool { deployment.spec["paused"]?.bool ?? false }
    var isRecreate: Bool { deployment.spec["strategy", "type"]?.string == "Recreate" }
    var collisions: Int { deployment.status["collisionCount"]?.int ?? 0 }
    var template: JSON { ReplicaSet.withoutHash(deployment.spec["template"] ?? .null) }

    var rollingUpdate: RollingUpdate {
        let parameters = deployment.spec["strategy", "rollingUpdate"]
        return RollingUpdate(
            desired: desired, maxSurge: isRecreate ? .int(0) : IntOrPercent(parameters?["maxSurge"]) ?? .percent(25),
            maxUnavailable: isRecreate ? .int(0) : IntOrPercent(parameters?["maxUnavailable"]) ?? .percent(25))
    }

    var old: [ReplicaSet] {
        let newest = new?.object.uid
        return replicaSets.filter { $0.object.uid != newest }
    }

    /// Whether `spec.replicas` changed since the ReplicaSets were last scaled.
    var isBeingScaled: Bool { replicaSets.contains { $0.replicas > 0 && $0.desired != nil && $0.desired != desired } }

    var sizeAnnotations: [String: String] {
        [
            ReplicaSet.desiredAnnotation: String(desired),
            ReplicaSet.maximumAnnotation: String(isRecreate ? desired : desired + rollingUpdate.maxSurge),
        ]
    }

    /// Whether all replicas are of the current template and available.
    var isComplete: Bool {
        guard let new else { return false }
        return new.observedReplicas == desired && new.available == desired && new.replicas == desired
            && !old.contains { $0.replicas > 0 || $0.observedReplicas > 0 }
    }

    mutating func replace(_ object: Object) {
        replicaSets.removeAll { $0.object.uid == object.uid }
        replicaSets.append(ReplicaSet(object: object))
        replicaSets.sort(by: ReplicaSet.isOlder)
        findNew()
    }

    /// The ReplicaSet for the current template, with as many replicas as may run beside the old ones.
    func newReplicaSet(revision: Int) -> Object {
        let hash = Hashing.hash(template, collisions: collisions)
        var object = Object(
            apiVersion: "apps/v1", kind: "ReplicaSet", namespace: deployment.namespace, name: "\(deployment.name)-\(hash)")
        var template = template
        template["metadata", "labels", ReplicaSet.hashLabel] = .string(hash)
        object.labels = template["metadata", "labels"]?.stringMap ?? [:]
        object.annotations = deployment.annotations.merging(sizeAnnotations) { $1 }
        object.annotations["kubectl.kubernetes.io/last-applied-configuration"] = nil
        object.annotations[ReplicaSet.revisionAnnotation] = String(revision)
        object.ownerReferences = [OwnerReference(controller: deployment)]
        let size = RollingUpdate.Size(replicas: 0, available: 0)
        object.spec = [
            "replicas": JSON(isRecreate ? desired : rollingUpdate.replicas(new: size, old: replicaSets.map(\.size))),
            "selector": deployment.spec["selector"] ?? .object([:]), "template": template,
        ]
        object["spec", "selector", "matchLabels", ReplicaSet.hashLabel] = .string(hash)
        object.spec["minReadySeconds"] = deployment.spec["minReadySeconds"]
        return object
    }
}
