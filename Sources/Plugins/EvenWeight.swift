import Framework

/// Divides replicas evenly, however much room clusters have, as long as they have enough: in the place of DynamicWeight, for
/// placements with dynamic weights.
///
/// Replicas that have a place keep it. What is added goes where there are fewest, what is taken away is taken where there are
/// most; so nothing moves but the difference. A fresh division begins with nothing.
public struct EvenWeight: AssignPlugin {
    public static let name = "EvenWeight"

    public init(arguments: NoArguments) {}

    public func applies(to binding: BindingView) -> Bool { binding.hasDynamicWeights }

    public func assign(
        _ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment] {
        let order = candidates.ordered(in: cycle)
        var had = [Int](repeating: 0, count: cycle.snapshot.count)
        if !binding.isFresh {
            for assignment in cycle.previous { had[assignment.index] = assignment.replicas }
        }
        let assigned = order.reduce(0) { $0 + had[$1] }
        let bounds = order.map { index in
            assigned > replicas ? 0...had[index] : had[index]...max(had[index], Int(cycle.available[index]))
        }
        let room = bounds.reduce(0) { $0 + $1.upperBound }
        guard room >= replicas else {
            throw .notEnoughReplicas("Clusters available replicas \(room) are not enough to schedule.")
        }
        let shares = Self.level(replicas, within: bounds)
        cycle.note("\(Self.name) divides \(replicas) as evenly as room for \(room) on \(order.count) clusters allows")
        return zip(order, shares).map { Assignment(index: $0, replicas: $1) }.sorted { $0.index < $1.index }
    }

    /// As even as the bounds allow; what does not divide goes to the first ones.
    /// - Parameter bounds: whose lower bounds add up to no more than `total`, and whose upper bounds to no less.
    static func level(_ total: Int, within bounds: [ClosedRange<Int>]) -> [Int] {
        func shares(_ level: Int) -> [Int] { bounds.map { min(max(level, $0.lowerBound), $0.upperBound) } }
        // The highest level that does not need more than there is.
        var low = 0
        var high = bounds.reduce(0) { max($0, $1.upperBound) }
        while low < high {
            let middle = low + (high - low + 1) / 2
            if shares(middle).reduce(0, +) <= total { low = middle } else { high = middle - 1 }
        }
        var result = shares(low)
        var rest = total - result.reduce(0, +)
        for index in result.indices where rest > 0 && result[index] == low && result[index] < bounds[index].upperBound {
            result[index] += 1
            rest -= 1
        }
        return result
    }
}

extension BindingView {
    /// Whether replicas are divided by weights that are worked out.
    var hasDynamicWeights: Bool {
        guard let strategy = placement.replicaScheduling, strategy.replicaSchedulingType == "Divided" else { return false }
        return strategy.replicaDivisionPreference == "Weighted" && !(strategy.weightPreference?.dynamicWeight ?? "").isEmpty
    }
}
