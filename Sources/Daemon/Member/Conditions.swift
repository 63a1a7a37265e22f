import Kubernetes

/// The conditions of a workload or a pod, in their order. Unlike `meta/v1.Condition`, these have times of their own
/// (`lastUpdateTime`, `lastProbeTime`) and may lack a reason.
struct Conditions: Sendable, Equatable {
    private(set) var items: [JSON]

    init(_ json: JSON?) { items = json?.array ?? [] }

    var json: JSON { .array(items) }

    subscript(type: String) -> JSON? { items.first { $0["type"]?.string == type } }

    func isTrue(_ type: String) -> Bool { self[type]?["status"]?.string == "True" }

    mutating func remove(_ type: String) { items.removeAll { $0["type"]?.string == type } }

    /// What becomes of a condition's `lastUpdateTime`.
    enum UpdateTime {
        /// There is none.
        case absent
        /// It moves when status, reason or message change.
        case onChange
        /// It moves.
        case now
    }

    /// Adds the condition or replaces the one of its type. The transition time moves only where the status changes.
    mutating func set(
        _ type: String, _ status: Condition.Status, reason: String = "", message: String = "",
        updateTime: UpdateTime = .absent, now: Timestamp
    ) {
        let old = self[type]
        var new: JSON = ["type": .string(type), "status": .string(status.rawValue)]
        if !reason.isEmpty { new["reason"] = .string(reason) }
        if !message.isEmpty { new["message"] = .string(message) }
        let isSameStatus = old?["status"] == new["status"]
        new["lastTransitionTime"] = (isSameStatus ? old?["lastTransitionTime"] : nil) ?? .string(now.description)
        if updateTime != .absent {
            let isSame = updateTime == .onChange && isSameStatus && old?["reason"] == new["reason"]
                && old?["message"] == new["message"]
            new["lastUpdateTime"] = (isSame ? old?["lastUpdateTime"] : nil) ?? .string(now.description)
        }
        if let index = items.firstIndex(where: { $0["type"]?.string == type }) { items[index] = new } else { items.append(new) }
    }
}
