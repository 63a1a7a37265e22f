import Kubernetes

extension KindRules {
    /// Members run their shares of a Job as Jobs of their own; it has finished when all of them have.
    static let job = KindRules(
        replicas: { object throws(InterpreterError) in
            // No more pods run at a time than completions are wanted.
            let parallelism = try object.json.count("spec", "parallelism") ?? 0
            let completions = try object.json.count("spec", "completions") ?? parallelism
            return ReplicaDemand(
                replicas: min(parallelism, completions),
                requirements: try PodTemplate.requirements(object, at: "spec", "template", "spec"))
        },
        revise: { object, replicas throws(InterpreterError) in
            try object.settingReplicas(replicas, in: "parallelism")
        },
        retain: { desired, observed throws(InterpreterError) in
            // The member's Job controller generates both, and they are immutable.
            var desired = desired
            if let labels = try observed.json.members("spec", "selector", "matchLabels") {
                desired["spec", "selector", "matchLabels"] = labels
            }
            if let labels = try observed.json.members("spec", "template", "metadata", "labels") {
                desired["spec", "template", "metadata", "labels"] = labels
            }
            return desired
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            if try object.status.finishedCondition(within: "status.") != nil { return object }
            let status = try aggregatedJobStatus(object, items, now: .now())
            if status == object.status.omittingEmpty() { return object }
            var result = object
            result.status = status
            return result.inNativeForm()
        },
        reflectStatus: { object throws(InterpreterError) in
            guard let status = try object.json.members("status") else { return nil }
            var reflected: JSON = [:]
            try reflected.set(jobCounters, from: status, within: "status.")
            for field in ["conditions", "startTime", "completionTime"] { reflected[field] = status[field] }
            return reflected.omittingEmpty()
        },
        dependencies: PodTemplate.dependencies,
        prune: { template in
            // The Job controller of the control plane generated these, unless the user chose the selector.
            guard template["spec", "manualSelector"]?.bool != true else { return }
            for label in ["controller-uid", "batch.kubernetes.io/controller-uid"] {
                template["spec", "selector", "matchLabels", label] = nil
                template["spec", "template", "metadata", "labels", label] = nil
            }
            for label in ["job-name", "batch.kubernetes.io/job-name"] {
                template["spec", "template", "metadata", "labels", label] = nil
            }
        })
}

private let jobCounters = ["active", "succeeded", "failed"]

/// The sums of the members' counters; failed as soon as one member's Job has failed, complete once all are.
private func aggregatedJobStatus(
    _ object: Object, _ items: [AggregatedStatusItem], now: Timestamp
) throws(InterpreterError) -> JSON {
    var sums = [Int](repeating: 0, count: jobCounters.count)
    var failed: [String] = []
    var complete = 0
    var successCriteriaMet = 0
    var starts: [Timestamp] = []
    var completions: [Timestamp] = []
    for item in items {
        guard let status = item.reported else { continue }
        for (index, counter) in jobCounters.enumerated() {
            sums[index] += try status.count(counter, within: item.fieldPrefix) ?? 0
        }
        switch try status.finishedCondition(within: item.fieldPrefix) {
        case "Complete": complete += 1
        case "Failed": failed.append(item.clusterName)
        default: break
        }
        if try status.hasCondition("SuccessCriteriaMet", within: item.fieldPrefix) { successCriteriaMet += 1 }
        if let time = try status.time("startTime", within: item.fieldPrefix) { starts.append(time) }
        if let time = try status.time("completionTime", within: item.fieldPrefix) { completions.append(time) }
    }

    var conditions: [JSON] = []
    func add(_ type: String, reason: String, message: String) {
        conditions.append([
            "type": .string(type), "status": "True", "lastProbeTime": .string(now.description),
            "lastTransitionTime": .string(now.description), "reason": .string(reason), "message": .string(message),
        ])
    }
    if !failed.isEmpty {
        add("Failed", reason: "JobFailed", message: "Job executed failed in member clusters \(failed.joined(separator: ","))")
    }
    // A binding that was only just made has no items, and nothing has completed.
    if complete == items.count, complete > 0 {
        add("Complete", reason: "Completed", message: "Job completed")
        if successCriteriaMet == items.count {
            add("SuccessCriteriaMet", reason: "CompletionsReached", message: "All member clusters have met success criteria")
        }
    }

    var status: JSON = [:]
    for (counter, sum) in zip(jobCounters, sums) { status[counter] = JSON(sum) }
    status["conditions"] = .array(conditions)
    if let started = try object.status.time("startTime", within: "status.") {
        status["startTime"] = .string(started.description)
    } else if starts.count == items.count, let first = starts.min() {
        status["startTime"] = .string(first.description)
    }
    if completions.count == items.count, let last = completions.max() { status["completionTime"] = .string(last.description) }
    return status.omittingEmpty()
}

extension JSON {
    /// `Complete` or `Failed`, if this Job status says that one of them is true.
    fileprivate func finishedCondition(within prefix: String) throws(InterpreterError) -> String? {
        for condition in try list("conditions", within: prefix) where condition["status"] == "True" {
            if let type = condition["type"]?.string, type == "Complete" || type == "Failed" { return type }
        }
        return nil
    }

    fileprivate func hasCondition(_ type: String, within prefix: String) throws(InterpreterError) -> Bool {
        try list("conditions", within: prefix).contains { $0["type"]?.string == type && $0["status"] == "True" }
    }
}
