import Kubernetes

/// Spark Operator: `sparkoperator.k8s.io`.
extension KindRules {
    static let spark: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "sparkoperator.k8s.io/v1beta2", kind: "SparkApplication"): sparkApplication
    ]

    private static let sparkApplication: KindRules = {
        let status = ReportedStatus(
            counters: ["executionAttempts", "submissionAttempts"],
            others: [
                "applicationState", "driverInfo", "executorState", "sparkApplicationId", "lastSubmissionAttemptTime",
                "submissionID",
                "terminationTime",
            ])
        return KindRules(
            components: { object throws(InterpreterError) in
                [
                    ["name": "driver", "replicas": 1, "replicaRequirements": try needs(of: "driver", in: object)],
                    [
                        "name": "executor", "replicas": JSON(executors(object)),
                        "replicaRequirements": try needs(of: "executor", in: object),
                    ],
                ]
            },
            aggregateStatus: { object, items throws(InterpreterError) in
                if items.isEmpty { return object }
                if let only = items.only { return object.with(status: only.status ?? [:]) }
                var result = try status.aggregate(object, items)
                let states: [(String, JSON)] = items.compactMap { item in
                    item.reported?["applicationState"].map { ($0["state"]?.string ?? "", $0) }
                }
                result.status["applicationState"] =
                    states.enumerated()
                    .max { (badness[$0.1.0] ?? 0, -$0.0) < (badness[$1.1.0] ?? 0, -$1.0) }?.element.1
                var executors: JSON = [:]
                for item in items {
                    for (name, state) in item.reported?["executorState"]?.object ?? JSONObject() { executors[name] = state }
                }
                result.status["executorState"] = executors.isEmptyValue ? JSON?.none : executors
                for field in ["lastSubmissionAttemptTime", "terminationTime"] {
                    result.status[field] = .string(items.texts(field).max() ?? "")
                }
                return result
            },
            reflectStatus: status.reflect,
            isHealthy: { object throws(InterpreterError) in
                guard let state = try object.json.text("status", "applicationState", "state") else { return false }
                return state != "FAILED"
            })
    }()

    private static let badness = [
        "SUBMITTED": 1, "PENDING_RERUN": 1, "COMPLETED": 2, "SUSPENDING": 3, "SUSPENDED": 3, "RUNNING": 4, "RESUMING": 4,
        "SUCCEEDING": 4, "INVALIDATING": 5, "FAILING": 6, "FAILED": 6, "SUBMISSION_FAILED": 6,
    ]

    private static func executors(_ object: Object) -> Int {
        let instances = object.replicaCount(["spec", "executor", "instances"], default: 1)
        guard object["spec", "dynamicAllocation", "enabled"]?.bool == true else { return instances }
        return max(
            instances, object.replicaCount(["spec", "dynamicAllocation", "initialExecutors"], default: 1),
            object.replicaCount(["spec", "dynamicAllocation", "minExecutors"], default: 1))
    }

    private static func needs(of role: String, in object: Object) throws(InterpreterError) -> JSON {
        let path = "spec.\(role)"
        let pod = try object.json.members("spec", role) ?? [:]
        var needs = ComponentNeeds()
        try needs.request("cpu", pod["cores"] ?? 1, at: "\(path).cores")
        try needs.request("memory", .string(try memory(of: pod, at: path, in: object).description), at: "\(path).memory")
        if let gpu = pod["gpu"]?["name"]?.string, !gpu.isEmpty, let count = pod.number("gpu", "quantity"), count > 0 {
            try needs.request(gpu, pod["gpu", "quantity"], at: "\(path).gpu.quantity")
        }
        try needs.add(podSpec: pod)
        return needs.json
    }

    /// What the JVM gets and what Spark adds for everything else: a tenth (two fifths where user code is not the JVM's), 384 MiB
    /// at least.
    private static func memory(of pod: JSON, at path: String, in object: Object) throws(InterpreterError) -> Quantity {
        let heap = try javaMemory(pod["memory"] ?? "1g", at: "\(path).memory")
        let overhead: Double
        if let given = pod["memoryOverhead"], !given.isNull {
            overhead = try javaMemory(given, at: "\(path).memoryOverhead")
        } else {
            let isJVM = ["java", "scala"].contains(try object.json.text("spec", "type")?.lowercased() ?? "")
            let factor = object.spec.number("memoryOverheadFactor") ?? (isJVM ? 0.1 : 0.4)
            overhead = max(heap * factor, 384 * 1024 * 1024)
        }
        return Quantity(value: Int64((heap + overhead).rounded(.up)), format: .binarySI)
    }

    /// Bytes of an amount as the JVM's options have it, such as `512m`.
    private static func javaMemory(_ value: JSON, at path: String) throws(InterpreterError) -> Double {
        let text = (value.string ?? value.description).lowercased()
        let digits = text.prefix { $0.isNumber || $0 == "." }
        var unit = text.dropFirst(digits.count)
        if unit.count == 2, unit.last == "b" { unit.removeLast() }
        let units = ["b": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5]
        guard let amount = Double(digits), let exponent = units[String(unit)] else {
            throw InterpreterError(field: path, message: "\"\(text)\" is no amount of memory with a unit, such as 512m")
        }
        return (0..<exponent).reduce(amount) { bytes, _ in bytes * 1024 }
    }
}
