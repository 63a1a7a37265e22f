import Framework
import Kubernetes

/// Divides replicas by the weights of the placement's `staticWeightList`: a cluster's is the highest of the entries that match
/// it. Where no cluster has any, all weigh the same.
public struct StaticWeight: AssignPlugin {
    public static let name = "StaticWeight"

    public init(arguments: NoArguments) {}

    public func applies(to binding: BindingView) -> Bool {
        guard let strategy = binding.placement.replicaScheduling, strategy.replicaSchedulingType == "Divided" else {
            return false
        }
        return strategy.replicaDivisionPreference == "Weighted" && (strategy.weightPreference?.dynamicWeight ?? "").isEmpty
    }

    public func assign(_ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle) -> [Assignment] {
        let clusters = Array(candidates.clusters)
        let all = weights(of: binding, in: cycle.snapshot)
        var weights = clusters.map { all[$0] }
        if !weights.contains(where: { $0 > 0 }) { weights = [Int64](repeating: 1, count: clusters.count) }
        let ties = Webster.TieBreak(uid: binding.spec.resource.uid)
        let shares = Webster.divide(replicas, by: weights, ties: ties)
        cycle.note(
            .division(
                Explanation.Division(
                    by: Self.name, purpose: "by the weights that the placement gives", replicas, among: clusters,
                    weights: weights, shares: shares, ties: ties, in: cycle)))
        return zip(clusters, shares).map { Assignment(index: $0, replicas: $1) }
    }

    private func weights(of binding: BindingView, in snapshot: ClusterSnapshot) -> [Int64] {
        binding.shared.value("\(Self.name).weights", in: snapshot) {
            let rules = binding.placement.replicaScheduling?.weightPreference?.staticWeightList ?? []
            return (0..<snapshot.count).map { index in
                let cluster = snapshot[index].cluster
                return rules.reduce(0) { $1.targetCluster.matches(cluster) ? max($0, $1.weight) : $0 }
            }
        }
    }
}

extension Cycle {
    /// `{member1: 3, member2: 5}`
    func describe(_ values: some Sequence<(Int, Int64)>) -> String {
        "{\(values.map { "\(snapshot.names[$0]): \($1)" }.joined(separator: ", "))}"
    }
}
