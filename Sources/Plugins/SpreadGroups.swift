import Framework
import Kubernetes

/// The groups (regions, say) of the feasible clusters, and the choice among them.
///
/// A group's score is made of the replicas it can take, first, and its clusters' scores. The groups that are chosen have the
/// highest sum of scores, of all combinations that satisfy both constraints: on groups and on clusters.
struct SpreadGroups {
    struct Group {
        var name: String
        /// The preferred first.
        var clusters: [Int]
        var score: Int64
    }

    private let field: Kubernetes.SpreadConstraint.Field
    private let constraint: Kubernetes.SpreadConstraint
    private let minClusters: Int
    private let maxClusters: Int
    private let groups: [Group]
    private let cycle: Cycle

    init(
        of candidates: Selection, by field: Kubernetes.SpreadConstraint.Field, _ constraint: Kubernetes.SpreadConstraint,
        clusters byCluster: Kubernetes.SpreadConstraint?, for binding: BindingView, in cycle: Cycle
    ) {
        self.field = field
        self.constraint = constraint
        self.cycle = cycle
        minClusters = byCluster?.minGroups ?? 0
        maxClusters = byCluster?.maxGroups ?? 0
        let topology = cycle.snapshot.topology(field)
        var members = [[Int]](repeating: [], count: topology.names.count)
        for index in candidates.ordered(in: cycle) {
            for group in topology.memberships[index] { members[group].append(index) }
        }
        let minClusters = max(byCluster?.minGroups ?? 0, constraint.minGroups)
        groups = zip(topology.names, members).compactMap { name, clusters in
            guard !clusters.isEmpty else { return nil }
            let score =
                binding.isDuplicated
                ? Self.duplicatedScore(of: clusters, replicas: Int64(binding.spec.replicas), in: cycle)
                : Self.dividedScore(
                    of: clusters, replicas: Int64(binding.spec.replicas), minGroups: constraint.minGroups,
                    minClusters: minClusters, in: cycle)
            return Group(name: name, clusters: clusters, score: score)
        }
    }

    /// Replicas weigh so much more than clusters' scores (0…100 each, on average) that these only decide between equals.
    private static let replicaWeight: Int64 = 1000

    /// Counts the clusters that can take all replicas.
    private static func duplicatedScore(of clusters: [Int], replicas: Int64, in cycle: Cycle) -> Int64 {
        let fitting = clusters.filter { cycle.available[$0] >= replicas }
        guard !fitting.isEmpty else { return 0 }
        let scores = fitting.reduce(0) { $0 + cycle.scores[$1] }
        return Int64(fitting.count) * replicaWeight + scores / Int64(fitting.count)
    }

    /// Counts the replicas that the group can take of its part: an equal part if there are as few groups as allowed.
    private static func dividedScore(
        of clusters: [Int], replicas: Int64, minGroups: Int, minClusters: Int, in cycle: Cycle
    ) -> Int64 {
        let target = minGroups > 0 ? (replicas + Int64(minGroups) - 1) / Int64(minGroups) : 0
        var room: Int64 = 0
        var scores: Int64 = 0
        var count: Int64 = 0
        for cluster in clusters {
            room += cycle.available[cluster]
            scores += cycle.scores[cluster]
            count += 1
            if count >= Int64(minClusters), room >= target { break }
        }
        if room < target { return room * replicaWeight + scores / Int64(clusters.count) }
        return target * replicaWeight + scores / count
    }

    /// The chosen clusters: the best of each chosen group, then the best of what is left in them.
    func select() throws(SchedulingError) -> [Int] {
        guard groups.count >= constraint.minGroups else {
            throw .spreadConstraint("the number of feasible \(field) is less than spreadConstraint.MinGroups")
        }
        let chosen = chooseGroups()
        cycle.note(.grouping(grouping(choosing: chosen)))
        guard !chosen.isEmpty else {
            throw .spreadConstraint("the number of clusters is less than the cluster spreadConstraint.MinGroups")
        }
        var selected: [Int] = []
        var taken = ClusterSet(capacity: cycle.snapshot.count)
        var rest = ClusterSet(capacity: cycle.snapshot.count)
        for group in chosen {
            // A cluster of two groups (zones) may be the best of both.
            if let first = group.clusters.first(where: { !taken.contains($0) }) {
                taken.insert(first)
                selected.append(first)
            }
            for cluster in group.clusters { rest.insert(cluster) }
        }
        rest.subtract(taken)
        let missing = min(rest.count + selected.count, maxClusters) - selected.count
        if missing > 0 { selected += cycle.ranking.lazy.filter(rest.contains).prefix(missing) }
        return selected
    }

    private func grouping(choosing chosen: [Group]) -> Explanation.Grouping {
        let names = Set(chosen.map(\.name))
        return Explanation.Grouping(
            by: SpreadConstraint.name, field: field.rawValue,
            rule: "\(constraint.minGroups) to \(constraint.maxGroups) groups with at least \(minClusters) clusters in all, "
                + "the highest sum of scores; then at most \(maxClusters) clusters of them",
            groups: groups.map { group in
                Explanation.Grouping.Group(
                    name: group.name, clusters: group.clusters.map { cycle.snapshot.names[$0] }, score: group.score,
                    isChosen: names.contains(group.name))
            })
    }

    private func chooseGroups() -> [Group] {
        let sorted = groups.sorted {
            if $0.clusters.count != $1.clusters.count { return $0.clusters.count < $1.clusters.count }
            return $0.score != $1.score ? $0.score > $1.score : $0.name < $1.name
        }
        let combination = GroupCombination(
            sorted.map { .init(clusters: $0.clusters.count, score: $0.score) }, minGroups: constraint.minGroups,
            maxGroups: constraint.maxGroups, minClusters: minClusters)
        let best = combination.best().map { sorted[$0] }.sorted { $0.score != $1.score ? $0.score > $1.score : $0.name < $1.name }
        // Where the best groups alone are a combination as well, the others are not needed.
        for count in 1..<max(best.count, 1) where combination.isMinimal(best[..<count].map(\.clusters.count)) {
            return Array(best[..<count])
        }
        return best
    }
}
