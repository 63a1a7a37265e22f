/// What keeps workloads away from a cluster unless they tolerate it (`core/v1.Taint`).
public struct Taint: Hashable, Sendable, CustomStringConvertible {
    /// The effects of `core/v1`. An effect that is none of them is kept as it is and repels nothing.
    public struct Effect: RawRepresentable, Hashable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let noSchedule = Effect(rawValue: "NoSchedule")
        public static let preferNoSchedule = Effect(rawValue: "PreferNoSchedule")
        public static let noExecute = Effect(rawValue: "NoExecute")
    }

    public var key: String
    public var value: String
    public var effect: Effect
    /// When it was added; set for `NoExecute` only.
    public var timeAdded: Timestamp?

    public init(key: String, value: String = "", effect: Effect, timeAdded: Timestamp? = nil) {
        self.key = key
        self.value = value
        self.effect = effect
        self.timeAdded = timeAdded
    }

    public init(_ json: JSON) {
        key = json["key"]?.string ?? ""
        value = json["value"]?.string ?? ""
        effect = Effect(rawValue: json["effect"]?.string ?? "")
        timeAdded = json["timeAdded"]?.string.flatMap { Timestamp($0) }
    }

    public var json: JSON {
        var json: JSON = ["key": .string(key), "effect": .string(effect.rawValue)]
        if !value.isEmpty { json["value"] = .string(value) }
        if let timeAdded { json["timeAdded"] = .string(timeAdded.description) }
        return json
    }

    /// `key=value:effect`, leaving out what is empty, as Kubernetes' messages write a taint.
    public var description: String {
        if effect.rawValue.isEmpty { return value.isEmpty ? key : "\(key)=\(value):" }
        return value.isEmpty ? "\(key):\(effect.rawValue)" : "\(key)=\(value):\(effect.rawValue)"
    }
}

/// What a workload puts up with (`core/v1.Toleration`).
public struct Toleration: Hashable, Sendable {
    /// Empty matches every key.
    public var key: String
    /// `Equal` (the default) or `Exists`; any other tolerates nothing.
    public var `operator`: String
    public var value: String
    /// Empty matches every effect.
    public var effect: String
    /// How long a `NoExecute` taint is tolerated; nil for ever, 0 or less not at all.
    public var tolerationSeconds: Int64?

    public init(
        key: String = "", operator: String = "Equal", value: String = "", effect: String = "", tolerationSeconds: Int64? = nil
    ) {
        self.key = key
        self.operator = `operator`
        self.value = value
        self.effect = effect
        self.tolerationSeconds = tolerationSeconds
    }

    public init(_ json: JSON) {
        key = json["key"]?.string ?? ""
        `operator` = json["operator"]?.string ?? ""
        value = json["value"]?.string ?? ""
        effect = json["effect"]?.string ?? ""
        tolerationSeconds = json["tolerationSeconds"]?.integer
    }

    /// Whether the taint is tolerated, for however long (Kubernetes, "Taints and Tolerations").
    public func tolerates(_ taint: Taint) -> Bool {
        guard effect.isEmpty || effect == taint.effect.rawValue, key.isEmpty || key == taint.key else { return false }
        return switch `operator` {
        case "", "Equal": value == taint.value
        case "Exists": true
        default: false
        }
    }
}
