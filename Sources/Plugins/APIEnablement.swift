import Framework

/// Passes clusters that serve the resource's kind, and those that have the resource already: one whose API is gone for the
/// moment loses nothing.
public struct APIEnablement: FilterPlugin {
    public static let name = "APIEnablement"

    public init(arguments: NoArguments) {}

    public func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        cycle.targets.contains(cluster.index) || cluster.serves(binding.kind)
            ? .passes : .fails("cluster(s) did not have the API resource")
    }

    public func filter(_ candidates: inout ClusterSet, for binding: BindingView, in cycle: Cycle) {
        var allowed = cycle.snapshot.clusters(serving: binding.kind)
        allowed.formUnion(cycle.targets)
        candidates.formIntersection(allowed)
    }
}
