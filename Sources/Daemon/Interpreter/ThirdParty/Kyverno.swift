import Kubernetes

/// Kyverno: `kyverno.io`.
extension KindRules {
    static let kyverno: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "kyverno.io/v1", kind: "ClusterPolicy"): kyvernoPolicy,
        GroupVersionKind(apiVersion: "kyverno.io/v1", kind: "Policy"): kyvernoPolicy,
    ]

    private static let kyvernoPolicy: KindRules = {
        let status = ReportedStatus(latest: ["autogen"], others: ["ready", "rulecount"], mergesConditions: true)
        return KindRules(
            aggregateStatus: { object, items throws(InterpreterError) in
                var fresh = object
                fresh.status = [:]
                var result = try status.aggregate(fresh, items)
                // The last member's word, false included.
                result.status["ready"] = items.reversed().first("ready")
                var counts: JSON = [:]
                for kind in ["validate", "generate", "mutate", "verifyimages"] {
                    var sum = 0
                    for item in items { sum += try item.reported?.count("rulecount", kind, within: item.fieldPrefix) ?? 0 }
                    counts[kind] = JSON(sum)
                }
                result.status["rulecount"] = counts
                return result
            },
            reflectStatus: status.reflect,
            isHealthy: { object throws(InterpreterError) in
                if let ready = object["status", "ready"]?.bool { return ready }
                return try object.hasCondition("Ready", reasons: ["Succeeded"])
            })
    }()
}
