import Framework
import Kubernetes

/// Estimates how many whole sets of a workload's components a cluster takes: by its totals, and by its histogram of nodes where
/// it has one. For workloads that are placed as a whole in one cluster; of others it cannot say.
public struct ComponentSets: EstimatePlugin {
    public static let name = "ComponentSets"

    public init(arguments: NoArguments) {}

    public func countsSets(of binding: BindingView) -> Bool { binding.isPlacedAsWhole }

    public func estimate(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Int64? {
        guard binding.isPlacedAsWhole else { return nil }
        let pods = cycle.snapshot.pods[cluster.index]
        let set = binding.setRequests
        guard pods > 0, let podsPerSet = set["pods"] else { return pods }
        var sets = pods / podsPerSet
        for (resource, amount) in set where resource != "pods" {
            let free = max(0, cycle.snapshot.available(resource)?[cluster.index] ?? 0)
            sets = min(sets, free / amount)
        }
        let model = cycle.snapshot.modelIndexes[cluster.index]
        guard model >= 0, sets > 0 else { return sets }
        var nodes = NodeTable(cycle.snapshot.models[model], counts: cycle.snapshot.nodeCounts(cluster.index))
        return nodes.place(binding.spec.components.map(PodGroup.init), upTo: sets)
    }
}

extension BindingView {
    /// What one set of the workload's components asks for of each resource, where it is anything; a pod is one of `pods`.
    var setRequests: [String: Int64] {
        var totals: [String: Int64] = [:]
        for component in spec.components {
            let replicas = max(0, Int64(component.replicas))
            totals["pods", default: 0] += replicas
            for (resource, quantity) in component.replicaRequirements?.resourceRequest ?? [:] where resource != "pods" {
                let (amount, overflow) = quantity.amount(of: resource).multipliedReportingOverflow(by: replicas)
                let (sum, isTooLarge) = totals[resource, default: 0].addingReportingOverflow(amount)
                totals[resource] = overflow || isTooLarge ? .max : sum
            }
        }
        return totals.filter { $0.value > 0 }
    }
}

extension PodGroup {
    /// The pods of a component, wherever they may run.
    init(_ component: Component) {
        self.init(
            PodDemand(component.replicaRequirements?.resourceRequest ?? [:]), replicas: max(0, Int64(component.replicas)))
    }
}

extension NodeTable {
    /// The nodes of a histogram by ascending grade, each with what the grade has at least.
    init(_ model: NodeModel, counts: [Int64]) {
        self.init()
        for (grade, count) in zip(model.grades, counts) {
            for _ in 0..<count { append(grade, pods: NodeModel.podsPerNode) }
        }
    }
}
