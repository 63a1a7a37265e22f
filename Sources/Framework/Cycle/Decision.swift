import Kubernetes

/// Where a binding's resource goes.
public struct Decision: Sendable, Equatable {
    /// By ascending name.
    public var clusters: [TargetCluster]
    /// The one of the placement's `clusterAffinities` that they belong to; empty where it has none.
    public var affinityName: String

    public init(clusters: [TargetCluster], affinityName: String = "") {
        self.clusters = clusters
        self.affinityName = affinityName
    }
}

/// One cycle and what came of it.
public struct Attempt {
    public let cycle: Cycle
    public let result: Result<Decision, SchedulingError>
    let profile: Profile
    let selection: Selection?

    /// `failureMessage`, and what the plugins said of each cluster, as short as that can be; nil where it did not fail.
    public var failureSummary: String? {
        guard case .failure(let error) = result, let failureMessage else { return nil }
        // That tells of each cluster already.
        if error == .noClusterFit { return failureMessage }
        return "\(failureMessage)\(failureMessage.hasSuffix(".") ? "" : ".") \(summary)"
    }

    /// Clusters that a summary names, at most.
    private static let summaryLimit = 10

    /// `2 of 3 clusters are feasible: a has room for 10, b for 4; 1 cluster(s) did not have the API resource.`
    private var summary: String {
        let snapshot = cycle.snapshot
        let showsRoom = !cycle.binding.isDuplicated && (cycle.binding.spec.replicas > 0 || cycle.countsSets)
        var names: [String] = []
        for (position, index) in cycle.ranking.prefix(Self.summaryLimit).enumerated() {
            let room = showsRoom ? " \(position == 0 ? "has room " : "")for \(cycle.available[index])" : ""
            names.append(snapshot.names[index] + room)
        }
        let others = cycle.feasible.count - names.count
        if others > 0 { names.append("and \(others) more") }
        let rest = profile.reasons(in: cycle).map { "; \($0)" } ?? ""
        return "\(cycle.feasible.count) of \(snapshot.count) clusters are feasible: \(names.joined(separator: ", "))\(rest)."
    }

    /// Why it failed, in the words of Karmada's conditions and events; nil where it did not.
    public var failureMessage: String? {
        guard case .failure(let error) = result else { return nil }
        return switch error {
        case .noClusterFit: profile.diagnosis(of: cycle)
        case .spreadConstraint(let message): "failed to select clusters: \(message)"
        case .notEnoughReplicas(let message), .other(let message): "failed to assign replicas: \(message)"
        }
    }
}
