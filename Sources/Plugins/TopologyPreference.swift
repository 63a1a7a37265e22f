import Framework

/// Prefers regions (or zones, or providers): either in the order of a list, or by a table of latencies.
///
/// Score by list: 100 for the first, evenly less for each further one, 0 for those that are not listed. Score by table: 100 for
/// the lowest latency among the feasible clusters, 0 for the highest, and for those that the table does not have. Of a cluster
/// in several zones the best one counts.
public struct TopologyPreference: ScorePlugin {
    public static let name = "TopologyPreference"

    public struct Arguments: PluginArguments {
        /// What the names below are names of: `region`, `zone` or `provider`.
        var topologyKey = TopologyKey.region
        /// The preferred first.
        var preferred: [String] = []
        /// Milliseconds from the users, from 0.
        var latencies: [String: Double] = [:]

        public init() {}
    }

    public let normalization: Normalization
    private let topologyKey: TopologyKey
    /// By domain, higher is better.
    private let values: [String: RawScore]
    private let unlisted: RawScore

    public init(arguments: Arguments) throws {
        topologyKey = arguments.topologyKey
        guard arguments.preferred.isEmpty || arguments.latencies.isEmpty else {
            throw ArgumentError(field: "latencies", "must not be given together with preferred")
        }
        if arguments.latencies.isEmpty {
            values = try Self.scores(inOrder: arguments.preferred)
            unlisted = 0
            normalization = .none
        } else {
            let wrong = arguments.latencies.filter { !($0.value >= 0) || $0.value.isInfinite }.keys
            if let name = wrong.min() {
                throw ArgumentError(field: "latencies.\(name)", "must be a number of milliseconds from 0")
            }
            values = arguments.latencies.mapValues { -$0 }
            unlisted = -.infinity
            normalization = .minMax
        }
    }

    private static func scores(inOrder names: [String]) throws(ArgumentError) -> [String: RawScore] {
        guard !names.isEmpty else {
            throw ArgumentError(field: "preferred", "must name the preferred ones, unless latencies are given")
        }
        var scores: [String: RawScore] = [:]
        for (index, name) in names.enumerated() {
            let score = 100 * RawScore(names.count - index) / RawScore(names.count)
            guard !name.isEmpty, scores.updateValue(score, forKey: name) == nil else {
                throw ArgumentError(
                    field: "preferred[\(index)]", name.isEmpty ? "must not be empty" : "\(name) is listed twice")
            }
        }
        return scores
    }

    public func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore {
        topologyKey.domains(of: cluster).lazy.compactMap { values[$0] }.max() ?? unlisted
    }
}
