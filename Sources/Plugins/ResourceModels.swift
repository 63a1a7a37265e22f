import Framework
import Kubernetes

/// Estimates by a cluster's histogram of nodes, `spec.resourceModels` and `status.resourceSummary.allocatableModelings`, where
/// it has one: a node takes as many replicas as what its grade has at least allows, and a cluster what its nodes take. That
/// sees what totals hide: that ten nodes with one free CPU each take no replica of two.
public struct ResourceModels: EstimatePlugin {
    public static let name = "ResourceModels"

    public let combination = EstimateCombination.replacement

    public init(arguments: NoArguments) {}

    public func estimate(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Int64? {
        let model = cycle.snapshot.modelIndexes[cluster.index]
        guard model >= 0, let requirements = binding.spec.replicaRequirements else { return nil }
        let perNode = replicasPerNode(cycle.snapshot.models[model], requirements.resourceRequest)
        return estimate(cluster.index, perNode, in: cycle.snapshot)
    }

    public func estimates(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [Int64] {
        let snapshot = cycle.snapshot
        var estimates = [Int64](repeating: .max, count: snapshot.count)
        guard let requirements = binding.spec.replicaRequirements, !snapshot.models.isEmpty else { return estimates }
        let perNode = snapshot.models.map { replicasPerNode($0, requirements.resourceRequest) }
        for index in candidates {
            let model = snapshot.modelIndexes[index]
            if model >= 0 { estimates[index] = estimate(index, perNode[model], in: snapshot) }
        }
        return estimates
    }

    private func estimate(_ index: Int, _ perNode: [Int64], in snapshot: ClusterSnapshot) -> Int64 {
        var sum: Int64 = 0
        for (count, replicas) in zip(snapshot.nodeCounts(index), perNode) { sum += count * replicas }
        return min(sum, snapshot.pods[index])
    }

    /// How many replicas a node of each grade takes.
    private func replicasPerNode(_ model: NodeModel, _ requests: ResourceList) -> [Int64] {
        model.grades.map { grade in
            var replicas = NodeModel.podsPerNode
            for (resource, quantity) in requests where PodDemand.isCounted(resource) {
                let amount = quantity.amount(of: resource)
                if amount > 0 { replicas = min(replicas, (grade[resource] ?? 0) / amount) }
            }
            return replicas
        }
    }
}
