import Kubernetes

/// A pod as controllers, scheduler and kubelet look at it: decoded once per event, small enough to keep in numbers.
struct Pod: Sendable {
    enum Phase: String, Sendable {
        case pending = "Pending", running = "Running", succeeded = "Succeeded", failed = "Failed", unknown = "Unknown"
    }

    struct Owner: Sendable, Equatable {
        var kind: String
        var name: String
        var uid: String
    }

    let object: EncodedObject
    /// The object that manages it, if one does.
    let owner: Owner?
    /// Empty until it is scheduled.
    let nodeName: String
    let schedulerName: String
    let phase: Phase
    let isTerminating: Bool
    /// Since when it is ready; nil while it is not.
    let readySince: Timestamp?
    let createdAt: Timestamp
    let ip: String?
    let requests: ResourceAmounts
    let isUnreadyByRequest: Bool
    /// Whether its containers end by themselves.
    let isFinite: Bool

    init(_ encoded: EncodedObject) {
        object = encoded
        let pod = encoded.decoded()
        owner = pod.controller.map { Owner(kind: $0.kind, name: $0.name, uid: $0.uid) }
        nodeName = pod.spec["nodeName"]?.string ?? ""
        schedulerName = pod.spec["schedulerName"]?.string ?? "default-scheduler"
        phase = Phase(rawValue: pod.status["phase"]?.string ?? "Pending") ?? .unknown
        isTerminating = pod.isBeingDeleted
        let ready = pod.status["conditions"]?.array?.first { $0["type"]?.string == "Ready" }
        readySince = ready?["status"]?.string == "True" ? Timestamp(ready?["lastTransitionTime"]?.string ?? "") ?? .now() : nil
        createdAt = Timestamp(pod.creationTimestamp) ?? Timestamp(nanoseconds: 0)
        ip = pod.status["podIP"]?.string
        requests = ResourceAmounts(podSpec: pod.spec)
        isUnreadyByRequest = pod.metadata["annotations"]?[Annotations.unready]?.string == "true"
        isFinite = (pod.spec["restartPolicy"]?.string ?? "Always") != "Always"
    }

    var key: ObjectKey { object.key }
    var uid: String { object.uid }
    var labels: [String: String] { object.labels }
    var isReady: Bool { readySince != nil }
    var isFinished: Bool { phase == .succeeded || phase == .failed }
    /// Counts for a controller that keeps pods running.
    var isActive: Bool { !isFinished && !isTerminating }

    /// Whether it has been ready for that long.
    func isAvailable(minReadySeconds: Int, at now: Timestamp) -> Bool {
        guard let readySince else { return false }
        return minReadySeconds == 0 || now - readySince >= .seconds(minReadySeconds)
    }
}

extension Pod {
    /// A pod made from a template.
    /// - Parameter name: nil for a name that the server completes from the owner's.
    static func make(from template: JSON, ownedBy owner: Object, name: String? = nil) -> Object {
        var metadata: JSON = ["namespace": .string(owner.namespace)]
        if let name { metadata["name"] = .string(name) } else { metadata["generateName"] = .string("\(owner.name)-") }
        for field in ["labels", "annotations", "finalizers"] { metadata[field] = template["metadata"]?[field] }
        metadata["ownerReferences"] = .array([OwnerReference(controller: owner).json])
        return Object([
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"] ?? .object([:]),
        ])
    }
}
