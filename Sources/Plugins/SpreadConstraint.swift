import Framework
import Kubernetes

/// Spreads a workload over groups of clusters, as the placement's `spreadConstraints` ask.
///
/// As a filter it passes clusters that belong to a group of every kind that is asked for. As a selection it chooses the groups,
/// and the clusters in them. Static weights name their clusters, so nothing is selected for them.
public struct SpreadConstraint: FilterPlugin, SelectPlugin {
    public static let name = "SpreadConstraint"

    public struct Arguments: PluginArguments {
        /// The fields by which groups are selected, of `region`, `zone` and `provider`; the first counts that a placement has a
        /// constraint for. Karmada selects by region (and by cluster) only.
        public var groupBy = ["region"]

        public init() {}
    }

    private let groupings: [Kubernetes.SpreadConstraint.Field]

    public init(arguments: Arguments) throws {
        groupings = try arguments.groupBy.enumerated().map { index, name in
            guard let field = Kubernetes.SpreadConstraint.Field(rawValue: name), field != .cluster else {
                throw ArgumentError(field: "groupBy[\(index)]", "must be region, zone or provider, not \(name)")
            }
            return field
        }
    }

    // MARK: Filter

    public func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict {
        for constraint in binding.placement.spreadConstraints {
            switch constraint.spreadByField {
            case .provider where cluster.provider.isEmpty: return .fails("cluster(s) did not have provider property")
            case .region where cluster.region.isEmpty: return .fails("cluster(s) did not have region property")
            case .zone where cluster.zones.isEmpty: return .fails("cluster(s) did not have zones property")
            default: continue
            }
        }
        return .passes
    }

    public func filter(_ candidates: inout ClusterSet, for binding: BindingView, in cycle: Cycle) {
        for constraint in binding.placement.spreadConstraints {
            if let field = constraint.spreadByField, field != .cluster {
                candidates.formIntersection(cycle.snapshot.topology(field).all)
            }
        }
    }

    // MARK: Select

    public func select(
        _ candidates: Selection, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> Selection {
        let constraints = binding.placement.spreadConstraints
        guard !constraints.isEmpty, !binding.hasStaticWeights else { return candidates }
        // Of two constraints on one field the later counts.
        func constraint(on field: Kubernetes.SpreadConstraint.Field) -> Kubernetes.SpreadConstraint? {
            constraints.last { $0.spreadByField == field }
        }
        let byCluster = constraint(on: .cluster)
        for field in groupings {
            guard let byGroup = constraint(on: field) else { continue }
            let groups = SpreadGroups(of: candidates, by: field, byGroup, clusters: byCluster, for: binding, in: cycle)
            return Selection(try groups.select(), in: cycle.snapshot)
        }
        if let byCluster { return try selectClusters(candidates, byCluster, for: binding, in: cycle) }
        throw .spreadConstraint("just support cluster and region spread constraint")
    }

    /// Chooses the best clusters; where they have no room for all replicas, gives up the worst of them, one after the other, for
    /// the roomiest of the others.
    private func selectClusters(
        _ candidates: Selection, _ constraint: Kubernetes.SpreadConstraint, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> Selection {
        var clusters = candidates.ordered(in: cycle)
        guard clusters.count >= constraint.minGroups else {
            throw .spreadConstraint("the number of feasible clusters is less than spreadConstraint.MinGroups")
        }
        let count = min(clusters.count, max(constraint.maxGroups, 0))
        if !binding.isDuplicated {
            let needed = cycle.demand
            var room = clusters[..<count].reduce(0) { $0 + cycle.available[$1] }
            for position in (0..<count).reversed() where room < needed {
                var best: Int?
                var most = cycle.available[clusters[position]]
                for other in count..<clusters.count where cycle.available[clusters[other]] > most {
                    best = other
                    most = cycle.available[clusters[other]]
                }
                guard let best else { continue }
                room += most - cycle.available[clusters[position]]
                cycle.note(
                    "SpreadConstraint takes \(cycle.snapshot.names[clusters[best]]) for "
                        + "\(cycle.snapshot.names[clusters[position]]): it has more room")
                clusters.swapAt(position, best)
            }
            guard room >= needed, count > 0 else {
                throw .spreadConstraint("no enough resource when selecting \(count) clusters")
            }
        }
        return Selection(Array(clusters[..<count]), in: cycle.snapshot)
    }
}

extension BindingView {
    /// Whether replicas are divided by static weights, given or equal.
    fileprivate var hasStaticWeights: Bool {
        guard let strategy = placement.replicaScheduling, strategy.replicaSchedulingType == "Divided",
            strategy.replicaDivisionPreference == "Weighted"
        else { return false }
        guard let preference = strategy.weightPreference else { return true }
        return !preference.staticWeightList.isEmpty && preference.dynamicWeight.isEmpty
    }
}

extension ClusterSnapshot {
    func topology(_ field: Kubernetes.SpreadConstraint.Field) -> Topology {
        switch field {
        case .region: regions
        case .zone: zones
        case .provider, .cluster: providers
        }
    }
}
