/// One observation of an object's state (`meta/v1.Condition`).
public struct Condition: Hashable, Sendable {
    public enum Status: String, Sendable {
        case `true` = "True"
        case `false` = "False"
        case unknown = "Unknown"
    }

    public var type: String
    public var status: Status
    public var reason: String
    public var message: String
    /// When `status` last changed.
    public var lastTransitionTime: Timestamp?
    /// The generation that was observed; 0 where nobody said.
    public var observedGeneration: Int64

    public init(
        type: String, status: Status, reason: String, message: String = "", lastTransitionTime: Timestamp? = nil,
        observedGeneration: Int64 = 0
    ) {
        self.type = type
        self.status = status
        self.reason = reason
        self.message = message
        self.lastTransitionTime = lastTransitionTime
        self.observedGeneration = observedGeneration
    }

    public init(_ json: JSON) {
        type = json["type"]?.string ?? ""
        status = Status(rawValue: json["status"]?.string ?? "") ?? .unknown
        reason = json["reason"]?.string ?? ""
        message = json["message"]?.string ?? ""
        lastTransitionTime = json["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
        observedGeneration = json["observedGeneration"]?.integer ?? 0
    }

    public var json: JSON {
        var json: JSON = [
            "type": .string(type), "status": .string(status.rawValue), "reason": .string(reason), "message": .string(message),
            "lastTransitionTime": lastTransitionTime.map { .string($0.description) } ?? .null,
        ]
        if observedGeneration != 0 { json["observedGeneration"] = .integer(observedGeneration) }
        return json
    }
}

extension [Condition] {
    public subscript(type: String) -> Condition? { first { $0.type == type } }

    public func isTrue(_ type: String) -> Bool { self[type]?.status == .true }

    /// Adds or replaces the condition of its type. The transition time moves to `now` only where the status changes.
    public mutating func set(_ condition: Condition, now: Timestamp) {
        var condition = condition
        guard let index = firstIndex(where: { $0.type == condition.type }) else {
            condition.lastTransitionTime = condition.lastTransitionTime ?? now
            append(condition)
            return
        }
        if self[index].status == condition.status {
            condition.lastTransitionTime = self[index].lastTransitionTime
        } else {
            condition.lastTransitionTime = condition.lastTransitionTime ?? now
        }
        self[index] = condition
    }
}
