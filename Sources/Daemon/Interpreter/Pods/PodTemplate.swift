import Kubernetes

/// What kinds that run pods have in common.
enum PodTemplate {
    /// InterpretReplica of the kinds with `spec.replicas` and `spec.template`.
    @Sendable static func replicas(_ object: Object) throws(InterpreterError) -> ReplicaDemand {
        ReplicaDemand(
            replicas: try object.json.count("spec", "replicas") ?? 0,
            requirements: try requirements(object, at: "spec", "template", "spec"))
    }

    /// ReviseReplica of the kinds with `spec.replicas`.
    @Sendable static func reviseReplicas(_ object: Object, _ replicas: Int) throws(InterpreterError) -> Object {
        try object.settingReplicas(replicas, in: "replicas")
    }

    /// Health of Deployments and StatefulSets: the newest template runs in every replica, and every such replica serves.
    @Sendable static func isRolledOut(_ object: Object) throws(InterpreterError) -> Bool {
        guard try object.isObserved else { return false }
        let updated = try object.json.count("status", "updatedReplicas") ?? 0
        let available = try object.json.count("status", "availableReplicas") ?? 0
        if let replicas = try object.json.count("spec", "replicas"), updated < replicas { return false }
        return available >= updated
    }

    /// What a replica needs that has the pod spec at `path`: the `replicaRequirements` of a binding, nil if nothing.
    static func requirements(_ object: Object, at path: String...) throws(InterpreterError) -> JSON? {
        try requirements(object, at: path)
    }

    static func requirements(_ object: Object, at path: [String]) throws(InterpreterError) -> JSON? {
        let spec = object.json[path] ?? .null
        var requirements: JSON = [:]
        if let claim = try nodeClaim(spec) { requirements["nodeClaim"] = claim }
        let request = try ResourceRequest(podSpec: spec, at: path.joined(separator: ".")).json
        if !request.isEmptyValue { requirements["resourceRequest"] = request }
        if requirements.isEmptyValue { return nil }
        return requirements
    }

    /// The nodes that a pod may run on, nil if it may on any.
    static func nodeClaim(_ spec: JSON) throws(InterpreterError) -> JSON? {
        var claim: JSON = [:]
        claim["nodeSelector"] = try spec.members("nodeSelector")
        claim["hardNodeAffinity"] = try spec.members(
            "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution")
        let tolerations = try spec.list("tolerations")
        if !tolerations.isEmpty { claim["tolerations"] = .array(tolerations) }
        if claim.isEmptyValue { return nil }
        return claim
    }
}

extension Object {
    /// Whether the status speaks of the newest spec.
    var isObserved: Bool {
        get throws(InterpreterError) {
            try json.generation("status", "observedGeneration") ?? 0 == json.generation("metadata", "generation") ?? 0
        }
    }

    /// The object with another replica count, if it says how many it wants.
    func settingReplicas(_ replicas: Int, in field: String) throws(InterpreterError) -> Object {
        guard try json.count("spec", field) != nil else { return self }
        var object = self
        object["spec", field] = JSON(replicas)
        return object
    }
}
