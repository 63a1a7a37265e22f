import Kubernetes

private let counters = ["currentReplicas", "desiredReplicas"]

extension KindRules {
    static let horizontalPodAutoscaler = KindRules(
        aggregateStatus: { object, items throws(InterpreterError) in
            var sums = [Int](repeating: 0, count: counters.count)
            for item in items {
                guard let status = item.reported else { continue }
                for (index, counter) in counters.enumerated() {
                    sums[index] += try status.count(counter, within: item.fieldPrefix) ?? 0
                }
            }
            var result = object
            result.status = autoscalerStatus(current: sums[0], desired: sums[1])
            return result
        },
        reflectStatus: { object throws(InterpreterError) in
            guard let status = try object.json.members("status") else { return nil }
            return autoscalerStatus(
                current: try status.count("currentReplicas", within: "status.") ?? 0,
                desired: try status.count("desiredReplicas", within: "status.") ?? 0)
        })
}

/// As `autoscaling/v2` writes it: metrics even when there are none.
private func autoscalerStatus(current: Int, desired: Int) -> JSON {
    var status: JSON = ["currentMetrics": .null, "desiredReplicas": JSON(desired)]
    if current != 0 { status["currentReplicas"] = JSON(current) }
    return status
}
