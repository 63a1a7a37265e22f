import Kubernetes

/// The statuses that a kubelet posts in the course of a pod's life (Kubernetes, "Pod Lifecycle").
enum PodStatus {
    static func running(_ pod: Object, hostIP: String, podIP: String, isReady: Bool, now: Timestamp) -> JSON {
        let time = JSON.string(now.description)
        var status: JSON = [
            "phase": "Running", "hostIP": .string(hostIP), "hostIPs": [["ip": .string(hostIP)]],
            "podIP": .string(podIP), "podIPs": [["ip": .string(podIP)]], "startTime": time,
            "qosClass": pod.status["qosClass"] ?? .string(qualityOfService(pod.spec)),
            "containerStatuses": .array(
                (pod.spec["containers"]?.array ?? []).map { container in
                    self.container(container, of: pod, isReady: isReady, state: ["running": ["startedAt": time]])
                }),
        ]
        if let containers = pod.spec["initContainers"]?.array {
            status["initContainerStatuses"] = .array(
                containers.map { container in
                    let isSidecar = container["restartPolicy"]?.string == "Always"
                    return self.container(
                        container, of: pod, isReady: true,
                        state: isSidecar ? ["running": ["startedAt": time]] : terminated(exitCode: 0, startedAt: time, now: time))
                })
        }
        var conditions = Conditions(pod.status["conditions"])
        for type in ["PodReadyToStartContainers", "Initialized", "PodScheduled"] { conditions.set(type, .true, now: now) }
        status["conditions"] = readiness(conditions, pod: pod, isReady: isReady, now: now).json
        return status
    }

    /// The running pod's status with another readiness.
    static func ready(_ pod: Object, isReady: Bool, now: Timestamp) -> JSON {
        var status = pod.status
        status["containerStatuses"] = .array(
            (status["containerStatuses"]?.array ?? []).map { container in
                var container = container
                container["ready"] = .bool(isReady)
                return container
            })
        status["conditions"] = readiness(Conditions(status["conditions"]), pod: pod, isReady: isReady, now: now).json
        return status
    }

    /// The status of a pod all of whose containers ended.
    static func ended(_ pod: Object, exitCode: Int, now: Timestamp) -> JSON {
        let time = JSON.string(now.description)
        var status = pod.status
        status["phase"] = exitCode == 0 ? "Succeeded" : "Failed"
        status["containerStatuses"] = .array(
            (status["containerStatuses"]?.array ?? []).map { container in
                var container = container
                let startedAt = container["state", "running", "startedAt"] ?? time
                container["state"] = terminated(exitCode: exitCode, startedAt: startedAt, now: time)
                container["ready"] = false
                container["started"] = false
                return container
            })
        var conditions = Conditions(status["conditions"])
        let reason = exitCode == 0 ? "PodCompleted" : "PodFailed"
        conditions.set("PodReadyToStartContainers", .false, now: now)
        conditions.set("Initialized", .true, reason: exitCode == 0 ? reason : "", now: now)
        for type in ["Ready", "ContainersReady"] { conditions.set(type, .false, reason: reason, now: now) }
        status["conditions"] = conditions.json
        return status
    }

    private static func readiness(_ conditions: Conditions, pod: Object, isReady: Bool, now: Timestamp) -> Conditions {
        var conditions = conditions
        let names = (pod.spec["containers"]?.array ?? []).compactMap { $0["name"]?.string }.joined(separator: " ")
        for type in ["Ready", "ContainersReady"] {
            if isReady {
                conditions.set(type, .true, now: now)
            } else {
                conditions.set(
                    type, .false, reason: "ContainersNotReady", message: "containers with unready status: [\(names)]", now: now)
            }
        }
        return conditions
    }

    private static func container(_ container: JSON, of pod: Object, isReady: Bool, state: JSON) -> JSON {
        let name = container["name"]?.string ?? ""
        let identity = String(Hashing.fnv1a(Array("\(pod.uid)/\(name)".utf8)), radix: 16)
        return [
            "name": .string(name), "image": container["image"] ?? "", "imageID": container["image"] ?? "",
            "containerID": .string("simulated://\(identity)"), "ready": .bool(isReady), "restartCount": 0,
            "started": .bool(state["running"] != nil), "state": state, "lastState": [:],
        ]
    }

    private static func terminated(exitCode: Int, startedAt: JSON, now: JSON) -> JSON {
        [
            "terminated": [
                "exitCode": JSON(exitCode), "reason": exitCode == 0 ? "Completed" : "Error", "startedAt": startedAt,
                "finishedAt": now,
            ]
        ]
    }

    /// The class by which a node evicts (Kubernetes, "Pod Quality of Service Classes").
    static func qualityOfService(_ spec: JSON) -> String {
        let containers = (spec["containers"]?.array ?? []) + (spec["initContainers"]?.array ?? [])
        var isGuaranteed = !containers.isEmpty
        var isBestEffort = true
        for container in containers {
            let limits = container["resources"]?["limits"]
            let requests = container["resources"]?["requests"]
            for resource in ["cpu", "memory"] {
                let limit = limits?[resource]?.string.flatMap { Quantity($0) }
                let request = requests?[resource]?.string.flatMap { Quantity($0) } ?? limit
                if limit != nil || request != nil { isBestEffort = false }
                if limit == nil || limit != request { isGuaranteed = false }
            }
        }
        return isBestEffort ? "BestEffort" : isGuaranteed ? "Guaranteed" : "Burstable"
    }
}
