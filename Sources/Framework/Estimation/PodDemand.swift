import Kubernetes

/// What a pod asks for of the resources that nodes are scheduled by, beside room for itself.
public struct PodDemand: Sendable, Hashable {
    public struct Request: Sendable, Hashable {
        public var resource: String
        /// In the units of ``Kubernetes/Quantity/amount(of:)``, more than 0.
        public var amount: Int64
    }

    /// By ascending name of the resource.
    public let requests: [Request]

    public init(_ list: ResourceList) {
        requests = list.compactMap { resource, quantity in
            let amount = quantity.amount(of: resource)
            return Self.isCounted(resource) && amount > 0 ? Request(resource: resource, amount: amount) : nil
        }.sorted { $0.resource < $1.resource }
    }

    /// The resources that nodes are scheduled by: Kubernetes' own, and extended resources. A pod itself counts as one of `pods`,
    /// whatever it asks of these.
    public static func isCounted(_ resource: String) -> Bool {
        switch resource {
        case "cpu", "memory", "ephemeral-storage": true
        case "pods": false
        default:
            resource.hasPrefix("hugepages-") || resource.hasPrefix("attachable-volumes-")
                || (resource.contains("/") && !resource.hasPrefix("requests."))
        }
    }
}

/// Pods of one kind that belong to a set: a component of a workload.
public struct PodGroup: Sendable {
    public var demand: PodDemand
    public var replicas: Int64
    /// By node, whether its pods may run there; nil where they may run anywhere.
    public var nodes: [Bool]?

    public init(_ demand: PodDemand, replicas: Int64, nodes: [Bool]? = nil) {
        self.demand = demand
        self.replicas = replicas
        self.nodes = nodes
    }
}
