import Framework

/// Passes clusters that no other workload of the anti-affinity group runs on, and those that have the resource already.
///
/// A group is the workloads of a namespace that agree in the label that their placement's `workloadAffinity.antiAffinity` names.
public struct WorkloadAntiAffinity: FilterPlugin {
    public static let name = "WorkloadAntiAffinity"

    public init(arguments: NoArguments) {}

    public func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        guard binding.peers.avoidedClusters.contains(cluster.name), !cycle.targets.contains(cluster.index) else { return .passes }
        return .fails("cluster already has workload with the same anti-affinity group")
    }
}
