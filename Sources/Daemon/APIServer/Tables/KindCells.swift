import Kubernetes

// The cells that take more than reading a member.

extension Object {
    func count(_ part: String, _ name: String) -> JSON { json[part]?[name] ?? 0 }

    /// `2/3`.
    func readyOfDesired(_ ready: String) -> JSON {
        .string("\(status[ready]?.integer ?? 0)/\(spec["replicas"]?.integer ?? 0)")
    }

    /// Names and images of the template's containers.
    var containers: [JSON] { ContainerText.cells(spec["template", "spec"] ?? [:]) }
}

enum ContainerText {
    static func cells(_ spec: JSON) -> [JSON] {
        let containers = spec.list("containers")
        return ["name", "image"].map { member in .string(containers.map { $0.text(member) }.joined(separator: ",")) }
    }
}

enum LabelText {
    static func labels(_ labels: JSON?) -> String {
        let pairs = labels?.stringMap.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" } ?? []
        return pairs.isEmpty ? "<none>" : pairs.joined(separator: ",")
    }

    static func selector(_ selector: JSON?) -> String {
        guard let selector, let parsed = try? LabelSelector(selector), !parsed.isEmpty else { return "<none>" }
        return parsed.description
    }
}

/// How kubectl shows a pod: what its containers are up to, in one word.
enum PodTable {
    static func cells(_ pod: Object, _ now: Timestamp) -> [JSON] {
        let initial = pod.status.list("initContainerStatuses")
        let statuses = pod.status.list("containerStatuses")
        let ready = statuses.filter { $0["ready"]?.bool == true && $0["state", "running"] != nil }.count
        let restarts = (initial + statuses).reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }
        let last = (initial + statuses).compactMap { $0["lastState", "terminated", "finishedAt"]?.string }.max()
        let restartText = restarts > 0 && last != nil ? "\(restarts) (\(Age.text(last, now)) ago)" : "\(restarts)"
        func shown(_ value: JSON?) -> JSON { value?.string.flatMap { $0.isEmpty ? JSON?.none : .string($0) } ?? "<none>" }
        let gates = pod.spec.list("readinessGates")
        let met = gates.filter { gate in
            pod.status.list("conditions").contains { $0["type"] == gate["conditionType"] && $0.text("status") == "True" }
        }.count
        return [
            .string(pod.name), .string("\(ready)/\(pod.spec.list("containers").count)"),
            .string(reason(of: pod, initial, statuses)),
            .string(restartText), .string(Age.text(pod.creationTimestamp, now)),
            shown(pod.status["podIP"]), shown(pod.spec["nodeName"]), shown(pod.status["nominatedNodeName"]),
            .string(gates.isEmpty ? "<none>" : "\(met)/\(gates.count)"),
        ]
    }

    private static func reason(of pod: Object, _ initial: [JSON], _ statuses: [JSON]) -> String {
        var reason = pod.status.text("reason")
        if reason.isEmpty { reason = pod.status.text("phase") }
        if pod.status.list("conditions").contains(where: {
            $0.text("type") == "PodScheduled" && $0.text("reason") == "SchedulingGated"
        }) {
            reason = "SchedulingGated"
        }
        var isInitialising = false
        for (index, status) in initial.enumerated() {
            let state = status["state"] ?? [:]
            if state["terminated", "exitCode"] == 0 { continue }
            if status["started"]?.bool == true, state["running"] != nil { continue }
            if let terminated = state["terminated"] {
                reason = "Init:" + text(of: terminated)
            } else if let waiting = state["waiting"]?.text("reason"), !waiting.isEmpty, waiting != "PodInitializing" {
                reason = "Init:" + waiting
            } else {
                reason = "Init:\(index)/\(pod.spec.list("initContainers").count)"
            }
            isInitialising = true
            break
        }
        if !isInitialising {
            var hasRunning = false
            for status in statuses.reversed() {
                let state = status["state"] ?? [:]
                if let waiting = state["waiting"]?.text("reason"), !waiting.isEmpty {
                    reason = waiting
                } else if let terminated = state["terminated"] {
                    reason = text(of: terminated)
                } else if status["ready"]?.bool == true, state["running"] != nil {
                    hasRunning = true
                }
            }
            if reason == "Completed", hasRunning {
                let isReady = pod.status.list("conditions").contains { $0.text("type") == "Ready" && $0.text("status") == "True" }
                reason = isReady ? "Running" : "NotReady"
            }
        }
        guard pod.isBeingDeleted else { return reason }
        if pod.status.text("reason") == "NodeLost" { return "Unknown" }
        return ["Succeeded", "Failed"].contains(pod.status.text("phase")) ? reason : "Terminating"
    }

    private static func text(of terminated: JSON) -> String {
        let reason = terminated.text("reason")
        if !reason.isEmpty { return reason }
        if let signal = terminated["signal"]?.integer, signal != 0 { return "Signal:\(signal)" }
        return "ExitCode:\(terminated["exitCode"]?.integer ?? 0)"
    }
}

