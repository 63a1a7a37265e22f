import Framework

/// Passes clusters that the workload is not being evicted from.
public struct ClusterEviction: FilterPlugin {
    public static let name = "ClusterEviction"

    public init(arguments: NoArguments) {}

    public func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        binding.spec.isLeaving(cluster.name) ? .fails("cluster(s) is in the process of eviction") : .passes
    }

    public func filter(_ candidates: inout ClusterSet, for binding: BindingView, in cycle: Cycle) {
        for task in binding.spec.gracefulEvictionTasks {
            if let index = cycle.snapshot.index(of: task.fromCluster) { candidates.remove(index) }
        }
    }
}
