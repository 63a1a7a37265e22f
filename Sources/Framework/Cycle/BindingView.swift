import Kubernetes

/// A binding as a plugin sees it.
public final class BindingView: Sendable {
    public let key: ObjectKey
    public let spec: ResourceBinding.Spec
    public let status: ResourceBinding.Status
    public let placement: Placement
    /// What the bindings of one placement work out once for all of them.
    public let shared: SharedPlacement
    public let kind: GroupVersionKind
    /// Whether the earlier result is to be forgotten: somebody asked for a new one (`spec.rescheduleTriggeredAt`) since the
    /// last was made. Otherwise as few replicas are moved as possible.
    public let isFresh: Bool
    /// Where the other workloads of its affinity groups run.
    public let peers: WorkloadPeers

    public init(
        key: ObjectKey, spec: ResourceBinding.Spec, status: ResourceBinding.Status, placements: PlacementCache,
        peers: WorkloadPeers = WorkloadPeers()
    ) {
        self.key = key
        self.peers = peers
        self.spec = spec
        self.status = status
        placement = spec.placement ?? Placement(.null)
        shared = placements.shared(for: placement)
        kind = spec.resource.groupVersionKind
        isFresh = spec.isRescheduleRequired(status)
    }

    public convenience init(
        _ binding: ResourceBinding, placements: PlacementCache, peers: WorkloadPeers = WorkloadPeers()
    ) {
        self.init(key: binding.key, spec: binding.spec, status: binding.status, placements: placements, peers: peers)
    }

    /// Whether there are replicas to divide. (A workload of several components is placed as a whole.)
    public var dividesReplicas: Bool {
        (spec.replicas > 0 || spec.replicaRequirements != nil) && spec.components.count <= 1
    }

    /// Whether every cluster gets all replicas.
    public var isDuplicated: Bool {
        placement.replicaScheduling.map { $0.replicaSchedulingType == "Duplicated" } ?? true
    }
}

extension ResourceBinding.Spec {
    /// Whether a new result was asked for since the last one was made.
    public func isRescheduleRequired(_ status: ResourceBinding.Status) -> Bool {
        guard let triggered = rescheduleTriggeredAt, let last = status.lastScheduledTime else { return false }
        return triggered > last
    }
}

/// The clusters of the workloads that a binding's `spec.workloadAffinityGroups` ties it to, itself not among them.
public struct WorkloadPeers: Sendable, Equatable {
    /// Where all workloads of its affinity group are; nil where none is anywhere.
    public var sharedClusters: Set<String>?
    /// Where any workload of its anti-affinity group is.
    public var avoidedClusters: Set<String>

    public init(sharedClusters: Set<String>? = nil, avoidedClusters: Set<String> = []) {
        self.sharedClusters = sharedClusters
        self.avoidedClusters = avoidedClusters
    }
}
