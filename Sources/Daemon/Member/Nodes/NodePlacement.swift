import Kubernetes

/// Which nodes a pod may run on, whatever room they have: its node selector, required node affinity and tolerations.
struct NodePlacement: Sendable {
    private let nodeName: String
    private let nodeSelector: [String: String]
    /// Alternatives; nil where the pod has no required affinity.
    private let terms: [NodeSelectorTerm]?
    private let tolerations: [Toleration]

    init(podSpec spec: JSON) {
        nodeName = spec["nodeName"]?.string ?? ""
        nodeSelector = spec["nodeSelector"]?.stringMap ?? [:]
        let required = spec["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"]
        terms = required?["nodeSelectorTerms"]?.array?.map(NodeSelectorTerm.init)
        tolerations = (spec["tolerations"]?.array ?? []).map(Toleration.init)
    }

    /// The only node that it may run on, where it names one (as DaemonSets' pods do); the way past all other nodes.
    var onlyNode: String? {
        if !nodeName.isEmpty { return nodeName }
        guard let terms, terms.count == 1 else { return nil }
        return terms[0].nodeName
    }

    /// Why the node will not do, in the words of the scheduler; nil where it will.
    func rejection(_ node: Node) -> String? {
        if node.isUnschedulable, !tolerations.contains(where: { $0.tolerates(Node.unschedulable) }) {
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
        nodeSelector.allSatisfy { node.labels[$0.key] == $0.value } && (terms.map { $0.contains { $0.matches(node) } } ?? true)
    }

    /// The first of these taints that keeps it away.
    func untolerated(_ taints: [Taint], effects: Set<Taint.Effect>) -> Taint? {
        taints.first { taint in effects.contains(taint.effect) && !tolerations.contains { $0.tolerates(taint) } }
    }
}

/// `core/v1.NodeSelectorTerm`: all requirements must hold; a term without any matches nothing.
private struct NodeSelectorTerm: Sendable {
    struct Requirement: Sendable {
        var key: String
        var `operator`: String
        var values: [String]

        init(_ json: JSON) {
            key = json["key"]?.string ?? ""
            `operator` = json["operator"]?.string ?? ""
            values = json["values"]?.strings ?? []
        }

        func holds(for value: String?) -> Bool {
            switch `operator` {
            case "In": value.map(values.contains) ?? false
            case "NotIn": value.map { !values.contains($0) } ?? true
            case "Exists": value != nil
            case "DoesNotExist": value == nil
            case "Gt", "Lt":
                if let value = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) {
                    `operator` == "Gt" ? value > bound : value < bound
                } else {
                    false
                }
            default: false
            }
        }
    }

    let labels: [Requirement]
    let fields: [Requirement]

    init(_ json: JSON) {
        labels = (json["matchExpressions"]?.array ?? []).map(Requirement.init)
        fields = (json["matchFields"]?.array ?? []).map(Requirement.init)
    }

    /// The node that the term names by `metadata.name`.
    var nodeName: String? {
        fields.first { $0.key == "metadata.name" && $0.operator == "In" && $0.values.count == 1 }?.values[0]
    }

    func matches(_ node: Node) -> Bool {
        guard !labels.isEmpty || !fields.isEmpty else { return false }
        return labels.allSatisfy { $0.holds(for: node.labels[$0.key]) }
            && fields.allSatisfy { $0.holds(for: $0.key == "metadata.name" ? node.name : nil) }
    }
}

/// A node as schedulers see it.
struct Node: Sendable, Equatable {
    /// The taint that a cordoned node counts as having.
    static let unschedulable = Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)

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
