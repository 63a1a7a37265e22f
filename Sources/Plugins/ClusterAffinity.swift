import Framework

/// Passes the clusters that the placement names. Workloads may use the overflow groups too; what has no replicas does not
/// overflow.
public struct ClusterAffinity: FilterPlugin {
    public static let name = "ClusterAffinity"

    public init(arguments: NoArguments) {}

    public func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        let tiers = tiers(for: binding, in: cycle)
        return tiers.isEmpty || tiers.contains { $0.contains(cluster.index) }
            ? .passes : .fails("cluster(s) did not match the placement cluster affinity constraint")
    }

    public func filter(_ candidates: inout ClusterSet, for binding: BindingView, in cycle: Cycle) {
        let tiers = tiers(for: binding, in: cycle)
        guard var allowed = tiers.first else { return }
        for tier in tiers.dropFirst() { allowed.formUnion(tier) }
        candidates.formIntersection(allowed)
    }

    private func tiers(for binding: BindingView, in cycle: Cycle) -> ArraySlice<ClusterSet> {
        binding.spec.isWorkload ? cycle.affinity.tiers[...] : cycle.affinity.tiers.prefix(1)
    }
}
