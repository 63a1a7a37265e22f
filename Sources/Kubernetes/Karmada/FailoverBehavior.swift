/// What becomes of a workload whose application or cluster fails (`policy.karmada.io/v1alpha1`, `FailoverBehavior`).
public struct FailoverBehavior: Sendable {
    /// Nil where an application that fails stays where it is.
    public var application: Application?
    /// Nil where the daemon's flags say what happens.
    public var cluster: ClusterFailure?

    public init(_ json: JSON) {
        application = json["application"].flatMap { $0.isNull ? nil : Application($0) }
        cluster = json["cluster"].flatMap { $0.isNull ? nil : ClusterFailure($0) }
    }

    /// `ApplicationFailoverBehavior`
    public struct Application: Sendable {
        /// How long the application may be unhealthy, in seconds.
        public var tolerationSeconds: Int64
        public var purgeMode: GracefulEvictionTask.PurgeMode
        /// How long the old place is kept for want of a healthy new one.
        public var gracePeriodSeconds: Int32?
        public var statePreservation: [StatePreservationRule]

        init(_ json: JSON) {
            tolerationSeconds = json["decisionConditions", "tolerationSeconds"]?.integer ?? 300
            purgeMode = .init(policy: json)
            gracePeriodSeconds = json["gracePeriodSeconds"]?.integer.map { Int32(clamping: $0) }
            statePreservation = StatePreservationRule.list(in: json)
        }
    }

    /// `ClusterFailoverBehavior`
    public struct ClusterFailure: Sendable {
        public var purgeMode: GracefulEvictionTask.PurgeMode
        public var statePreservation: [StatePreservationRule]

        init(_ json: JSON) {
            purgeMode = .init(policy: json)
            statePreservation = StatePreservationRule.list(in: json)
        }
    }

    /// A value of the status that is left behind, and the label that hands it to the application's new place.
    public struct StatePreservationRule: Sendable {
        public var aliasLabelName: String
        /// A JSONPath template that is read in the status.
        public var jsonPath: String

        fileprivate static func list(in behavior: JSON) -> [StatePreservationRule] {
            (behavior["statePreservation", "rules"]?.array ?? []).map {
                StatePreservationRule(
                    aliasLabelName: $0["aliasLabelName"]?.string ?? "", jsonPath: $0["jsonPath"]?.string ?? "")
            }
        }
    }
}

extension GracefulEvictionTask.PurgeMode {
    fileprivate init(policy: JSON) { self = policy["purgeMode"]?.string.flatMap(Self.init) ?? .gracefully }
}
