import Kubernetes

/// Which nodes a pod may run on, whatever room they have: its node selector, required node affinity and tolerations.
struct NodePlacement: Sendable {
    private let nodeName: String
    private let nodeSelector: [String: String]
    /// Nil where the pod has no required affinity.
    private let affinity: NodeSelector?
    private let tolerations: [Toleration]

    init(podSpec spec: JSON) {
        nodeName = spec["nodeName"]?.string ?? ""
        nodeSelector = spec["nodeSelector"]?.stringMap ?? [:]
        let required = spec["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
        affinity = required?["nodeSelectorTerms"]?.array == nil ? nil : required.map(NodeSelector.init)
        tolerations = (spec["tolerations"]?.array ?? []).map(Toleration.init)
    }

    /// The only node that it may run on, where it names one (as DaemonSets' pods do); the way past all other nodes.
    var onlyNode: String? {
        if !nodeName.isEmpty { return nodeName }
        guard let affinity, affinity.terms.count == 1 else { return nil }
        return affinity.terms[0].nodeName
    }

    /// Why the node will not do, in the words of the scheduler; nil where it will.
    func rejection(_ node: Node) -> String? {
        if node.isUnschedulable, !tolerations.contains(where: { $0.tolerates(.unschedulable) }) {
            return "node(s) were unschedulable"
        }
        if !nodeName.isEmpty, nodeName != node.name { return "node(s) didn't match the requested node name" }
        if let taint = untolerated(node.taints, effects: [.noSchedule, .noExecute]) {
            return "node(s) had untolerated taint {\(taint.key): \(taint.value)}"
        }
        guard matches(node) else { return "node(s) didn't match Pod's node affinity/selector" }
        return nil
    }

    /// Whether node selector and affinity let it run there.
    func matches(_ node: Node) -> Bool {
        nodeSelector.allSatisfy { node.labels[$0.key] == $0.value }
            && (affinity?.matches(name: node.name, labels: node.labels) ?? true)
    }

    /// The first of these taints that keeps it away.
    func untolerated(_ taints: [Taint], effects: Set<Taint.Effect>) -> Taint? {
        taints.first { taint in effects.contains(taint.effect) && !tolerations.contains { $0.tolerates(taint) } }
    }
}

/// A node as schedulers see it.
struct Node: Sendable, Equatable {
    let name: String
    let labels: [String: String]
    let taints: [Taint]
    let isUnschedulable: Bool
    let allocatable: ResourceAmounts

    init(_ node: Object) {
        name = node.name
        labels = node.labels
        taints = (node.spec["taints"]?.array ?? []).map(Taint.init)
        isUnschedulable = node.spec["unschedulable"]?.bool ?? false
        allocatable = ResourceAmounts(node.status["allocatable"])
    }
}
