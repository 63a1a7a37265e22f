import Framework

/// Divides replicas among as few clusters as can take them.
///
/// By room: those that have some already come first, then those with the most room; replicas are divided in proportion to it. By
/// score: the clusters are filled one after the other in their order of preference, and emptied in the opposite order.
public struct Aggregated: AssignPlugin {
    public static let name = "Aggregated"

    public struct Arguments: PluginArguments {
        /// `room`, as Karmada has it, or `score`.
        var order = Order.room

        public init() {}
    }

    enum Order: String, Decodable, Sendable {
        case room, score

        init(from decoder: any Decoder) throws {
            let name = try String(from: decoder)
            guard let order = Self(rawValue: name) else {
                throw ArgumentError(field: "order", "must be room or score, not \(name)")
            }
            self = order
        }
    }

    private let order: Order

    public init(arguments: Arguments) { order = arguments.order }

    public func applies(to binding: BindingView) -> Bool {
        guard let strategy = binding.placement.replicaScheduling, strategy.replicaSchedulingType == "Divided" else {
            return false
        }
        return strategy.replicaDivisionPreference == "Aggregated"
    }

    public func assign(
        _ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment] {
        try DynamicDivision(replicas, over: candidates, for: binding, in: cycle).assignments(by: Self.name) { division in
            if order == .score { return fill(candidates.ordered(in: cycle), for: division) }
            let (chosen, isArbitrary) = choose(division.weights.sorted { $0.replicas > $1.replicas }, for: division)
            guard isArbitrary else { return chosen }
            // Which of the equals: the order of preference decides, as far as Karmada's sort keeps it.
            let sorted = PatternDefeatingSort.sorted(division.preferred) { $0.replicas > $1.replicas }
            return choose(sorted, for: division).chosen
        }
    }

    /// Gives each cluster all that it has room for before the next gets any.
    /// - Parameter order: the preferred first.
    private func fill(_ order: [Int], for division: DynamicDivision) -> [Assignment] {
        let room = Dictionary(uniqueKeysWithValues: division.weights.map { ($0.index, $0.replicas) })
        var rest = division.target
        return order.compactMap { index in
            let share = min(rest, room[index] ?? 0)
            rest -= share
            return share > 0 ? Assignment(index: index, replicas: share) : nil
        }
    }

    /// Takes clusters until there is room for all.
    /// - Parameter clusters: by descending room.
    /// - Returns: also whether the last one was taken from several with equal room, which only their order told apart.
    private func choose(_ clusters: [Assignment], for division: DynamicDivision) -> (chosen: [Assignment], isArbitrary: Bool) {
        let having = clusters.filter { division.keeps.contains($0.index) }
        let others = clusters.filter { !division.keeps.contains($0.index) }
        var chosen: [Assignment] = []
        var room = 0
        for group in [having, others] {
            for (position, cluster) in group.enumerated() where room < division.target || chosen.isEmpty {
                chosen.append(cluster)
                room += cluster.replicas
                if room >= division.target {
                    return (chosen, position + 1 < group.count && group[position + 1].replicas == cluster.replicas)
                }
            }
        }
        return (chosen, false)
    }
}