enum NodeTable {
    static func cells(_ node: Object) -> [JSON] {
        let ready = node.status.list("conditions").first { $0.text("type") == "Ready" }?.text("status")
        var status = ready.map { $0 == "True" ? "Ready" : "NotReady" } ?? "Unknown"
        if node.spec["unschedulable"]?.bool == true { status += ",SchedulingDisabled" }
        let prefix = "node-role.kubernetes.io/"
        let roles = node.labels.compactMap { label, value -> String? in
            if label.hasPrefix(prefix), label.count > prefix.count { return String(label.dropFirst(prefix.count)) }
            return label == "kubernetes.io/role" && !value.isEmpty ? value : String?.none
        }
        let info = node.status["nodeInfo"] ?? [:]
        func address(_ type: String) -> JSON {
            node.status.list("addresses").first { $0.text("type") == type }?["address"] ?? "<none>"
        }
        func shown(_ member: String) -> JSON { info.text(member).isEmpty ? "<unknown>" : .string(info.text(member)) }
        return [
            .string(status), .string(roles.isEmpty ? "<none>" : Set(roles).sorted().joined(separator: ",")),
            .string(info.text("kubeletVersion")), address("InternalIP"), address("ExternalIP"), shown("osImage"),
            shown("kernelVersion"), shown("containerRuntimeVersion"),
        ]
    }
}

enum ServiceTable {
    static func cells(_ service: Object) -> [JSON] {
        let address = service.spec.text("clusterIP")
        return [
            service.spec["type"] ?? "", .string(address.isEmpty ? "<none>" : address), .string(external(service)),
            .string(ports(service.spec.list("ports"))), .string(LabelText.labels(service.spec["selector"])),
        ]
    }

    private static func external(_ service: Object) -> String {
        let fixed = service.spec.list("externalIPs").compactMap(\.string)
        switch service.spec.text("type") {
        case "ExternalName": return service.spec.text("externalName")
        case "LoadBalancer":
            let all = balancers(service) + fixed
            return all.isEmpty ? "<pending>" : all.joined(separator: ",")
        default: return fixed.isEmpty ? "<none>" : fixed.joined(separator: ",")
        }
    }

    private static func balancers(_ object: Object) -> [String] {
        (object.status["loadBalancer", "ingress"]?.array ?? []).map { entry in
            entry.text("ip").isEmpty ? entry.text("hostname") : entry.text("ip")
        }
    }

    private static func ports(_ ports: [JSON]) -> String {
        if ports.isEmpty { return "<none>" }
        return ports.map { port in
            let node = port["nodePort"]?.integer ?? 0
            return "\(port["port"]?.integer ?? 0)\(node > 0 ? ":\(node)" : "")/\(port.text("protocol"))"
        }.joined(separator: ",")
    }

    static func ingress(_ ingress: Object) -> [JSON] {
        let rules = ingress.spec.list("rules")
        let hosts = rules.map { $0.text("host") }.filter { !$0.isEmpty }
        let shown =
            hosts.count > 3
            ? hosts.prefix(3).joined(separator: ",") + " + \(hosts.count - 3) more..." : hosts.joined(separator: ",")
        return [
            ingress.spec["ingressClassName"] ?? "<none>", .string(hosts.isEmpty ? "*" : shown),
            .string(balancers(ingress).joined(separator: ",")),
            .string(ingress.spec.list("tls").isEmpty ? "80" : "80, 443"),
        ]
    }
}

enum EndpointsTable {
    /// The first three addresses with ports, and how many more there are.
    static func addresses(of endpoints: Object) -> String {
        var all: [String] = []
        for subset in endpoints["subsets"]?.array ?? [] {
            let ports = subset.list("ports")
            for address in subset.list("addresses") {
                if ports.isEmpty { all.append(address.text("ip")) }
                for port in ports { all.append("\(address.text("ip")):\(port["port"]?.integer ?? 0)") }
            }
        }
        return limited(all, empty: "<none>")
    }

