import Kubernetes

/// A ReplicaSet as its Deployment sees it.
struct ReplicaSet: Sendable {
    static let revisionAnnotation = "deployment.kubernetes.io/revision"
    static let desiredAnnotation = "deployment.kubernetes.io/desired-replicas"
    static let maximumAnnotation = "deployment.kubernetes.io/max-replicas"
    static let hashLabel = "pod-template-hash"

    var object: Object

    var replicas: Int { object.spec["replicas"]?.int ?? 1 }
    var observedReplicas: Int { object.status["replicas"]?.int ?? 0 }
    var ready: Int { object.status["readyReplicas"]?.int ?? 0 }
    var available: Int { object.status["availableReplicas"]?.int ?? 0 }
    var revision: Int { annotation(Self.revisionAnnotation) ?? 0 }
    /// `spec.replicas` of the Deployment when this was last scaled.
    var desired: Int? { annotation(Self.desiredAnnotation) }

    var size: RollingUpdate.Size {
        .init(replicas: replicas, available: available, annotatedMaximum: annotation(Self.maximumAnnotation))
    }

    /// The pod template without the label that was added to tell its pods from others.
    var template: JSON { Self.withoutHash(object.spec["template"] ?? .null) }

    private func annotation(_ name: String) -> Int? { object.metadata["annotations"]?[name]?.string.flatMap { Int($0) } }

    static func withoutHash(_ template: JSON) -> JSON {
        var template = template
        template["metadata", "labels", hashLabel] = nil
        return template
    }

    /// Oldest first.
    static func isOlder(_ left: ReplicaSet, _ right: ReplicaSet) -> Bool {
        let (first, second) = (left.object, right.object)
        if first.creationTimestamp != second.creationTimestamp { return first.creationTimestamp < second.creationTimestamp }
        // Timestamps are whole seconds.
        return left.revision == right.revision ? first.name < second.name : left.revision < right.revision
    }
}
