import Framework

/// Prefers clusters that are full already, so that others become empty. Score: 100 for a full cluster, 0 for an empty one and for
/// one that does not say.
public struct MostAllocated: ScorePlugin {
    public static let name = "MostAllocated"

    public struct Arguments: PluginArguments {
        var resources = Utilization.standard

        public init() {}
    }

    private let utilization: Utilization

    public init(arguments: Arguments) throws { utilization = try Utilization(arguments.resources) }

    public func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore {
        (1 - (utilization.freeShare(of: cluster, in: cycle.snapshot) ?? 1)) * 100
    }
}
