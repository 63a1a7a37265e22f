import Framework

/// Passes the clusters that all other workloads of the affinity group run on, so that the group stays together; all clusters as
/// long as none runs, and those that have the resource already.
///
/// A group is the workloads of a namespace that agree in the label that their placement's `workloadAffinity.affinity` names.
public struct WorkloadAffinity: PreFilterPlugin, FilterPlugin {
    public static let name = "WorkloadAffinity"

    public init(arguments: NoArguments) {}

    private static let reason = "ResourceBinding with the same affinity group does not target this cluster"

    /// Where the others have no cluster in common, there is no need to look at any.
    public func preFilter(_ binding: BindingView, in cycle: Cycle) -> Verdict {
        binding.peers.sharedClusters?.isEmpty == true && cycle.targets.isEmpty ? .fails(Self.reason) : .passes
    }

    public func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        guard let shared = binding.peers.sharedClusters, !cycle.targets.contains(cluster.index) else { return .passes }
        return shared.contains(cluster.name)
            ? .passes : .fails(Self.reason)
    }
}
