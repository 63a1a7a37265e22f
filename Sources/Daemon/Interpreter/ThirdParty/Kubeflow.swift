import Kubernetes

/// Kubeflow: `kubeflow.org`.
extension KindRules {
    static let kubeflow: [GroupVersionKind: KindRules] = [
        GroupVersionKind(apiVersion: "kubeflow.org/v1", kind: "PyTorchJob"): TrainingJob(
            kind: "PyTorchJob", field: "pytorchReplicaSpecs", roles: ["Master", "Worker"], tellsProgress: true
        ).rules,
        GroupVersionKind(apiVersion: "kubeflow.org/v1", kind: "TFJob"): TrainingJob(
            kind: "TFJob", field: "tfReplicaSpecs", roles: ["PS", "Worker", "Chief", "Master", "Evaluator"], tellsProgress: false
        ).rules,
        GroupVersionKind(apiVersion: "kubeflow.org/v2beta1", kind: "MPIJob"): mpiJob,
        GroupVersionKind(apiVersion: "kubeflow.org/v1", kind: "Notebook"): notebook,
    ]

    private static let mpiJob: KindRules = {
        let field = "mpiReplicaSpecs"
        return KindRules(
            components: { object throws(InterpreterError) in
                var components: [JSON] = []
                for (role, _) in try object.json.members("spec", field)?.object ?? JSONObject() {
                    let path = ["spec", field, role]
                    guard object.json[path + ["template"]] != nil else { continue }
                    let replicas = object.replicaCount(path + ["replicas"], default: role.lowercased() == "worker" ? 0 : 1)
                    components.append(try object.component(role, replicas: replicas, podTemplateAt: path + ["template"]))
                }
                return components
            },
            aggregateStatus: { object, items throws(InterpreterError) in
                if items.isEmpty { return object }
                if let only = items.only { return object.with(status: only.status ?? [:]) }
                var status: JSON = [:]
                for item in items {
                    for (role, _) in try item.reported?.members("replicaStatuses", within: item.fieldPrefix)?.object
                        ?? JSONObject()
                    {
                        try status.addReplicaStatus(of: role, from: item)
                    }
                }
                status.setTimes(from: items)
                status["conditions"] = .array(try latestConditions(items))
                return object.with(status: status)
            },
            reflectStatus: { object throws(InterpreterError) in
                guard let status = try object.json.members("status") else { return [:] }
                var reflected: JSON = [:]
                for field in ["conditions", "startTime", "completionTime", "lastReconcileTime"] {
                    reflected[field] = status[field]
                }
                for (role, counts) in try status.members("replicaStatuses", within: "status.")?.object ?? JSONObject() {
                    for field in ["active", "succeeded", "failed", "selector"] {
                        reflected["replicaStatuses", role, field] = counts[field]
                    }
                }
                return reflected.withoutEmptyContainers()
            },
            isHealthy: { object throws(InterpreterError) in
                let hasFailed = try object.hasCondition("Failed")
                return try !object.json.list("status", "conditions").isEmpty && !hasFailed
            })
    }()

    /// Of each type the condition that changed last, in order of the types.
    private static func latestConditions(_ items: [AggregatedStatusItem]) throws(InterpreterError) -> [JSON] {
        var latest: [String: (time: String, condition: JSON)] = [:]
        for item in items {
            for condition in try item.reported?.list("conditions", within: item.fieldPrefix) ?? [] {
                let time = (condition["lastUpdateTime"] ?? condition["lastTransitionTime"])?.string ?? ""
                let type = condition["type"]?.string ?? ""
                if !time.isEmpty, time > latest[type]?.time ?? "" { latest[type] = (time, condition) }
            }
        }
        return latest.sorted { $0.key < $1.key }.map(\.value.condition)
    }

