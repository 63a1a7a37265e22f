import Framework

/// Prefers clusters that have the resource already. Score: 100 for those, 0 for others.
public struct ClusterLocality: ScorePlugin {
    public static let name = "ClusterLocality"

    public init(arguments: NoArguments) {}

    public func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore {
        cycle.targets.contains(cluster.index) ? 100 : 0
    }

    public func scores(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [RawScore] {
        var scores = [RawScore](repeating: 0, count: candidates.capacity)
        for index in cycle.targets { scores[index] = 100 }
        return scores
    }
}
