import Client
import Framework
import Kubernetes

/// What the scheduler has to say about a binding: its new clusters, and the condition `Scheduled`.
struct ScheduleResult {
    /// Nil leaves the clusters that it has.
    var decision: Decision?
    var condition: Condition
    /// What the queue does with the binding when the result is written.
    var outcome: SchedulingQueue.Outcome

    /// `BindingReason…` of Karmada's API.
    private enum Reason {
        static let success = "Success"
        static let schedulerError = "SchedulerError"
        static let noClusterFit = "NoClusterFit"
        static let unschedulable = "Unschedulable"
        static let quotaExceeded = "QuotaExceeded"
    }

    /// - Parameter attempts: at least one.
    init(_ attempts: [Attempt]) {
        if case .success(let decision)? = attempts.last?.result {
            self.decision = decision
            condition = Condition(
                type: ResourceBinding.scheduledCondition, status: .true, reason: Reason.success,
                message: Self.success)
            outcome = .done
            return
        }
        // Where no group of clusters took it, the preferred one tells why.
        let first = attempts[0]
        let (reason, outcome): (String, SchedulingQueue.Outcome) =
            switch first.result {
            case .failure(.noClusterFit): (Reason.noClusterFit, .done)
            case .failure(.notEnoughReplicas): (Reason.unschedulable, .unschedulable)
            case .failure(.spreadConstraint): (Reason.schedulerError, .unschedulable)
            case .failure(.other), .success: (Reason.schedulerError, .failed)
            }
        self.outcome = outcome
        // Clusters that do not fit any more are given up; where merely something is short, what runs goes on running.
        if reason == Reason.noClusterFit { decision = Decision(clusters: []) }
        condition = Condition(
            type: ResourceBinding.scheduledCondition, status: .false, reason: reason, message: first.failureSummary ?? "")
    }

    /// For a binding whose `spec.schedulerName` is no profile's.
    init(unknownProfile name: String) {
        condition = Condition(
            type: ResourceBinding.scheduledCondition, status: .false, reason: Reason.schedulerError,
            message: "there is no scheduler profile named \(name)")
        outcome = .done
    }

    /// For a binding that a FederatedResourceQuota keeps from its clusters. It is tried again, as others may give something back.
    init(quotaExceeded message: String) {
        condition = Condition(
            type: ResourceBinding.scheduledCondition, status: .false, reason: Reason.quotaExceeded, message: message)
        outcome = .failed
    }

    /// For a binding whose earlier result stands: that is now said of the present generation.
    static let unchanged = ScheduleResult(
        condition: Condition(
            type: ResourceBinding.scheduledCondition, status: .true, reason: Reason.success, message: success),
        outcome: .done)

    private init(condition: Condition, outcome: SchedulingQueue.Outcome) {
        self.condition = condition
        self.outcome = outcome
    }

    private static let success = "Binding has been scheduled successfully."

    var isSuccess: Bool { condition.status == .true }

    /// Whether the binding's clusters or their replicas change. (Their order has no meaning.)
    func moves(_ present: [TargetCluster]) -> Bool {
        guard let decision else { return false }
        return Set(present) != Set(decision.clusters) || present.count != decision.clusters.count
    }

    /// What an event says of it; nil where nothing was scheduled. Karmada's texts differ by a colon between the binding kinds.
    func event(isNamespaced: Bool) -> (kind: EventRecorder.Kind, reason: String, message: String)? {
        guard isSuccess else { return (.warning, "ScheduleBindingFailed", condition.message) }
        guard let decision else { return nil }
        let clusters = decision.clusters.map { "\($0.name):\($0.replicas)" }.joined(separator: ", ")
        return (.normal, "ScheduleBindingSucceed", "\(Self.success) Result\(isNamespaced ? ":" : "") {\(clusters)}")
    }

    // MARK: Writing

    /// Puts the clusters, and the placement that they are for, into the binding; false where nothing changes.
    func applySpec(to object: inout Object, placement: Placement) -> Bool {
        guard let decision else { return false }
        let before = object
        if moves((object.spec["clusters"]?.array ?? []).map(TargetCluster.init)) {
            object.json["spec", default: [:]]["clusters"] =
                decision.clusters.isEmpty ? nil : .array(decision.clusters.map(\.json))
        }
        let applied = object.annotations[ScheduleTrigger.appliedPlacementAnnotation].flatMap { try? JSON(parsing: $0) }
        if applied != placement.json {
            object.annotations[ScheduleTrigger.appliedPlacementAnnotation] = placement.json.description
        }
        return object != before
    }

    /// Puts condition, times and names into the status; false where nothing changes.
    /// - Parameters:
    ///   - generation: the one that the result is for.
    ///   - isNew: whether the clusters changed, or were asked to be looked at again.
    func applyStatus(to object: inout Object, generation: Int64, isNew: Bool, now: Timestamp) -> Bool {
        let before = object
        var status = object.json["status"] ?? [:]
        var conditions = (status["conditions"]?.array ?? []).map(Condition.init)
        let old = conditions[condition.type]
        if old?.status != condition.status || old?.reason != condition.reason || old?.message != condition.message {
            conditions.set(condition, now: now)
            status["conditions"] = .array(conditions.map(\.json))
        }
        if isSuccess {
            status["schedulerObservedGeneration"] = .integer(generation)
            if isNew || status["lastScheduledTime"] == nil { status["lastScheduledTime"] = .string(now.description) }
            if let name = decision?.affinityName, !name.isEmpty { status["schedulerObservingAffinityName"] = .string(name) }
        }
        object.json["status"] = status
        return object != before
    }
}
