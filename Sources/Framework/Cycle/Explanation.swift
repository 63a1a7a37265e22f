import Kubernetes

/// How a cycle came to its result: of every cluster what each plugin said, and the arithmetic from there to the replicas.
///
/// It is worked out from the finished cycle by asking the plugins again; they answer as before. So cycles that nobody asks about
/// pay nothing, but for a look at whether the steps (see ``Cycle/note(_:)-(Step)``) are wanted.
public struct Explanation: Sendable {
    public struct Cluster: Sendable {
        public var name: String
        /// The filters' verdicts in their order, up to the first that fails; none for a cluster that is being deleted.
        public var filters: [(plugin: String, verdict: Verdict)]
        public var isFeasible: Bool
        /// Of feasible clusters only, as everything below.
        public var scores: [Score]
        /// The weighted sum of the scores.
        public var totalScore: Int64
        /// How many more replicas fit by each estimator; nil where it cannot say. None where there are no replicas.
        public var estimates: [(plugin: String, replicas: Int64?)]
        /// How many more replicas fit, by all estimators together; nil where there are no replicas.
        public var room: Int64?
        /// The place in the order of preference, from 1.
        public var rank: Int?
        public var isSelected: Bool
        /// What it had before the cycle; nil where it had nothing.
        public var previousReplicas: Int32?
        /// Nil where it gets nothing.
        public var replicas: Int32?
        /// Why it gets nothing, or what it gets.
        public var reason: String
    }

    public struct Score: Sendable {
        public var plugin: String
        /// As the plugin gave it.
        public var raw: RawScore
        /// 0…100.
        public var normalized: Double
        public var weight: Int64
    }

    public var schedulerName: String
    /// The group of clusters that was tried; empty where there is only one.
    public var affinityName: String
    /// By ascending name.
    public var clusters: [Cluster]
    /// Selection and division, in their order.
    public var steps: [Step]
    /// Why it failed; nil where it did not.
    public var failure: String?
}

extension Attempt {
    public func explanation() -> Explanation {
        let scores = profile.scorers.map { scorer in
            (
                scorer, raw: scorer.plugin.scores(cycle.feasible, for: cycle.binding, in: cycle),
                normalized: profile.normalizedScores(of: scorer.plugin, in: cycle)
            )
        }
        let hasReplicas = cycle.binding.spec.replicas > 0 || !cycle.binding.spec.components.isEmpty
        let estimates = (hasReplicas ? profile.estimators : []).map { plugin in
            (name: type(of: plugin).name, values: plugin.estimates(cycle.feasible, for: cycle.binding, in: cycle))
        }
        var ranks = [Int?](repeating: nil, count: cycle.snapshot.count)
        for (position, index) in cycle.ranking.enumerated() { ranks[index] = position + 1 }
        var previous: [Int: Int32] = [:]
        for assignment in cycle.previous { previous[assignment.index] = Int32(clamping: assignment.replicas) }
        var given: [String: Int32] = [:]
        for target in (try? result.get())?.clusters ?? [] { given[target.name] = target.replicas }

        let clusters = (0..<cycle.snapshot.count).map { index in
            let view = cycle.snapshot[index]
            let isFeasible = cycle.feasible.contains(index)
            var cluster = Explanation.Cluster(
                name: view.name, filters: profile.verdicts(on: view, in: cycle), isFeasible: isFeasible, scores: [],
                totalScore: 0, estimates: [], isSelected: selection?.clusters.contains(index) ?? false,
                previousReplicas: previous[index], replicas: given[view.name], reason: "")
            if isFeasible {
                cluster.scores = scores.map { scorer, raw, normalized in
                    Explanation.Score(
                        plugin: type(of: scorer.plugin).name, raw: raw[index], normalized: normalized[index],
                        weight: scorer.weight)
                }
                cluster.totalScore = cycle.scores[index]
                cluster.estimates = estimates.map { ($0.name, $0.values[index] == .max ? nil : $0.values[index]) }
                cluster.room = hasReplicas ? cycle.allocatable[index] : nil
                cluster.rank = ranks[index]
            }
            cluster.reason = reason(for: cluster)
            return cluster
        }
        return Explanation(
            schedulerName: profile.schedulerName, affinityName: cycle.affinity.name, clusters: clusters, steps: cycle.steps,
            failure: failureMessage)
    }

    private func reason(for cluster: Explanation.Cluster) -> String {
        if case .fails(let reason)? = cluster.filters.last?.verdict { return reason }
        guard cluster.isFeasible else {
            return cluster.filters.isEmpty ? "cluster(s) is being deleted" : "a filter took it out"
        }
        if let replicas = cluster.replicas { return replicas > 0 ? "gets \(replicas)" : "gets the resource" }
        switch result {
        case .success: return cluster.isSelected ? "selected, but its share is none" : "feasible, but not selected"
        case .failure:
            let room = cluster.room.map { " with room for \($0) more" } ?? ""
            return (cluster.isSelected ? "selected" : "feasible") + room
        }
    }
}

extension Profile {
    /// The filters' verdicts in their order, up to the first that fails.
    func verdicts(on cluster: ClusterView, in cycle: Cycle) -> [(plugin: String, verdict: Verdict)] {
        var verdicts: [(plugin: String, verdict: Verdict)] = []
        guard cycle.snapshot.schedulable.contains(cluster.index) else { return verdicts }
        for plugin in preFilters {
            verdicts.append((type(of: plugin).name, plugin.preFilter(cycle.binding, in: cycle)))
            if verdicts.last?.verdict != .passes { return verdicts }
        }
        for plugin in filters {
            verdicts.append((type(of: plugin).name, plugin.filter(cluster, for: cycle.binding, in: cycle)))
            if verdicts.last?.verdict != .passes { return verdicts }
        }
        return verdicts
    }

    /// Why no cluster fits: `0/3 clusters are available: 1 cluster(s) did not have the API resource, …`.
    func diagnosis(of cycle: Cycle) -> String {
        "0/\(cycle.snapshot.count) clusters are available: \(reasons(in: cycle) ?? "no cluster exists")."
    }

    /// Why clusters are not feasible, `1 cluster(s) did not have the API resource, …`; nil where all are.
    func reasons(in cycle: Cycle) -> String? {
        var counts: [String: Int] = [:]
        for index in cycle.snapshot.schedulable where !cycle.feasible.contains(index) {
            if case .fails(let reason) = verdicts(on: cycle.snapshot[index], in: cycle).last?.verdict {
                counts[reason, default: 0] += 1
            }
        }
        return counts.isEmpty ? nil : counts.map { "\($1) \($0)" }.sorted().joined(separator: ", ")
    }
}
