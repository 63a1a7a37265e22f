import Kubernetes

/// How a cycle came to its result: of every cluster what each plugin said.
///
/// It is worked out from the finished cycle by asking the plugins again, cluster by cluster; they answer as before. So cycles
/// that nobody asks about pay nothing.
public struct Explanation: Sendable {
    public struct Cluster: Sendable {
        public var name: String
        /// The filters' verdicts in their order, up to the first that fails.
        public var filters: [(plugin: String, verdict: Verdict)]
        public var scores: [(plugin: String, score: Double, weight: Int64)]
        /// Nil where a plugin cannot say.
        public var estimates: [(plugin: String, replicas: Int64?)]
        public var isFeasible: Bool
        public var isSelected: Bool
        /// Nil where it gets nothing.
        public var replicas: Int32?
    }

    public var schedulerName: String
    /// The group of clusters that was tried; empty where there is only one.
    public var affinityName: String
    public var clusters: [Cluster]
    /// The arithmetic of selection and division, step by step.
    public var steps: [String]
    /// Why it failed; nil where it did not.
    public var failure: String?
}

extension Attempt {
    public func explanation() -> Explanation {
        let decision = try? result.get()
        var replicas: [String: Int32] = [:]
        for cluster in decision?.clusters ?? [] { replicas[cluster.name] = cluster.replicas }
        let scores = profile.scorers.map { profile.normalizedScores(of: $0.plugin, in: cycle) }
        let clusters = (0..<cycle.snapshot.count).map { index in
            let view = cycle.snapshot[index]
            let isFeasible = cycle.feasible.contains(index)
            return Explanation.Cluster(
                name: view.name, filters: profile.verdicts(on: view, in: cycle),
                scores: isFeasible
                    ? zip(profile.scorers, scores).map { (type(of: $0.plugin).name, $1[index], $0.weight) } : [],
                estimates: isFeasible
                    ? profile.estimators.map {
                        (type(of: $0).name, $0.estimate(view, for: cycle.binding, in: cycle))
                    } : [],
                isFeasible: isFeasible, isSelected: selection?.clusters.contains(index) ?? false, replicas: replicas[view.name])
        }
        return Explanation(
            schedulerName: profile.schedulerName, affinityName: cycle.affinity.name, clusters: clusters,
            steps: cycle.takenNotes, failure: failureMessage)
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
        var counts: [String: Int] = [:]
        for index in cycle.snapshot.schedulable {
            if case .fails(let reason) = verdicts(on: cycle.snapshot[index], in: cycle).last?.verdict {
                counts[reason, default: 0] += 1
            }
        }
        let reasons = counts.isEmpty ? "no cluster exists" : counts.map { "\($1) \($0)" }.sorted().joined(separator: ", ")
        return "0/\(cycle.snapshot.count) clusters are available: \(reasons)."
    }
}

extension Explanation {
    public var json: JSON {
        var json: JSON = [
            "schedulerName": .string(schedulerName), "clusters": .array(clusters.map(\.json)), "steps": JSON(steps),
        ]
        if !affinityName.isEmpty { json["affinityName"] = .string(affinityName) }
        if let failure { json["failure"] = .string(failure) }
        return json
    }
}

extension Explanation.Cluster {
    var json: JSON {
        var json: JSON = ["name": .string(name), "feasible": .bool(isFeasible), "selected": .bool(isSelected)]
        json["filters"] = .array(
            filters.map { plugin, verdict in
                switch verdict {
                case .passes: ["plugin": .string(plugin), "passes": true]
                case .fails(let reason): ["plugin": .string(plugin), "passes": false, "reason": .string(reason)]
                }
            })
        if isFeasible {
            json["scores"] = .array(
                scores.map { ["plugin": .string($0), "score": .number($1), "weight": .integer($2)] })
            json["estimates"] = .array(
                estimates.map { ["plugin": .string($0), "replicas": $1.map { .integer($0) } ?? .null] })
        }
        if let replicas { json["replicas"] = JSON(replicas) }
        return json
    }
}