    static func slice(_ slice: Object) -> [JSON] {
        let ports = (slice["ports"]?.array ?? []).map { port in port["port"]?.integer.map(String.init) ?? "*" }
        let addresses = (slice["endpoints"]?.array ?? []).flatMap { $0.list("addresses").compactMap(\.string) }
        return [
            slice["addressType"] ?? "", .string(limited(ports, empty: "<unset>")), .string(limited(addresses, empty: "<unset>")),
        ]
    }

    private static func limited(_ items: [String], empty: String) -> String {
        if items.isEmpty { return empty }
        return items.prefix(3).joined(separator: ",") + (items.count > 3 ? " + \(items.count - 3) more..." : "")
    }
}

enum QuotaTable {
    static func cells(_ quota: Object) -> [JSON] {
        let hard = quota.status["hard"]?.object ?? quota.spec["hard"]?.object ?? [:]
        let lines = hard.map { name, limit in
            (name, "\(name): \(quota.status["used", name]?.string ?? "0")/\(limit.string ?? limit.description)")
        }
        return [false, true].map { isLimit in
            .string(lines.filter { $0.0.hasPrefix("limits.") == isLimit }.map(\.1).joined(separator: ", "))
        }
    }
}

enum VolumeTable {
    private static let shortModes = [
        "ReadWriteOnce": "RWO", "ReadOnlyMany": "ROX", "ReadWriteMany": "RWX", "ReadWriteOncePod": "RWOP",
    ]

    private static func modes(_ modes: [JSON]) -> JSON {
        .string(modes.compactMap { $0.string.flatMap { shortModes[$0] } }.joined(separator: ","))
    }

    static func volume(_ volume: Object) -> [JSON] {
        let claim = volume.spec["claimRef"].map { "\($0.text("namespace"))/\($0.text("name"))" } ?? ""
        return [
            volume.spec["capacity", "storage"] ?? "", modes(volume.spec.list("accessModes")),
            volume.spec["persistentVolumeReclaimPolicy"] ?? "",
            volume.isBeingDeleted ? "Terminating" : volume.status["phase"] ?? "", .string(claim),
            volume.spec["storageClassName"] ?? "", volume.spec["volumeAttributesClassName"] ?? "<unset>",
            volume.status["reason"] ?? "", volume.spec["volumeMode"] ?? "<unset>",
        ]
    }

    static func claim(_ claim: Object) -> [JSON] {
        let isBound = !claim.spec.text("volumeName").isEmpty
        return [
            claim.isBeingDeleted ? "Terminating" : claim.status["phase"] ?? "", claim.spec["volumeName"] ?? "",
            isBound ? claim.status["capacity", "storage"] ?? "" : "", isBound ? modes(claim.status.list("accessModes")) : "",
            claim.spec["storageClassName"] ?? "", claim.spec["volumeAttributesClassName"] ?? "<unset>",
            claim.spec["volumeMode"] ?? "<unset>",
        ]
    }
}

enum JobTable {
    static func job(_ job: Object, _ now: Timestamp) -> [JSON] {
        let done = job.status["succeeded"]?.integer ?? 0
        let completions: String
        if let wanted = job.spec["completions"]?.integer {
            completions = "\(done)/\(wanted)"
        } else {
            let parallelism = job.spec["parallelism"]?.integer ?? 0
            completions = parallelism > 1 ? "\(done)/1 of \(parallelism)" : "\(done)/1"
        }
        var duration = ""
        if let start = job.status["startTime"]?.string {
            let end = job.status["completionTime"]?.string.flatMap { Timestamp($0) } ?? now
            duration = Age.text(start, end)
        }
        return [
            .string(job.name), .string(state(of: job)), .string(completions), .string(duration),
            .string(Age.text(job.creationTimestamp, now)),
        ] + job.containers + [.string(LabelText.selector(job.spec["selector"]))]
    }

    private static func state(of job: Object) -> String {
        func has(_ condition: String) -> Bool {
            job.status.list("conditions").contains { $0.text("type") == condition && $0.text("status") == "True" }
        }
        if has("Complete") { return "Complete" }
        if has("Failed") { return "Failed" }
        if job.isBeingDeleted { return "Terminating" }
        if has("Suspended") { return "Suspended" }
        return has("FailureTarget") ? "FailureTarget" : has("SuccessCriteriaMet") ? "SuccessCriteriaMet" : "Running"
    }

