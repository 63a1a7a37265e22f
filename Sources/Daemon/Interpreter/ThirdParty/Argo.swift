import Kubernetes

/// Argo: `argoproj.io`.
extension KindRules {
    static let argo: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "argoproj.io/v1alpha1", kind: "Workflow"): workflow,
        GroupVersionKind(apiVersion: "argoproj.io/v1alpha1", kind: "Rollout"): rollout,
    ]

    private static let workflow = KindRules(
        replicas: { object throws(InterpreterError) in
            // Its pods come from templates of steps; what holds for all of them is in the spec itself.
            ReplicaDemand(
                replicas: try object.json.count("spec", "parallelism") ?? 1,
                requirements: try PodTemplate.requirements(object, at: "spec"))
        },
        revise: { object, replicas throws(InterpreterError) in object.replacing("parallelism", with: replicas) },
        retain: { desired, observed throws(InterpreterError) in
            var retained = desired.retaining("suspend", of: observed)
            if let status = try observed.json.members("status") { retained.status = status }
            return retained
        },
        isHealthy: { object throws(InterpreterError) in
            let phase = try object.json.text("status", "phase") ?? ""
            return !["", "Error", "Failed"].contains(phase)
        },
        dependencies: { object throws(InterpreterError) in
            var references = Set(try PodTemplate.dependencies(object, at: "spec"))
            if let account = try object.json.text("spec", "executor", "serviceAccountName"), !account.isEmpty {
                references.insert(object.reference(to: "ServiceAccount", named: account))
            }
            for claim in try object.json.list("spec", "volumeClaimTemplates") {
                guard let name = claim["metadata", "name"]?.string, !name.isEmpty else { continue }
                references.insert(object.reference(to: "PersistentVolumeClaim", named: name))
            }
            return references.sorted()
        })

    private static let rollout: KindRules = {
        let status = ReportedStatus(
            counters: ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas"], latest: ["phase", "message"])
        var rules = replicated(counters: status.counters)
        rules.aggregateStatus = status.aggregate
        rules.reflectStatus = status.reflect
        rules.isHealthy = { object throws(InterpreterError) in try object.json.text("status", "phase") == "Healthy" }
        return rules
    }()
}

extension Object {
    /// A reference to an object of the core group in the same namespace.
    func reference(to kind: String, named name: String) -> DependentObjectReference {
        DependentObjectReference(apiVersion: "v1", kind: kind, namespace: namespace, name: name)
    }
}
