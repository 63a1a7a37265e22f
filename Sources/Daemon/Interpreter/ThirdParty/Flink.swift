import Kubernetes

/// Flink's Kubernetes operator: `flink.apache.org`.
extension KindRules {
    static let flink: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "flink.apache.org/v1beta1", kind: "FlinkDeployment"): flinkDeployment
    ]

    private static let fields = [
        "clusterInfo", "error", "jobManagerDeploymentStatus", "jobStatus", "observedGeneration", "lifecycleState",
        "reconciliationStatus", "taskManager",
    ]

    private static let flinkDeployment = KindRules(
        replicas: { object throws(InterpreterError) in
            // One kind of replica has to stand for both: it needs what the hungrier of them does.
            var needs = ComponentNeeds()
            for resource in ["cpu", "memory"] {
                var largest: (size: Quantity, amount: JSON)?
                for role in ["taskManager", "jobManager"] {
                    guard let amount = object["spec", role, "resource", resource] else { continue }
                    let size = try quantity(amount, at: "spec.\(role).resource.\(resource)")
                    if largest.map({ size > $0.size }) ?? true { largest = (size, amount) }
                }
                try needs.request(resource, largest?.amount, at: "spec.taskManager.resource.\(resource)")
            }
            try needs.add(podSpec: object["spec", "podTemplate", "spec"] ?? .null)
            var requirements = needs.json
            if !object.namespace.isEmpty { requirements["namespace"] = .string(object.namespace) }
            return ReplicaDemand(replicas: jobManagers(object) + taskManagers(object), requirements: requirements)
        },
        components: { object throws(InterpreterError) in
            func component(_ name: String, _ role: String, replicas: Int) throws(InterpreterError) -> JSON {
                var needs = ComponentNeeds()
                for resource in ["cpu", "memory"] {
                    try needs.request(
                        resource, object["spec", role, "resource", resource], at: "spec.\(role).resource.\(resource)")
                }
                try needs.add(podSpec: object["spec", "podTemplate", "spec"] ?? .null)
                return ["name": .string(name), "replicas": JSON(replicas), "replicaRequirements": needs.json]
            }
            return [
                try component("jobmanager", "jobManager", replicas: jobManagers(object)),
                try component("taskmanager", "taskManager", replicas: taskManagers(object)),
            ]
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            guard let last = items.compactMap(\.reported).last else { return object }
            var status = object.status
            for field in fields { status[field] = last[field] }
            return object.with(status: status)
        },
        reflectStatus: { object throws(InterpreterError) in
            var reflected: JSON = [:]
            for field in fields { reflected[field] = object.status[field] }
            return reflected.withoutEmptyContainers()
        },
        isHealthy: { object throws(InterpreterError) in
            switch try object.json.text("status", "jobStatus", "state") {
            case nil:
                let manager = try object.json.text("status", "jobManagerDeploymentStatus")
                let lifecycle = try object.json.text("status", "lifecycleState")
                return manager == "READY" && lifecycle == "STABLE"
            case "RUNNING", "FINISHED", "FAILED", "CANCELED", "SUSPENDED", "CANCELLING", "FAILING", "RESTARTING": return true
            case "CREATED", "INITIALIZING", "RECONCILING":
                // Another cluster would not bring it up either where its image is wrong.
                let error = try object.json.text("status", "error") ?? ""
                return ["ErrImagePull", "ImagePullBackOff", "CrashLoopBackOff"].contains { error.contains($0) }
            default: return false
            }
        })

    private static func jobManagers(_ object: Object) -> Int {
        object.replicaCount(["spec", "jobManager", "replicas"], default: 1)
    }

    /// As many as are asked for, or as many as the job's parallelism takes.
    private static func taskManagers(_ object: Object) -> Int {
        if object["spec", "taskManager", "replicas"] != nil {
            return object.replicaCount(["spec", "taskManager", "replicas"], default: 1)
        }
        let parallelism = object.replicaCount(["spec", "job", "parallelism"], default: 0)
        let slots = object.replicaCount(["spec", "flinkConfiguration", "taskmanager.numberOfTaskSlots"], default: 0)
        guard parallelism > 0, slots > 0 else { return 1 }
        return (parallelism + slots - 1) / slots
    }

    private static func quantity(_ amount: JSON, at path: String) throws(InterpreterError) -> Quantity {
        do {
            return try Quantity(amount)
        } catch {
            throw InterpreterError(field: path, message: "\(error)")
        }
    }
}
