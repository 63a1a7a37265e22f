import Kubernetes

/// Volcano: `batch.volcano.sh`.
extension KindRules {
    static let volcano: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "batch.volcano.sh/v1alpha1", kind: "Job"): volcanoJob
    ]

    private static let counters = [
        "minAvailable", "pending", "running", "succeeded", "failed", "terminating", "unknown", "retryCount",
    ]
    private static let failures: Set<String> = ["Failed", "Aborted", "Aborting", "Terminated", "Terminating"]

    private static let volcanoJob: KindRules = {
        let status = ReportedStatus(
            counters: counters,
            others: ["version", "runningDuration", "taskStatusCount", "controlledResources", "state", "conditions"])
        return KindRules(
            components: { object throws(InterpreterError) in
                var components: [JSON] = []
                for (index, task) in try object.json.list("spec", "tasks").enumerated() {
                    let name = task["name"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "task-\(index)"
                    let single = Object(task)
                    components.append(
                        try single.component(
                            name, replicas: single.replicaCount(["minAvailable"], default: 1), podTemplateAt: ["template"]))
                }
                return components
            },
            aggregateStatus: { object, items throws(InterpreterError) in
                if items.isEmpty { return object }
                if let only = items.only { return object.with(status: only.status ?? [:]) }
                return object.with(status: try aggregatedStatus(object, items).withoutZeros())
            },
            reflectStatus: status.reflect,
            isHealthy: { object throws(InterpreterError) in
                let healthy: Set<String> = [
                    "Running", "Completed", "Pending", "Aborting", "Aborted", "Restarting", "Completing", "Terminating",
                    "Terminated",
                ]
                return healthy.contains(try object.json.text("status", "state", "phase") ?? "")
            })
    }()

    private static func aggregatedStatus(_ object: Object, _ items: [AggregatedStatusItem]) throws(InterpreterError) -> JSON {
        var status: JSON = [:]
        for counter in counters { status[counter] = JSON(try items.sum(counter)) }
        status["version"] = JSON(items.compactMap { $0.reported?["version"]?.int }.max() ?? 0)
        status["runningDuration"] = items.texts("runningDuration").max { seconds($0) < seconds($1) }.map(JSON.string)
        var failed: [String] = []
        var completed = 0
        for item in items {
            let reported = item.reported ?? .null
            let prefix = item.fieldPrefix
            for (task, count) in try reported.members("taskStatusCount", within: prefix)?.object ?? JSONObject() {
                for (phase, _) in try count.members("phase", within: prefix)?.object ?? JSONObject() {
                    let path = ["taskStatusCount", task, "phase", phase]
                    status[path] = JSON((status[path]?.int ?? 0) + (try count.count("phase", phase, within: prefix) ?? 0))
                }
            }
            for (name, resource) in try reported.members("controlledResources", within: prefix)?.object ?? JSONObject() {
                status["controlledResources", name] = resource
            }
            switch try reported.text("state", "phase", within: prefix) {
            case "Completed": completed += 1
            case "Failed", "Aborted": failed.append(item.clusterName)
            default: break
            }
        }
        if !failed.isEmpty {
            status["state"] = state(
                "Failed", "VolcanoJobFailed", "Job failed in clusters: \(failed.joined(separator: ","))", formerly: object)
        } else if completed == items.count {
            status["state"] = state("Completed", "Completed", "Job completed successfully", formerly: object)
        }
        status["conditions"] = .array(try conditions(items))
        return status
    }

    /// The time stays what it was while the rest does.
    private static func state(_ phase: String, _ reason: String, _ message: String, formerly object: Object) -> JSON {
        var state: JSON = ["phase": .string(phase), "reason": .string(reason), "message": .string(message)]
        var former = object["status", "state"] ?? .null
        let time = former["lastTransitionTime"]
        former["lastTransitionTime"] = nil
        state["lastTransitionTime"] = former == state && time != nil ? time : .string(Timestamp.now().description)
        return state
    }

    /// Those of the first member that failed, or else of each status the one that came last.
    private static func conditions(_ items: [AggregatedStatusItem]) throws(InterpreterError) -> [JSON] {
        var latest: [String: JSON] = [:]
        for item in items {
            let conditions = try item.reported?.list("conditions", within: item.fieldPrefix) ?? []
            if conditions.contains(where: { failures.contains($0["status"]?.string ?? "") }) { return conditions }
            for condition in conditions {
                let key = condition["status"]?.string ?? ""
                let time = condition["lastTransitionTime"]?.string ?? ""
                if latest[key].map({ time > $0["lastTransitionTime"]?.string ?? "" }) ?? true { latest[key] = condition }
            }
        }
        return latest.sorted { $0.key < $1.key }.map(\.value)
    }

    /// Of a duration as Go writes it, such as `1h2m3.5s`.
    private static func seconds(_ duration: String) -> Double {
        var total = 0.0
        var digits = ""
        for character in duration {
            if character.isNumber || character == "." {
                digits.append(character)
                continue
            }
            total += (Double(digits) ?? 0) * (["h": 3600, "m": 60, "s": 1][character] ?? 0)
            digits = ""
        }
        return total
    }
}
