import Kubernetes

/// A DaemonSet, its pods and the nodes at one moment, and what is to be done next (Kubernetes, "DaemonSet").
struct DaemonSet {
    private let object: Object
    private let template: JSON
    private let revision: Revisions.Revision
    /// The nodes that are to have a pod.
    private let eligible: [Node]
    private let pods: [String: [Pod]]

    init(object: Object, nodes: [Node], pods: [Pod], revision: Revisions.Revision) {
        self.object = object
        self.revision = revision
        template = Self.tolerating(object.spec["template"] ?? .null)
        let placement = NodePlacement(podSpec: template["spec"] ?? .null)
        eligible = nodes.filter { placement.rejection($0) == nil }
        self.pods = Dictionary(grouping: pods.filter { !$0.isFinished }) { pod in
            // Before it is bound, the node that it was made for is in its affinity.
            pod.nodeName.isEmpty ? NodePlacement(podSpec: pod.object.decoded().spec).onlyNode ?? "" : pod.nodeName
        }
    }

    private var minReadySeconds: Int { object.spec["minReadySeconds"]?.int ?? 0 }

    /// The nodes that lack a pod, and the pods that must go: from nodes that are not eligible, doubles, and outdated ones, of
    /// these only as many as leaves `maxUnavailable`.
    func work(now: Timestamp) -> (nodes: [Node], deletions: [Pod]) {
        let names = Set(eligible.map(\.name))
        var deletions = pods.filter { !names.contains($0.key) }.flatMap(\.value).filter { !$0.isTerminating }
        var missing: [Node] = []
        var outdated: [Pod] = []
        var unavailable = 0
        for node in eligible {
            let here = (pods[node.name] ?? []).sorted { $0.createdAt < $1.createdAt }
            guard let pod = here.first else {
                missing.append(node)
                unavailable += 1
                continue
            }
            deletions += here.dropFirst().filter { !$0.isTerminating }
            let isAvailable = !pod.isTerminating && pod.isAvailable(minReadySeconds: minReadySeconds, at: now)
            if !isAvailable { unavailable += 1 }
            guard pod.labels[Revisions.label] != revision.hash, !pod.isTerminating else { continue }
            // What serves nobody can go at once.
            if isAvailable { outdated.append(pod) } else if updatesByItself { deletions.append(pod) }
        }
        if updatesByItself { deletions += outdated.prefix(max(0, maxUnavailable - unavailable)) }
        return (missing, deletions)
    }

    private var updatesByItself: Bool { object.spec["updateStrategy", "type"]?.string != "OnDelete" }

    private var maxUnavailable: Int {
        let given = IntOrPercent(object.spec["updateStrategy", "rollingUpdate", "maxUnavailable"]) ?? .int(1)
        return max(1, given.value(of: eligible.count, roundedUp: true))
    }

    /// The pod for a node; its affinity names the node, and the scheduler binds it.
    func pod(_ node: Node) -> Object {
        var pod = Pod.make(from: template, ownedBy: object)
        pod.labels[Revisions.label] = revision.hash
        pod.labels["pod-template-generation"] = String(object.generation)
        pod.spec["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] = [
            "nodeSelectorTerms": [
                ["matchFields": [["key": "metadata.name", "operator": "In", "values": [.string(node.name)]]]]
            ]
        ]
        return pod
    }

    /// A daemon runs on nodes that others must leave (Kubernetes, "DaemonSet", "Taints and tolerations").
    private static func tolerating(_ template: JSON) -> JSON {
        let taints = [
            ("not-ready", "NoExecute"), ("unreachable", "NoExecute"), ("disk-pressure", "NoSchedule"),
            ("memory-pressure", "NoSchedule"), ("pid-pressure", "NoSchedule"), ("unschedulable", "NoSchedule"),
        ]
        let added: [JSON] = taints.map { name, effect in
            ["key": .string("node.kubernetes.io/\(name)"), "operator": "Exists", "effect": .string(effect)]
        }
        var template = template
        template["spec", "tolerations"] = .array((template["spec", "tolerations"]?.array ?? []) + added)
        return template
    }

    /// - Returns: the status, and after which time it would say something else without an event.
    func status(now: Timestamp) -> (status: JSON, recheck: Duration?) {
        let names = Set(eligible.map(\.name))
        let placed = pods.filter { names.contains($0.key) }.compactMap { $0.value.min { $0.createdAt < $1.createdAt } }
        let ready = placed.filter { $0.isReady && !$0.isTerminating }
        let available = ready.count { $0.isAvailable(minReadySeconds: minReadySeconds, at: now) }
        var status: JSON = [
            "observedGeneration": .integer(object.generation), "desiredNumberScheduled": JSON(eligible.count),
            "currentNumberScheduled": JSON(placed.count), "numberReady": JSON(ready.count),
            "numberMisscheduled": JSON(pods.count { !names.contains($0.key) }),
        ]
        status["updatedNumberScheduled"] = .nonZero(placed.count { $0.labels[Revisions.label] == revision.hash })
        status["numberAvailable"] = .nonZero(available)
        status["numberUnavailable"] = .nonZero(eligible.count - available)
        return (status, ready.count > available ? .seconds(minReadySeconds) : nil)
    }
}
