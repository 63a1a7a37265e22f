import Kubernetes

private let counters = ["currentHealthy", "desiredHealthy", "disruptionsAllowed", "expectedPods"]

extension KindRules {
    static let podDisruptionBudget = KindRules(
        aggregateStatus: { object, items throws(InterpreterError) in
            var sums = [Int](repeating: 0, count: counters.count)
            var disrupted: JSON = [:]
            for item in items {
                guard let status = item.reported else { continue }
                for (index, counter) in counters.enumerated() {
                    sums[index] += try status.count(counter, within: item.fieldPrefix) ?? 0
                }
                // Pods of the same name run in several members.
                guard let pods = try status.members("disruptedPods", within: item.fieldPrefix)?.object else { continue }
                for (pod, time) in pods { disrupted["\(item.clusterName)/\(pod)"] = time }
            }
            var status: JSON = [:]
            for (counter, sum) in zip(counters, sums) { status[counter] = JSON(sum) }
            if !disrupted.isEmptyValue { status["disruptedPods"] = disrupted }
            var result = object
            result.status = status
            return result
        },
        reflectStatus: { object throws(InterpreterError) in
            guard let status = try object.json.members("status") else { return nil }
            var reflected: JSON = [:]
            try reflected.set(counters, from: status, within: "status.", alwaysWritten: Set(counters))
            if let pods = try status.members("disruptedPods", within: "status."), !pods.isEmptyValue {
                reflected["disruptedPods"] = pods
            }
            return reflected
        },
        isHealthy: { object throws(InterpreterError) in
            try object.json.count("status", "currentHealthy") ?? 0 >= object.json.count("status", "desiredHealthy") ?? 0
        })
}
