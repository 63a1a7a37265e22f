import EstimatorProtocol
import Framework
import GRPCCore
import Kubernetes

/// What a pod asks of its cluster, as the estimator's protocol says it.
struct PodRequirements: Sendable {
    var resources: ResourceList = [:]
    var nodeSelector: [String: String] = [:]
    var affinity: NodeSelector?
    var tolerations: [Toleration] = []
    var priorityClassName = ""

    var demand: PodDemand { PodDemand(resources) }

    init() {}

    /// - Throws: `RPCError` for an amount that is none.
    init(_ message: EstimatorReplicaRequirements) throws {
        resources = try Self.resources(message.resourceRequestBytes, or: message.resourceRequest)
        if message.hasNodeClaim { set(message.nodeClaim) }
        priorityClassName = message.priorityClassName
    }

    /// - Throws: `RPCError` for an amount that is none.
    init(_ message: EstimatorComponentReplicaRequirements) throws {
        resources = try Self.resources(message.resourceRequestBytes, or: message.resourceRequest)
        if message.hasNodeClaim { set(message.nodeClaim) }
        priorityClassName = message.priorityClassName
    }

    private mutating func set(_ claim: EstimatorNodeClaim) {
        nodeSelector = claim.nodeSelector
        if claim.hasNodeAffinityBytes {
            affinity = NodeSelector(claim.nodeAffinityBytes)
        } else if claim.hasNodeAffinity {
            affinity = NodeSelector(claim.nodeAffinity)
        }
        tolerations = (claim.tolerationsBytes.isEmpty ? claim.tolerations : claim.tolerationsBytes).map(Toleration.init)
    }

    private static func resources(
        _ present: [String: EstimatorQuantity], or former: [String: EstimatorQuantity]
    ) throws -> ResourceList {
        var resources: ResourceList = [:]
        for (name, quantity) in present.isEmpty ? former : present {
            guard let amount = Quantity(quantity.string) else {
                throw RPCError(
                    code: .invalidArgument, message: "resourceRequest[\(name)]: \"\(quantity.string)\" is no quantity")
            }
            resources[name] = amount
        }
        return resources
    }
}

/// A component of a workload, as the estimator's protocol says it.
struct ComponentRequirements: Sendable {
    var replicas: Int64
    var pod: PodRequirements

    init(_ message: EstimatorComponent) throws {
        replicas = max(0, Int64(message.replicas))
        pod = message.hasReplicaRequirements ? try PodRequirements(message.replicaRequirements) : PodRequirements()
    }
}

/// A workload that is assigned to the cluster, but whose pods it does not have yet.
struct AssumedDemand: Sendable {
    var namespace: String
    var components: [ComponentRequirements]

    init(_ message: EstimatorAssumedWorkload) throws {
        namespace = message.namespace
        components = try message.components.map(ComponentRequirements.init)
    }
}

// MARK: - Messages to the model

extension NodeSelector {
    fileprivate init(_ message: EstimatorNodeSelector) {
        self.init(
            message.nodeSelectorTerms.map { term in
                Term(labels: term.matchExpressions.map(Requirement.init), fields: term.matchFields.map(Requirement.init))
            })
    }
}

extension NodeSelector.Requirement {
    fileprivate init(_ message: EstimatorNodeSelectorRequirement) {
        self.init(key: message.key, operator: message.operator, values: message.values)
    }
}

extension Toleration {
    fileprivate init(_ message: EstimatorToleration) {
        self.init(
            key: message.key, operator: message.operator, value: message.value, effect: message.effect,
            tolerationSeconds: message.hasTolerationSeconds ? message.tolerationSeconds : nil)
    }
}

// MARK: - The model to messages

/// Both forms of the embedded messages are written, so that every version of the service understands them.
extension EstimatorReplicaRequirements {
    init(_ requirements: ReplicaRequirements) {
        self.init()
        resourceRequestBytes = requirements.resourceRequest.mapValues(EstimatorQuantity.init)
        resourceRequest = resourceRequestBytes
        namespace = requirements.namespace
        priorityClassName = requirements.priorityClassName
        if let claim = requirements.nodeClaim { nodeClaim = EstimatorNodeClaim(claim) }
    }
}

extension EstimatorComponent {
    init(_ component: Component) {
        self.init()
        name = component.name
        replicas = component.replicas
        guard let requirements = component.replicaRequirements else { return }
        replicaRequirements = .with { message in
            message.resourceRequestBytes = requirements.resourceRequest.mapValues(EstimatorQuantity.init)
            message.resourceRequest = message.resourceRequestBytes
            message.priorityClassName = requirements.priorityClassName
            if let claim = requirements.nodeClaim { message.nodeClaim = EstimatorNodeClaim(claim) }
        }
    }
}

extension EstimatorAssumedWorkload {
    init(_ workload: AssumedWorkload) {
        self.init()
        namespace = workload.namespace
        components = workload.components.map(EstimatorComponent.init)
    }
}

extension EstimatorQuantity {
    fileprivate init(_ quantity: Quantity) {
        self.init()
        string = quantity.description
    }
}

extension EstimatorNodeClaim {
    fileprivate init(_ claim: NodeClaim) {
        self.init()
        nodeSelector = claim.nodeSelector
        if let affinity = claim.hardNodeAffinity {
            nodeAffinityBytes = EstimatorNodeSelector(NodeSelector(affinity))
            nodeAffinity = nodeAffinityBytes
        }
        tolerationsBytes = claim.tolerations.map(EstimatorToleration.init)
        tolerations = tolerationsBytes
    }
}

extension EstimatorNodeSelector {
    fileprivate init(_ selector: NodeSelector) {
        self.init()
        nodeSelectorTerms = selector.terms.map { term in
            .with { message in
                message.matchExpressions = term.labels.map(EstimatorNodeSelectorRequirement.init)
                message.matchFields = term.fields.map(EstimatorNodeSelectorRequirement.init)
            }
        }
    }
}

extension EstimatorNodeSelectorRequirement {
    fileprivate init(_ requirement: NodeSelector.Requirement) {
        self.init()
        key = requirement.key
        `operator` = requirement.operator
        values = requirement.values
    }
}

extension EstimatorToleration {
    fileprivate init(_ toleration: Toleration) {
        self.init()
        key = toleration.key
        `operator` = toleration.operator
        value = toleration.value
        effect = toleration.effect
        if let seconds = toleration.tolerationSeconds { tolerationSeconds = seconds }
    }
}
