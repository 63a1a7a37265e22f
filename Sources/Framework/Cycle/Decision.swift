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
