import Kubernetes

extension KindRules {
    static let pod = KindRules(
        replicas: { object throws(InterpreterError) in
            ReplicaDemand(replicas: 1, requirements: try PodTemplate.requirements(object, at: "spec"))
        },
        retain: { desired, observed throws(InterpreterError) in
            // What the member's scheduler and admission put in, and no update may change.
            var desired = desired
            for field in ["nodeName", "serviceAccountName", "volumes"] {
                desired.json["spec", default: [:]][field] = observed.spec[field]
            }
            for list in ["containers", "initContainers"] {
                let mounts = Dictionary(
                    try observed.json.list("spec", list).map { ($0["name"]?.string ?? "", $0["volumeMounts"]) },
                    uniquingKeysWith: { $1 })
                desired.json["spec", default: [:]].update(list) {
                    $0.updateElements { container in
                        if let mounts = mounts[container["name"]?.string ?? ""] { container["volumeMounts"] = mounts }
                    }
                }
            }
            return desired.inNativePodForm()
        },
        aggregateStatus: { object, items throws(InterpreterError) in
            var containers: [JSON] = []
            var initContainers: [JSON] = []
            var phases: Set<String> = []
            for item in items {
                guard let status = item.reported else {
                    // Not collected yet: as good as pending.
                    phases.insert("Pending")
                    continue
                }
                phases.insert(try status.text("phase", within: item.fieldPrefix) ?? "")
                containers += try status.list("containerStatuses", within: item.fieldPrefix).map(summary)
                initContainers += try status.list("initContainerStatuses", within: item.fieldPrefix).map(summary)
            }
            var status: JSON = [:]
            // The worst phase of all.
            status["phase"] = ["Failed", "Pending", "Running", "Succeeded"].first(where: phases.contains).map(JSON.string)
            status["containerStatuses"] = .array(containers)
            status["initContainerStatuses"] = .array(initContainers)
            var result = object
            result.status = status.omittingEmpty()
            return result.inNativePodForm()
        },
        isHealthy: { object throws(InterpreterError) in
            switch try object.json.text("status", "phase") {
            case "Succeeded": true
            case "Running":
                try object.json.list("status", "conditions").first { $0["type"]?.string == "Ready" }?["status"] == "True"
            default: false
            }
        },
        dependencies: { object throws(InterpreterError) in try PodTemplate.dependencies(object, at: "spec") })

    /// Of a container in a member only whether it is ready and what state it is in.
    @Sendable private static func summary(_ status: JSON) -> JSON {
        ["ready": status["ready"] ?? false, "state": status["state"] ?? [:]]
    }
}

extension Object {
    /// The Pod as Kubernetes' own types write it: with the fields that they write even when empty.
    fileprivate func inNativePodForm() -> Object {
        var object = self
        object.json.update("spec") { $0.toNativePodSpec() }
        object.json.update("status") { status in
            status.update("conditions") {
                $0.updateElements {
                    $0.fill("lastProbeTime", with: .null)
                    $0.fill("lastTransitionTime", with: .null)
                }
            }
            for list in ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"] {
                status.update(list) {
                    $0.updateElements {
                        for field in ["name", "image", "imageID"] { $0.fill(field, with: "") }
                        for field in ["state", "lastState"] { $0.fill(field, with: [:]) }
                        $0.fill("ready", with: false)
                        $0.fill("restartCount", with: 0)
                    }
                }
            }
        }
        return object
    }
}
