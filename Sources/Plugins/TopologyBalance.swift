import Framework

/// Prefers clusters of different regions (or zones, or providers) to several of one.
///
/// Within each domain the clusters are put in order: those that have the resource first, then those with more room, then by name.
/// Score: 100 for the first of a domain, 50 for the second, 33 for the third, and so on; so the best clusters of all domains come
/// before the second-best of any. Clusters without a domain get 0. Of a cluster in several zones the best place counts.
public struct TopologyBalance: ScorePlugin {
    public static let name = "TopologyBalance"

    public struct Arguments: PluginArguments {
        /// What to spread over: `region`, `zone` or `provider`.
        var topologyKey = TopologyKey.region

        public init() {}
    }

    private let topologyKey: TopologyKey

    public init(arguments: Arguments) { topologyKey = arguments.topologyKey }

    public func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore {
        scores(cycle.feasible, for: binding, in: cycle)[cluster.index]
    }

    public func scores(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [RawScore] {
        var scores = [RawScore](repeating: 0, count: candidates.capacity)
        let room = cycle.allocatable
        func isPreferred(_ left: Int, _ right: Int) -> Bool {
            let has = (cycle.targets.contains(left), cycle.targets.contains(right))
            if has.0 != has.1 { return has.0 }
            return room[left] != room[right] ? room[left] > room[right] : left < right
        }
        let topology = cycle.snapshot.topology(topologyKey)
        for domain in topology.clusters {
            var members = domain
            members.formIntersection(candidates)
            for (position, index) in members.sorted(by: isPreferred).enumerated() {
                scores[index] = max(scores[index], 100 / RawScore(position + 1))
            }
        }
        return scores
    }
}

extension ClusterSnapshot {
    fileprivate func topology(_ key: TopologyKey) -> Topology {
        switch key {
        case .region: regions
        case .zone: zones
        case .provider: providers
        }
    }
}
