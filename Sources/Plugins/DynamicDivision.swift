import Framework

/// What Aggregated and DynamicWeight have in common: replicas that have a place keep it, and only the difference is divided.
///
/// - Fewer replicas than before: what remains is divided by what the clusters had.
/// - More: what is added is divided by the room that the clusters have.
/// - Fresh: everything is divided by the room that the clusters would have without it.
struct DynamicDivision {
    /// Replicas to divide now.
    let target: Int
    /// The clusters' weights.
    let weights: [Assignment]
    /// What clusters have and keep, on top of their part of `target`.
    let kept: [Assignment]
    /// The clusters of `kept` that have any.
    let keeps: ClusterSet
    private let step: Step
    private let candidates: Selection
    private let binding: BindingView
    private let cycle: Cycle

    /// The words of Karmada's messages.
    private enum Step: String {
        case freshScale = "do fresh scale"
        case scaleDown = "scale down"
        case scaleUp = "scale up"
    }

    init(_ replicas: Int, over candidates: Selection, for binding: BindingView, in cycle: Cycle) {
        self.candidates = candidates
        self.binding = binding
        self.cycle = cycle
        let had = cycle.previous.filter { candidates.clusters.contains($0.index) }
        let assigned = had.reduce(0) { $0 + $1.replicas }
        var keeps = ClusterSet(capacity: cycle.snapshot.count)
        if binding.isFresh {
            target = replicas
            kept = []
            weights = candidates.clusters.map { Assignment(index: $0, replicas: Int(cycle.available[$0])) }
            step = .freshScale
        } else if assigned > replicas {
            target = replicas
            kept = []
            weights = had
            step = .scaleDown
        } else {
            target = replicas - assigned
            kept = had
            weights = candidates.clusters.map { Assignment(index: $0, replicas: Int(cycle.allocatable[$0])) }
            for assignment in had where assignment.replicas > 0 { keeps.insert(assignment.index) }
            step = .scaleUp
        }
        self.keeps = keeps
    }

    /// The weights in the clusters' order of preference; those that scale down, in the order in which the binding has them.
    var preferred: [Assignment] {
        if step == .scaleDown { return weights }
        var replicas = [Int](repeating: 0, count: cycle.snapshot.count)
        for weight in weights { replicas[weight.index] = weight.replicas }
        return candidates.ordered(in: cycle).map { Assignment(index: $0, replicas: replicas[$0]) }
    }

    /// - Parameter choose: the clusters that take part.
    func assignments(
        by plugin: String, choose: (DynamicDivision) -> [Assignment]
    ) throws(SchedulingError) -> [Assignment] {
        guard target > 0 || kept.isEmpty else {
            cycle.note("\(plugin) keeps the earlier result: all replicas have a place")
            return kept.sorted { $0.index < $1.index }
        }
        let room = weights.reduce(0) { $0 + $1.replicas }
        guard room >= target else {
            throw .notEnoughReplicas(
                "failed to \(step.rawValue): Clusters available replicas \(room) are not enough to schedule.")
        }
        let chosen = choose(self).sorted { $0.index < $1.index }
        let ties = Webster.TieBreak(uid: binding.spec.resource.uid)
        let shares = Webster.divide(target, by: chosen.map { Int64($0.replicas) }, ties: ties)
        cycle.note(
            .division(
                Explanation.Division(
                    by: plugin, purpose: step.rawValue, target, among: chosen.map(\.index),
                    weights: chosen.map { Int64($0.replicas) }, shares: shares, ties: ties, keeping: kept, in: cycle)))
        guard !kept.isEmpty else { return zip(chosen, shares).map { Assignment(index: $0.index, replicas: $1) } }
        var replicas = [Int](repeating: 0, count: cycle.snapshot.count)
        for (cluster, share) in zip(chosen, shares) { replicas[cluster.index] = share }
        for cluster in kept { replicas[cluster.index] += cluster.replicas }
        return candidates.clusters.map { Assignment(index: $0, replicas: replicas[$0]) }
    }
}
