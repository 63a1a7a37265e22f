import Framework

/// Prefers clusters whose price label is low. Score: 100 for the cheapest feasible cluster, 0 for the dearest, and for those
/// whose label is missing or no price.
public struct CostAware: ScorePlugin {
    public static let name = "CostAware"

    public struct Arguments: PluginArguments {
        /// The label of Cluster objects that has the price: a number from 0, in any currency and unit, the same for all clusters.
        var label = "scheduling.flotilla.dev/price-per-core"

        public init() {}
    }

    public let normalization = Normalization.minMax
    private let label: String

    public init(arguments: Arguments) throws {
        guard !arguments.label.isEmpty else { throw ArgumentError(field: "label", "must name a label") }
        label = arguments.label
    }

    public func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore {
        guard let price = cluster.labels[label].flatMap(Double.init), price.isFinite, price >= 0 else { return -.infinity }
        return -price
    }
}
