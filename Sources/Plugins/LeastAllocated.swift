import Framework

/// Prefers clusters that have most of their resources left. Score: 100 for an empty cluster, 0 for a full one and for one that
/// does not say.
public struct LeastAllocated: ScorePlugin {
    public static let name = "LeastAllocated"

    public struct Arguments: PluginArguments {
        var resources = Utilization.standard

        public init() {}
    }

    private let utilization: Utilization

    public init(arguments: Arguments) throws { utilization = try Utilization(arguments.resources) }

    public func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore {
        (utilization.freeShare(of: cluster, in: cycle.snapshot) ?? 0) * 100
    }
}
