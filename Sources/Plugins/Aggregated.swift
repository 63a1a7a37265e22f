import Framework

/// Divides replicas among as few clusters as can take them: those that have some already come first, then those with the most
/// room.
public struct Aggregated: AssignPlugin {
    public static let name = "Aggregated"

    public init(arguments: NoArguments) {}

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
            let (chosen, isArbitrary) = choose(division.weights.sorted { $0.replicas > $1.replicas }, for: division)
            guard isArbitrary else { return chosen }
            // Which of the equals: the order of preference decides, as far as Karmada's sort keeps it.
            let sorted = PatternDefeatingSort.sorted(division.preferred) { $0.replicas > $1.replicas }
            return choose(sorted, for: division).chosen
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