    private static let notebook = KindRules(
        replicas: { object throws(InterpreterError) in
            ReplicaDemand(replicas: 1, requirements: try PodTemplate.requirements(object, at: "spec", "template", "spec"))
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            if items.isEmpty { return object }
            if let only = items.only { return object.with(status: only.status ?? [:]) }
            var failed: [String] = []
            var failure: JSON?
            var starts: [String] = []
            var running = 0
            for item in items {
                guard let status = item.reported else { continue }
                let state = try status.members("containerState", within: item.fieldPrefix) ?? [:]
                if state.isEmptyValue || state["terminated"] != nil || state["waiting"] != nil {
                    failed.append(item.clusterName)
                    failure = state.isEmptyValue ? ["waiting": ["reason": "Unschedulable"]] : state
                } else if let started = state["running"] {
                    running += 1
                    starts += [started["startedAt"]?.string].compactMap { $0 }
                }
            }
            var status: JSON = ["readyReplicas": JSON(try items.sum("readyReplicas"))]
            if let failure {
                status["containerState"] = failure
            } else if running > 0 {
                status["containerState", "running"] = starts.max().map { ["startedAt": .string($0)] } ?? [:]
            }
            var conditions: [JSON] = []
            func add(_ condition: DerivedCondition) {
                conditions.append(condition.json(formerly: object.status["conditions"], timeFields: ["lastProbeTime"]))
            }
            if !failed.isEmpty {
                add(
                    DerivedCondition(
                        type: "Failed", reason: "NotebookFailed",
                        message: "Notebook executed failed in member clusters: \(failed.joined(separator: ", "))"))
            } else if running == items.count {
                add(DerivedCondition(type: "Ready", reason: "Ready", message: "All notebooks are ready"))
            }
            status["conditions"] = .array(conditions)
            return object.with(status: status)
        },
        reflectStatus: { object throws(InterpreterError) in
            guard let status = try object.json.members("status") else { return [:] }
            var reflected: JSON = ["readyReplicas": JSON(try status.count("readyReplicas", within: "status.") ?? 0)]
            for field in ["containerState", "conditions"] { reflected[field] = status[field] }
            return reflected.withoutEmptyContainers()
        },
        isHealthy: { object throws(InterpreterError) in
            guard let state = try object.json.members("status", "containerState") else { return false }
            if state["running"] != nil { return true }
            if let waiting = state["waiting"] { return waiting["reason"]?.string == "ContainerCreating" }
            guard let terminated = state["terminated"] else { return false }
            let isFailure = ["Error", "OOMKilled", "ContainerCannotRun"].contains(terminated["reason"]?.string ?? "")
            return !isFailure && terminated["exitCode"]?.integer ?? 0 == 0
        })
}

/// A job of Kubeflow's training operator: pods in several roles.
private struct TrainingJob: Sendable {
    var kind: String
    /// The member of `spec` that has the roles.
    var field: String
    var roles: [String]
    /// Whether its conditions say that it was created and runs, before they say how it ended.
    var tellsProgress: Bool

    var rules: KindRules {
        KindRules(
            components: { object throws(InterpreterError) in
                var components: [JSON] = []
                for role in roles where object["spec", field, role] != nil {
                    let path = ["spec", field, role]
                    components.append(
                        try object.component(
                            role.lowercased(), replicas: object.replicaCount(path + ["replicas"], default: 1),
                            podTemplateAt: path + ["template"]))
                }
                return components
            },
            aggregateStatus: aggregate,
            isHealthy: { object throws(InterpreterError) in
                guard let conditions = object["status", "conditions"], !conditions.isNull else { return false }
                return try !object.hasCondition("Failed")
            },
            dependencies: { object throws(InterpreterError) in
                try object.dependencies(ofPodTemplatesAt: roles.map { ["spec", field, $0, "template"] })
            })
    }

