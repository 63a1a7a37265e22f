import Kubernetes

extension KindRules {
    static let replicaSet: KindRules = {
        let status = WorkloadStatus(
            counters: ["replicas", "readyReplicas", "availableReplicas"], alwaysWritten: ["replicas"])
        return KindRules(
            replicas: PodTemplate.replicas,
            revise: PodTemplate.reviseReplicas,
            aggregateStatus: { object, items throws(InterpreterError) in
                let result = try status.aggregate(object, items)
                return result == object ? object : result.inNativeForm()
            },
            reflectStatus: status.reflect,
            isHealthy: { object throws(InterpreterError) in
                guard try object.isObserved else { return false }
                guard let replicas = try object.json.count("spec", "replicas") else { return true }
                return try object.json.count("status", "availableReplicas") ?? 0 >= replicas
            },
            dependencies: PodTemplate.dependencies)
    }()
}
