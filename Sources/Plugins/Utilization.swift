import Framework
import Kubernetes

/// What LeastAllocated and MostAllocated have in common: how much of its resources a cluster has left, by its
/// `status.resourceSummary`.
struct Utilization {
    /// What counts and how much, as the Kubernetes scheduler's `NodeResourcesFit` names it.
    struct Resource: Decodable, Sendable {
        /// `cpu`, `memory`, `nvidia.com/gpu`, `pods`, …
        var name: String
        /// 1…100.
        var weight: Int64
    }

    static let standard = [Resource(name: "cpu", weight: 1), Resource(name: "memory", weight: 1)]

    private let resources: [Resource]

    init(_ resources: [Resource]) throws(ArgumentError) {
        guard !resources.isEmpty else { throw ArgumentError(field: "resources", "must name at least one resource") }
        var names: Set<String> = []
        for (index, resource) in resources.enumerated() {
            let field = "resources[\(index)]"
            guard !resource.name.isEmpty else { throw ArgumentError(field: "\(field).name", "must name a resource") }
            guard names.insert(resource.name).inserted else {
                throw ArgumentError(field: "\(field).name", "\(resource.name) is listed twice")
            }
            guard (1...100).contains(resource.weight) else { throw ArgumentError(field: "\(field).weight", "must be 1…100") }
        }
        self.resources = resources
    }

    /// The weighted mean of the free shares of the resources that the cluster has, 0…1; nil where it has none of them.
    func freeShare(of cluster: ClusterView, in snapshot: ClusterSnapshot) -> Double? {
        guard let allocatable = cluster.cluster.status.resourceSummary?.allocatable else { return nil }
        var sum = 0.0
        var weights = 0.0
        for resource in resources {
            guard let total = allocatable[resource.name]?.amount(of: resource.name), total > 0,
                let free = snapshot.available(resource.name)?[cluster.index]
            else { continue }
            sum += min(max(Double(free) / Double(total), 0), 1) * Double(resource.weight)
            weights += Double(resource.weight)
        }
        return weights > 0 ? sum / weights : nil
    }
}
