import Kubernetes

/// KubeRay: `ray.io`.
extension KindRules {
    static let ray: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "ray.io/v1", kind: "RayCluster"): rayCluster,
        GroupVersionKind(apiVersion: "ray.io/v1", kind: "RayJob"): rayJob,
        GroupVersionKind(apiVersion: "ray.io/v1", kind: "RayService"): rayService,
    ]

    private static let rayCluster = KindRules(
        components: { object throws(InterpreterError) in try RayGroups(object, at: ["spec"]).components() },
        aggregateStatus: { object, items throws(InterpreterError) in
            if items.isEmpty { return object }
            if let only = items.only { return object.with(status: only.status ?? [:]) }
            let counters = [
                "readyWorkerReplicas", "availableWorkerReplicas", "maxWorkerReplicas", "minWorkerReplicas",
                "desiredWorkerReplicas",
            ]
            var status = try ReportedStatus(counters: counters).aggregate(object, items).status
            status["conditions"] = .array(try allConditions(items))
            for resource in ["desiredCPU", "desiredMemory", "desiredGPU", "desiredTPU"] {
                var sum = Quantity.zero
                for item in items {
                    guard let amount = item.reported?[resource], !amount.isEmptyValue else { continue }
                    guard let quantity = try? Quantity(amount) else {
                        throw InterpreterError(field: item.fieldPrefix + resource, message: "\(amount) is no quantity")
                    }
                    sum = sum + quantity
                }
                status[resource] = .string(sum.description)
            }
            status["lastUpdateTime"] = items.texts("lastUpdateTime").max().map(JSON.string)
            for field in ["endpoints", "head", "state", "stateTransitionTimes"] { status[field] = items.first(field) }
            return object.with(status: status)
        },
        isHealthy: { object throws(InterpreterError) in
            let isReady = try object.hasCondition("HeadPodReady")
            let isProvisioned = try object.hasCondition("RayClusterProvisioned")
            let hasFailed = try object.hasCondition("RayClusterReplicaFailure")
            return isReady && isProvisioned && !hasFailed
        })

    private static let rayJob = KindRules(
        components: { object throws(InterpreterError) in try RayGroups(object, at: ["spec", "rayClusterSpec"]).components() },
        aggregateStatus: { object, items throws(InterpreterError) in
            if items.isEmpty { return object }
            if let only = items.only { return object.with(status: only.status ?? [:]) }
            var status = object.status
            let worst = items.worst("jobDeploymentStatus") { phase in
                [
                    "": 0, "Initializing": 1, "Waiting": 2, "Suspending": 3, "Suspended": 3, "Retrying": 4, "Running": 5,
                    "Complete": 6,
                    "ValidationFailed": 7, "Failed": 8,
                ][phase] ?? 0
            }
            for field in ["jobDeploymentStatus", "reason", "message"] { status[field] = worst?[field] }
            status["jobStatus"] =
                items.filter { $0.reported?["jobStatus"] != "" }.worst("jobStatus") { phase in
                    ["PENDING": 1, "RUNNING": 2, "SUCCEEDED": 3, "STOPPED": 4, "FAILED": 5][phase] ?? 0
                }?["jobStatus"]
            return object.with(status: status)
        },
        isHealthy: { object throws(InterpreterError) in
            switch try object.json.text("status", "jobDeploymentStatus") {
            case "Running": true
            case "Complete": try object.json.text("status", "jobStatus") == "SUCCEEDED"
            default: false
            }
        },
        dependencies: { object throws(InterpreterError) in
            let groups = try RayGroups(object, at: ["spec", "rayClusterSpec"])
            return Set(try groups.dependencies())
                .union(try object.dependencies(ofPodTemplatesAt: [["spec", "submitterPodTemplate"]])).sorted()
        })

    private static let rayService = KindRules(
        replicas: { object throws(InterpreterError) in
            try RayGroups(object, at: ["spec", "rayClusterConfig"]).replicas()
        },
        revise: { object, replicas throws(InterpreterError) in
            try RayGroups(object, at: ["spec", "rayClusterConfig"]).dividing(max(0, replicas - 1))
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            if items.isEmpty { return object }
            if let only = items.only { return object.with(status: only.status ?? [:]) }
            var status = try ReportedStatus(counters: ["numServeEndpoints"]).aggregate(object, items).status
            status["conditions"] = .array(try allConditions(items))
            status["lastUpdateTime"] = items.texts("lastUpdateTime").max().map(JSON.string)
            status["observedGeneration"] = .integer(items.compactMap { $0.reported?["observedGeneration"]?.integer }.max() ?? 0)
            status["serviceStatus"] = items.contains { $0.reported?["serviceStatus"] == "" } ? "" : "Running"
            if var active = items.first("activeServiceStatus") {
                active["applicationStatuses"] = .object(JSONObject(worstApplications(items)))
                status["activeServiceStatus"] = active
            }
            if let pending = items.first("pendingServiceStatus") { status["pendingServiceStatus"] = pending }
            return object.with(status: status)
        },
        isHealthy: { object throws(InterpreterError) in try object.hasCondition("Ready") },
        dependencies: { object throws(InterpreterError) in
            try RayGroups(object, at: ["spec", "rayClusterConfig"]).dependencies()
        })

    private static func allConditions(_ items: [AggregatedStatusItem]) throws(InterpreterError) -> [JSON] {
        var conditions: [JSON] = []
        for item in items { conditions += try item.reported?.list("conditions", within: item.fieldPrefix) ?? [] }
        return conditions
    }

    /// Each application's status where it is worst.
    private static func worstApplications(_ items: [AggregatedStatusItem]) -> [(String, JSON)] {
        let order = ["NOT_STARTED": 1, "DEPLOYING": 2, "DELETING": 3, "UNHEALTHY": 4, "DEPLOY_FAILED": 5]
        func badness(of status: JSON) -> Int { order[status["status"]?.string ?? ""] ?? 0 }
        var worst: [String: JSON] = [:]
        for item in items {
            for (name, status) in item.reported?["activeServiceStatus", "applicationStatuses"]?.object ?? JSONObject()
            where worst[name].map({ badness(of: status) > badness(of: $0) }) ?? true {
                worst[name] = status
            }
        }
        return worst.map { ($0.key, $0.value) }
    }
}

