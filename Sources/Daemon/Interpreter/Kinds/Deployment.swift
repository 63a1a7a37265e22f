import Kubernetes

extension KindRules {
    /// A member may own the replica count (an autoscaler there sets it) if the template's label says so.
    static let deployment: KindRules = {
        let status = WorkloadStatus(
            counters: ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"])
        return KindRules(
            replicas: PodTemplate.replicas,
            revise: PodTemplate.reviseReplicas,
            retain: { desired, observed throws(InterpreterError) in
                guard desired.labels["resourcetemplate.karmada.io/retain-replicas"] == "true" else { return desired }
                guard let replicas = try observed.json.count("spec", "replicas") else {
                    throw InterpreterError(field: "spec.replicas", message: "the member's object has none to retain")
                }
                var desired = desired
                desired["spec", "replicas"] = JSON(replicas)
                return desired
            },
            aggregateStatus: { object, items throws(InterpreterError) in
                let result = try status.aggregate(object, items)
                return result == object ? object : result.inNativeForm { $0.fill("strategy", with: [:]) }
            },
            reflectStatus: status.reflect,
            isHealthy: PodTemplate.isRolledOut,
            dependencies: PodTemplate.dependencies,
            prune: { template in
                template.removeAnnotation("deployment.kubernetes.io/revision")
                template.removeAnnotation("deployment.kubernetes.io/revision-history")
            })
    }()
}
