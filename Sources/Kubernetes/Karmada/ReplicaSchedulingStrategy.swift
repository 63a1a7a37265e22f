/// How replicas are given to clusters (`policy.karmada.io/v1alpha1`, `ReplicaSchedulingStrategy`).
public struct ReplicaSchedulingStrategy: Sendable {
    /// `Duplicated` or `Divided`.
    public var replicaSchedulingType: String
    /// `Aggregated` or `Weighted`; empty where nothing is divided.
    public var replicaDivisionPreference: String
    public var weightPreference: ClusterPreferences?

    public init(_ json: JSON) {
        replicaSchedulingType = json["replicaSchedulingType"]?.string ?? ""
        replicaDivisionPreference = json["replicaDivisionPreference"]?.string ?? ""
        weightPreference = json["weightPreference"].flatMap { $0.isNull ? nil : ClusterPreferences($0) }
    }
}

/// The weights of clusters (`ClusterPreferences`).
public struct ClusterPreferences: Sendable {
    public var staticWeightList: [StaticClusterWeight]
    /// `AvailableReplicas`, or empty for static weights.
    public var dynamicWeight: String

    public init(_ json: JSON) {
        staticWeightList = (json["staticWeightList"]?.array ?? []).map(StaticClusterWeight.init)
        dynamicWeight = json["dynamicWeight"]?.string ?? ""
    }
}

/// The weight of all clusters that an affinity matches.
public struct StaticClusterWeight: Sendable {
    public var targetCluster: ClusterAffinity
    public var weight: Int64

    public init(_ json: JSON) {
        targetCluster = ClusterAffinity(json["targetCluster"] ?? .null)
        weight = json["weight"]?.integer ?? 0
    }
}
