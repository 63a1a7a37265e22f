import Kubernetes

extension KindRules {
    static let daemonSet: KindRules = {
        let status = WorkloadStatus(
            counters: [
                "currentNumberScheduled", "desiredNumberScheduled", "numberAvailable", "numberMisscheduled", "numberReady",
                "updatedNumberScheduled", "numberUnavailable",
            ],
            alwaysWritten: ["currentNumberScheduled", "desiredNumberScheduled", "numberMisscheduled", "numberReady"])
        return KindRules(
            aggregateStatus: { object, items throws(InterpreterError) in
                let result = try status.aggregate(object, items)
                return result == object ? object : result.inNativeForm { $0.fill("updateStrategy", with: [:]) }
            },
            reflectStatus: status.reflect,
            isHealthy: { object throws(InterpreterError) in
                guard try object.isObserved else { return false }
                let updated = try object.json.count("status", "updatedNumberScheduled") ?? 0
                let desired = try object.json.count("status", "desiredNumberScheduled") ?? 0
                let available = try object.json.count("status", "numberAvailable") ?? 0
                return updated >= desired && available >= updated
            },
            dependencies: PodTemplate.dependencies)
    }()
}
