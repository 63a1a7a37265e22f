import Framework

/// Divides replicas among as few clusters as can take them: those that have some already come first, then those with the most
/// room.
public struct Aggregated: AssignPlugin {
    public static let name = "Aggregated"

    public init(arguments: NoArguments) {}

    public func applies(to binding: BindingView) -> Bool {
        guard let strategy = binding.placement.replicaScheduling, strategy.replicaSchedulingType == "Divided" else { return false }
        return strategy.replicaDivisionPreference == "Aggregated"
    }

    public func assign(
        _ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment] {
        try DynamicDivision(replicas, over: candidates, for: binding, in: cycle).assignments(by: Self.name) { division in
            var clusters = division.weights
            clusters.sort { $0.replicas > $1.replicas }
            let having = clusters.filter { division.keeps.contains($0.index) }
            let others = clusters.filter { !division.keeps.contains($0.index) }
            var chosen: [Assignment] = []
            var room = 0
            for cluster in having + others where room < division.target || chosen.isEmpty {
                chosen.append(cluster)
                room += cluster.replicas
            }
            return chosen
        }
    }
}
