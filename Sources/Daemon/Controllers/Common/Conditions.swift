import Kubernetes

extension Object {
    /// Adds or replaces one of `status.conditions`. The transition time moves only where the condition's status changes.
    mutating func setCondition(_ condition: Condition, now: Timestamp = .now()) {
        var conditions = (status["conditions"]?.array ?? []).map(Condition.init)
        conditions.set(condition, now: now)
        status["conditions"] = .array(conditions.map(\.json))
    }
}
