import Kubernetes

/// OpenKruise: `apps.kruise.io`.
extension KindRules {
    static let kruise: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "apps.kruise.io/v1alpha1", kind: "CloneSet"): replicated(
            counters: [
                "replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "updatedReadyReplicas",
                "expectedUpdatedReplicas",
            ], latest: ["updateRevision", "currentRevision", "labelSelector"]),
        GroupVersionKind(apiVersion: "apps.kruise.io/v1beta1", kind: "StatefulSet"): replicated(
            counters: [
                "replicas", "readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas", "updatedReadyReplicas",
            ], latest: ["updateRevision", "currentRevision"]),
        GroupVersionKind(apiVersion: "apps.kruise.io/v1alpha1", kind: "UnitedDeployment"): unitedDeployment,
        GroupVersionKind(apiVersion: "apps.kruise.io/v1alpha1", kind: "DaemonSet"): kruiseDaemonSet,
        GroupVersionKind(apiVersion: "apps.kruise.io/v1alpha1", kind: "SidecarSet"): sidecarSet,
        GroupVersionKind(apiVersion: "apps.kruise.io/v1alpha1", kind: "BroadcastJob"): broadcastJob,
        GroupVersionKind(apiVersion: "apps.kruise.io/v1alpha1", kind: "AdvancedCronJob"): advancedCronJob,
    ]

    /// A workload with `spec.replicas` and `spec.template`, whose status counts replicas as a Deployment's does.
    static func replicated(counters: [String], latest: [String] = [], others: [String] = []) -> KindRules {
        let status = ReportedStatus(counters: counters, latest: latest, others: others, tracksGenerations: true)
        return KindRules(
            replicas: { object throws(InterpreterError) in
                guard try object.json.count("spec", "replicas") != nil else {
                    throw InterpreterError(field: "spec.replicas", message: "required")
                }
                return try PodTemplate.replicas(object)
            },
            revise: { object, replicas throws(InterpreterError) in object.replacing("replicas", with: replicas) },
            aggregateStatus: status.aggregate,
            reflectStatus: status.reflect,
            isHealthy: PodTemplate.isRolledOut,
            dependencies: PodTemplate.dependencies)
    }

    private static let unitedDeployment: KindRules = {
        let counters = ["replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas"]
        var rules = replicated(counters: counters, others: ["conditions"])
        let status = ReportedStatus(counters: counters, tracksGenerations: true)
        rules.aggregateStatus = { object, items throws(InterpreterError) in
            var result = try status.aggregate(object, items)
            // Of each type the last member's.
            var conditions: [JSON] = []
            for item in items {
                for condition in try item.reported?.list("conditions", within: item.fieldPrefix) ?? [] {
                    conditions.removeAll { $0["type"] == condition["type"] }
                    conditions.append(condition)
                }
            }
            if !conditions.isEmpty { result.status["conditions"] = .array(conditions) }
            return result
        }
        return rules
    }()

    private static let kruiseDaemonSet: KindRules = {
        let status = ReportedStatus(
            counters: [
                "currentNumberScheduled", "numberMisscheduled", "desiredNumberScheduled", "numberReady",
                "updatedNumberScheduled", "numberAvailable", "numberUnavailable",
            ], latest: ["daemonSetHash"], tracksGenerations: true)
        return KindRules(
            aggregateStatus: status.aggregate,
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

    private static let sidecarSet: KindRules = {
        let counters = ["matchedPods", "updatedPods", "readyPods"]
        return KindRules(
            replicas: { _ throws(InterpreterError) in ReplicaDemand(replicas: 0, requirements: nil) },
            retain: { desired, _ throws(InterpreterError) in desired },
            aggregateStatus: { object, items throws(InterpreterError) in
                var sums: JSON = [:]
                for counter in counters { sums[counter] = JSON(try items.sum(counter)) }
                return object.with(status: sums)
            },
            reflectStatus: { object throws(InterpreterError) in
                guard let status = try object.json.members("status") else { return [:] }
                var reflected: JSON = [:]
                for counter in counters { reflected[counter] = JSON(try status.count(counter, within: "status.") ?? 0) }
                return reflected
            },
            isHealthy: { object throws(InterpreterError) in
                guard let status = try object.json.members("status") else { return false }
                let matched = try status.count("matchedPods", within: "status.") ?? 0
                let updated = try status.count("updatedPods", within: "status.") ?? 0
                return matched == 0 || updated == matched
            },
            // The sidecars are part of its own spec.
            dependencies: { object throws(InterpreterError) in try PodTemplate.dependencies(object, at: "spec") })
    }()

    private static let broadcastJob: KindRules = {
        let status = ReportedStatus(
            counters: ["active", "succeeded", "failed", "desired"], latest: ["phase"],
            others: ["conditions", "startTime", "completionTime"])
        return KindRules(
            replicas: { object throws(InterpreterError) in
                ReplicaDemand(
                    replicas: try object.json.count("spec", "parallelism") ?? 1,
                    requirements: try PodTemplate.requirements(object, at: "spec", "template", "spec"))
            },
            revise: { object, replicas throws(InterpreterError) in object.replacing("parallelism", with: replicas) },
            retain: { desired, observed throws(InterpreterError) in
                guard let labels = try observed.json.members("spec", "template", "metadata", "labels") else { return desired }
                var desired = desired
                desired["spec", "template", "metadata", "labels"] = labels
                return desired
            },
            aggregateStatus: { object, items throws(InterpreterError) in
                var result = try status.aggregate(object, items)
                func clusters(_ type: String) throws(InterpreterError) -> [String] {
                    var names: [String] = []
                    for item in items {
                        let conditions = try item.reported?.list("conditions", within: item.fieldPrefix) ?? []
                        if conditions.contains(where: { $0["type"]?.string == type && $0["status"]?.string == "True" }) {
                            names.append(item.clusterName)
                        }
                    }
                    return names
                }
                var conditions: [JSON] = []
                let failed = try clusters("Failed")
                if !failed.isEmpty {
                    conditions.append([
                        "type": "Failed", "status": "True", "reason": "JobFailed",
                        "message": "Job executed failed in member clusters: \(failed.joined(separator: ", "))",
                    ])
                }
                if !items.isEmpty, try clusters("Complete").count == items.count {
                    conditions.append([
                        "type": "Completed", "status": "True", "reason": "Completed", "message": "Job completed",
                    ])
                }
                result.status["conditions"] = conditions.isEmpty ? JSON?.none : .array(conditions)
                return result
            },
            reflectStatus: status.reflect,
            isHealthy: { object throws(InterpreterError) in
                func count(_ field: String) throws(InterpreterError) -> Int { try object.json.count("status", field) ?? 0 }
                let (desired, failed, others) = try (count("desired"), count("failed"), count("succeeded") + count("active"))
                return desired != 0 && failed == 0 && others != 0
            },
            dependencies: PodTemplate.dependencies)
    }()

    private static let advancedCronJob = KindRules(
        aggregateStatus: { object, items throws(InterpreterError) in
            var result = try ReportedStatus(latest: ["type", "lastScheduleTime"]).aggregate(object, items)
            var active: [JSON] = []
            for item in items { active += try item.reported?.list("active", within: item.fieldPrefix) ?? [] }
            result.status["active"] = active.isEmpty ? JSON?.none : .array(active)
            return result
        },
        dependencies: { object throws(InterpreterError) in
            let job = object["spec", "template", "broadcastJobTemplate"] == nil ? "jobTemplate" : "broadcastJobTemplate"
            return try PodTemplate.dependencies(object, at: "spec", "template", job, "spec", "template", "spec")
        })
}
