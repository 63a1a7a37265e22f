import Kubernetes

extension KindRules {
    static let statefulSet: KindRules = {
        let status = WorkloadStatus(
            counters: ["availableReplicas", "currentReplicas", "readyReplicas", "replicas", "updatedReplicas"],
            alwaysWritten: ["availableReplicas", "replicas"],
            reportsObservedGeneration: false)
        return KindRules(
            replicas: PodTemplate.replicas,
            revise: PodTemplate.reviseReplicas,
            aggregateStatus: { object, items throws(InterpreterError) in
                let result = try status.aggregate(object, items)
                return result == object ? object : result.inNativeForm { spec in
                    spec.fill("updateStrategy", with: [:])
                    spec.update("volumeClaimTemplates") { $0.updateElements { $0.fill("status", with: [:]) } }
                }
            },
            reflectStatus: status.reflect,
            isHealthy: PodTemplate.isRolledOut,
            dependencies: { object throws(InterpreterError) in
                // Claims made from its own templates are made in each member.
                let own = Set(try object.json.list("spec", "volumeClaimTemplates").map { $0["metadata"]?["name"]?.string ?? "" })
                return try PodTemplate.dependencies(object)
                    .filter { $0.kind != "PersistentVolumeClaim" || !own.contains($0.name) }
            })
    }()
}
