import Framework
import Kubernetes

/// Why a binding is scheduled (again).
enum ScheduleTrigger: Equatable {
    case placementChanged
    case replicasChanged
    /// `spec.rescheduleTriggeredAt`
    case requested
    /// Everything that is not divided follows the clusters at once.
    case duplicated
    /// A cluster that it runs on is going away.
    case targetGone

    /// Where the scheduler writes down the placement that its result is for.
    static let appliedPlacementAnnotation = "policy.karmada.io/applied-placement"

    /// Nil where the earlier result stands.
    init?(_ binding: ResourceBinding, over snapshot: ClusterSnapshot) {
        guard let placement = binding.spec.placement else { return nil }
        if binding.isPlacementChanged(placement) {
            self = .placementChanged
        } else if binding.areReplicasChanged(placement) {
            self = .replicasChanged
        } else if binding.spec.isRescheduleRequired(binding.status) {
            self = .requested
        } else if !binding.spec.isWorkload || placement.isDuplicated {
            self = .duplicated
        } else if binding.spec.clusters.contains(where: { !snapshot.isSchedulable($0.name) }) {
            self = .targetGone
        } else {
            return nil
        }
    }
}

extension ResourceBinding {
    /// Whether the placement differs from the one that the earlier result is for, apart from groups of clusters that the result
    /// does not belong to.
    fileprivate func isPlacementChanged(_ placement: Placement) -> Bool {
        guard let text = annotations[ScheduleTrigger.appliedPlacementAnnotation], !text.isEmpty,
            let applied = try? JSON(parsing: text)
        else { return true }
        if applied == placement.json { return false }
        for field in ["clusterAffinity", "clusterTolerations", "spreadConstraints", "replicaScheduling", "workloadAffinity"]
        where applied[field] != placement.json[field] {
            return true
        }
        func term(_ json: JSON) -> JSON? {
            json["clusterAffinities"]?.array?.first { $0["affinityName"]?.string == status.schedulerObservedAffinityName }
        }
        guard !status.schedulerObservedAffinityName.isEmpty, let new = term(placement.json), let old = term(applied) else {
            return true
        }
        return new != old
    }

    /// Whether the earlier result has other replicas than the resource.
    fileprivate func areReplicasChanged(_ placement: Placement) -> Bool {
        if placement.replicaScheduling != nil, !spec.components.isEmpty {
            let components = spec.components.map(TargetComponent.init)
            if spec.clusters.isEmpty || spec.clusters.contains(where: { !$0.components.isEmpty && $0.components != components }) {
                return true
            }
        }
        return switch placement.replicaScheduling?.replicaSchedulingType {
        case "Duplicated": spec.clusters.contains { $0.replicas != spec.replicas }
        case "Divided": spec.clusters.reduce(0) { $0 + Int($1.replicas) } != Int(spec.replicas)
        default: false
        }
    }
}

extension Placement {
    fileprivate var isDuplicated: Bool { replicaScheduling.map { $0.replicaSchedulingType == "Duplicated" } ?? true }
}

extension ClusterSnapshot {
    fileprivate func isSchedulable(_ name: String) -> Bool { index(of: name).map(schedulable.contains) ?? false }
}