    static func cronJob(_ cronJob: Object, _ now: Timestamp) -> [JSON] {
        let last = cronJob.status["lastScheduleTime"]?.string.map { Age.text($0, now) } ?? "<none>"
        return [
            .string(cronJob.name), cronJob.spec["schedule"] ?? "", cronJob.spec["timeZone"] ?? "<none>",
            .string(cronJob.spec["suspend"]?.bool == true ? "True" : "False"), JSON(cronJob.status.list("active").count),
            .string(last), .string(Age.text(cronJob.creationTimestamp, now)),
        ] + ContainerText.cells(cronJob.spec["jobTemplate", "spec", "template", "spec"] ?? [:])
            + [.string(LabelText.selector(cronJob.spec["jobTemplate", "spec", "selector"]))]
    }
}

enum AutoscalerTable {
    static func cells(_ autoscaler: Object) -> [JSON] {
        let target = autoscaler.spec["scaleTargetRef"] ?? [:]
        let current = autoscaler.status.list("currentMetrics")
        let metrics = autoscaler.spec.list("metrics").enumerated().map { index, metric in
            text(metric, index < current.count ? current[index] : [:])
        }
        let shown =
            metrics.count > 2
            ? metrics.prefix(2).joined(separator: ", ") + " + \(metrics.count - 2) more..." : metrics.joined(separator: ", ")
        return [
            .string("\(target.text("kind"))/\(target.text("name"))"), .string(metrics.isEmpty ? "<none>" : shown),
            .string(autoscaler.spec["minReplicas"]?.description ?? "<unset>"),
            .string(autoscaler.spec["maxReplicas"]?.description ?? "0"), autoscaler.count("status", "currentReplicas"),
        ]
    }

    /// `cpu: 12%/80%`.
    private static func text(_ metric: JSON, _ current: JSON) -> String {
        let type = metric.text("type")
        let source = type.isEmpty ? "" : type.prefix(1).lowercased() + type.dropFirst()
        let target = metric[source, "target"] ?? [:]
        let now = current[source, "current"] ?? [:]
        let prefix = type == "Resource" || type == "ContainerResource" ? "\(metric[source, "name"]?.string ?? ""): " : ""
        if let wanted = target["averageUtilization"]?.integer {
            let value = now["averageUtilization"]?.integer.map { "\($0)%" } ?? "<unknown>"
            return "\(prefix)\(value)/\(wanted)%"
        }
        for (member, suffix) in [("averageValue", type == "Resource" || type == "Pods" ? "" : " (avg)"), ("value", "")] {
            if let wanted = target[member]?.string { return "\(prefix)\(now[member]?.string ?? "<unknown>")/\(wanted)\(suffix)" }
        }
        return "<unknown>"
    }
}

enum EventTable {
    static let table = KindTable.events { event, now in
        let about = event["involvedObject"] ?? event["regarding"] ?? [:]
        let path = about.text("fieldPath")
        let series = event["series"]
        let first = event["firstTimestamp"]?.string ?? event["deprecatedFirstTimestamp"]?.string ?? event["eventTime"]?.string
        let last =
            series?["lastObservedTime"]?.string ?? event["lastTimestamp"]?.string ?? event["deprecatedLastTimestamp"]?.string
        let source = event["source"] ?? event["deprecatedSource"] ?? [:]
        let component =
            source.text("component").isEmpty
            ? event["reportingComponent"]?.string ?? event["reportingController"]?.string ?? "" : source.text("component")
        let count = series?["count"] ?? event["count"] ?? event["deprecatedCount"] ?? 1
        let message = event["message"]?.string ?? event["note"]?.string ?? ""
        return [
            .string(Age.text(last ?? first, now)), event["type"] ?? "", event["reason"] ?? "",
            .string("\(about.text("kind").lowercased())/\(about.text("name"))"), .string(path),
            .string([component, source.text("host")].filter { !$0.isEmpty }.joined(separator: ", ")),
            .string(message.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""),
            .string(Age.text(first ?? last, now)), count, .string(event.name),
        ]
    }
}

extension KindTable {
    fileprivate static func events(_ cells: @escaping @Sendable (Object, Timestamp) -> [JSON]) -> KindTable {
        KindTable(
            [
                TableColumn("Last Seen"), TableColumn("Type"), TableColumn("Reason"), TableColumn("Object"), .wide("Subobject"),
                .wide("Source"), TableColumn("Message"), .wide("First Seen"), .integer("Count", priority: 1),
                TableColumn("Name", format: "name", priority: 1),
            ], cells)
    }
}
