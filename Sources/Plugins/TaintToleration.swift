import Framework
import Kubernetes

/// Passes clusters whose `NoSchedule` and `NoExecute` taints the placement tolerates, and those that have the resource already:
/// taints that appear later evict it, scheduling does not.
public struct TaintToleration: FilterPlugin {
    public static let name = "TaintToleration"

    public init(arguments: NoArguments) {}

    public func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        if cycle.targets.contains(cluster.index) { return .passes }
        for taint in cluster.taints where taint.repels && !binding.tolerates(taint) {
            return .fails("cluster(s) had untolerated taint {\(taint)}")
        }
        return .passes
    }

    public func filter(_ candidates: inout ClusterSet, for binding: BindingView, in cycle: Cycle) {
        var allowed = binding.shared.value(Self.name, in: cycle.snapshot) {
            var clusters = ClusterSet(all: cycle.snapshot.count)
            for (taint, tainted) in cycle.snapshot.taints where !binding.tolerates(taint) { clusters.subtract(tainted) }
            return clusters
        }
        allowed.formUnion(cycle.targets)
        candidates.formIntersection(allowed)
    }
}

extension BindingView {
    fileprivate func tolerates(_ taint: Taint) -> Bool { placement.clusterTolerations.contains { $0.tolerates(taint) } }
}
