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
    /// How many replicas, or sets, clusters take by their own word; of those that were asked and answered.
    public let remoteEstimates: [String: Int64]

    public init(
        key: ObjectKey, spec: ResourceBinding.Spec, status: ResourceBinding.Status, placements: PlacementCache,
        peers: WorkloadPeers = WorkloadPeers(), remoteEstimates: [String: Int64] = [:]
    ) {
        self.key = key
        self.peers = peers
        self.remoteEstimates = remoteEstimates
        self.spec = spec
        self.status = status
        placement = spec.placement ?? Placement(.null)
        shared = placements.shared(for: placement)
        kind = spec.resource.groupVersionKind
        isFresh = spec.isRescheduleRequired(status)
    }

    public convenience init(
        _ binding: ResourceBinding, placements: PlacementCache, peers: WorkloadPeers = WorkloadPeers(),
        remoteEstimates: [String: Int64] = [:]
    ) {
        self.init(
            key: binding.key, spec: binding.spec, status: binding.status, placements: placements, peers: peers,
            remoteEstimates: remoteEstimates)
    }

    /// Whether there are replicas to divide. (A workload of several components is placed as a whole.)
    public var dividesReplicas: Bool {
        (spec.replicas > 0 || spec.replicaRequirements != nil) && spec.components.count <= 1
    }

    /// Whether all components of the workload go to one cluster, together. (That it is to be one is what the placement says by
    /// its spread constraints; what its affinities come to depends on the clusters.)
    public var isPlacedAsWhole: Bool {
        !spec.components.isEmpty
            && placement.spreadConstraints.contains { $0.spreadByField == .cluster && $0.minGroups == 1 && $0.maxGroups == 1 }
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