    @Sendable private func aggregate(_ object: Object, _ items: [AggregatedStatusItem]) throws(InterpreterError) -> Object {
        if items.isEmpty { return object.with(status: [:]) }
        var status: JSON = [:]
        for role in roles {
            for item in items { try status.addReplicaStatus(of: role, from: item) }
        }
        status.setTimes(from: items)
        let completed = status["completionTime"]
        let failed = try clusters(items) { $0["type"]?.string == "Failed" && $0["status"]?.string == "True" }
        let succeeded = try clusters(items) { $0["type"]?.string == "Succeeded" && $0["status"]?.string == "True" }
            .filter { !failed.contains($0) }
        let hasSucceeded = failed.isEmpty && succeeded.count == items.count
        if !hasSucceeded { status["completionTime"] = nil }

        var conditions: [JSON] = []
        func add(
            _ type: String, status: String = "True", reason: String, _ message: String, time: (updated: JSON?, changed: JSON?)?
        ) {
            let condition = DerivedCondition(type: type, status: status, reason: reason, message: message)
            var json = condition.json(formerly: object.status["conditions"], timeFields: tellsProgress ? [] : ["lastProbeTime"])
            if let time { (json["lastUpdateTime"], json["lastTransitionTime"]) = time }
            conditions.append(json)
        }
        if tellsProgress { try addProgress(items, started: status["startTime"], hasEnded: !failed.isEmpty || hasSucceeded, add) }
        let endTime = tellsProgress ? (completed, completed) : nil
        if !failed.isEmpty {
            let message = "\(kind) executed failed in member clusters: \(failed.joined(separator: ", "))"
            add("Failed", reason: "\(kind)Failed", message, time: endTime)
        } else if hasSucceeded {
            let (reason, message) =
                tellsProgress
                ? ("\(kind)Succeeded", "\(kind) is successfully completed.") : ("Completed", "\(kind) completed successfully")
            add("Succeeded", reason: reason, message, time: endTime)
        }
        status["conditions"] = .array(conditions)
        return object.with(status: status.withoutZeros())
    }

    private func addProgress(
        _ items: [AggregatedStatusItem], started: JSON?, hasEnded: Bool,
        _ add: (String, String, String, String, (updated: JSON?, changed: JSON?)?) -> Void
    ) throws(InterpreterError) {
        if try !clusters(items, where: { $0["type"]?.string == "Created" && $0["status"]?.string == "True" }).isEmpty {
            add("Created", "True", "\(kind)Created", "\(kind) is created.", (started, started))
        }
        var running: JSON?
        for item in items {
            for condition in try item.reported?.list("conditions", within: item.fieldPrefix) ?? []
            where condition["type"]?.string == "Running" {
                running = condition
            }
        }
        guard let running else { return }
        add(
            "Running", hasEnded ? "False" : "True", "\(kind)Running", "\(kind) is running.",
            (running["lastUpdateTime"], running["lastTransitionTime"]))
    }

    /// The members that have such a condition.
    private func clusters(
        _ items: [AggregatedStatusItem], where matches: (JSON) -> Bool
    ) throws(InterpreterError) -> [String] {
        var names: [String] = []
        for item in items {
            if try item.reported?.list("conditions", within: item.fieldPrefix).contains(where: matches) ?? false {
                names.append(item.clusterName)
            }
        }
        return names
    }
}

extension Array {
    /// The element, where there is exactly one.
    var only: Element? { count == 1 ? self[0] : nil }
}

extension JSON {
    /// Adds what a member counts of a role to `replicaStatuses`.
    fileprivate mutating func addReplicaStatus(of role: String, from item: AggregatedStatusItem) throws(InterpreterError) {
        for counter in ["active", "succeeded", "failed"] {
            let count = try item.reported?.count("replicaStatuses", role, counter, within: item.fieldPrefix) ?? 0
            self["replicaStatuses", role, counter] = JSON(count + (self["replicaStatuses", role, counter]?.int ?? 0))
        }
    }

    /// The first of the members' beginnings, the last of their ends.
    fileprivate mutating func setTimes(from items: [AggregatedStatusItem]) {
        self["startTime"] = items.texts("startTime").min().map(JSON.string)
        for field in ["completionTime", "lastReconcileTime"] { self[field] = items.texts(field).max().map(JSON.string) }
    }

    /// Without members that are 0, an empty text or a duration of nothing, at any depth.
    func withoutZeros() -> JSON {
        switch self {
        case .array(let elements): .array(elements.map { $0.withoutZeros() })
        case .object(let members):
            .object(
                JSONObject(
                    members.compactMap { key, member in
                        member == 0 || member == "" || member == "0s" ? nil : (key, member.withoutZeros())
                    })
            ).withoutEmptyContainers()
        default: self
        }
    }
}