extension Sequence<AggregatedStatusItem> {
    /// The status of the first member for which `badness` of the field is greatest.
    func worst(_ field: String, by badness: (String) -> Int) -> JSON? {
        var worst: (badness: Int, status: JSON)?
        for item in self {
            guard let status = item.reported, let phase = status[field]?.string else { continue }
            let badness = badness(phase)
            if worst.map({ badness > $0.badness }) ?? true { worst = (badness, status) }
        }
        return worst?.status
    }
}

/// The head and the groups of workers of a Ray cluster, wherever a kind describes one.
private struct RayGroups {
    private let object: Object
    private let path: [String]
    private let workers: [JSON]

    init(_ object: Object, at path: [String]) throws(InterpreterError) {
        self.object = object
        self.path = path
        workers = try object.json.members(path)?.list("workerGroupSpecs", within: path.joined(separator: ".") + ".") ?? []
    }

    private var headTemplate: [String] { path + ["headGroupSpec", "template"] }
    private var hasHead: Bool { object.json[headTemplate] != nil }

    func components() throws(InterpreterError) -> [JSON] {
        var components: [JSON] = []
        if hasHead { components.append(try object.component("ray-head", replicas: 1, podTemplateAt: headTemplate)) }
        for (index, group) in workers.enumerated() {
            let name = group["groupName"]?.string.flatMap { $0.isEmpty ? nil : $0 } ?? "worker-\(index + 1)"
            components.append(
                try Object(group).component(name, replicas: try group.count("replicas") ?? 0, podTemplateAt: ["template"]))
        }
        return components
    }

    /// The head and all workers, each taken for as hungry as the hungriest.
    func replicas() throws(InterpreterError) -> ReplicaDemand {
        guard hasHead else { return ReplicaDemand(replicas: 0, requirements: nil) }
        var total = 1
        var requirements = try PodTemplate.requirements(object, at: headTemplate + ["spec"])
        for group in workers {
            total += try group.count("replicas") ?? 0
            guard requirements != nil, let needs = try PodTemplate.requirements(Object(group), at: ["template", "spec"]) else {
                continue
            }
            for resource in ["cpu", "memory"] {
                guard let amount = needs["resourceRequest", resource], let quantity = try? Quantity(amount) else { continue }
                let current = requirements?["resourceRequest", resource].flatMap { try? Quantity($0) } ?? .zero
                if quantity > current { requirements?["resourceRequest", resource] = amount }
            }
        }
        return ReplicaDemand(replicas: total, requirements: requirements)
    }

    /// The object with so many workers, its groups keeping their proportions.
    func dividing(_ count: Int) throws(InterpreterError) -> Object {
        guard !workers.isEmpty else { return object }
        var current: [Int] = []
        for group in workers { current.append(try group.count("replicas") ?? 0) }
        let total = current.reduce(0, +)
        var shares: [Int] = []
        for index in workers.indices.dropLast() {
            let share =
                total == 0
                ? count / workers.count + (index < count % workers.count ? 1 : 0)
                : Int((Double(count) * Double(current[index]) / Double(total) + 0.5).rounded(.down))
            // Rounded up one by one, the shares could come to more than there is.
            shares.append(min(share, count - shares.reduce(0, +)))
        }
        shares.append(count - shares.reduce(0, +))
        var groups = workers
        for (index, share) in shares.enumerated() { groups[index]["replicas"] = JSON(share) }
        var object = object
        object.json[path + ["workerGroupSpecs"]] = .array(groups)
        return object
    }

    func dependencies() throws(InterpreterError) -> [DependentObjectReference] {
        var references = Set(try PodTemplate.dependencies(object, at: headTemplate + ["spec"]))
        for group in workers {
            var group = Object(group)
            group.namespace = object.namespace
            references.formUnion(try PodTemplate.dependencies(group, at: "template", "spec"))
        }
        return references.sorted()
    }
}
