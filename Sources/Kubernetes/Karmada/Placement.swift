/// Where a workload may run and how it is spread (`policy.karmada.io/v1alpha1`, `Placement`).
public struct Placement: Sendable {
    /// What it was read from.
    public let json: JSON
    public var clusterAffinity: ClusterAffinity?
    /// Groups of clusters in order of preference; `clusterAffinity`, where it is given, goes before them.
    public var clusterAffinities: [ClusterAffinityTerm]
    public var clusterTolerations: [Toleration]
    public var spreadConstraints: [SpreadConstraint]
    public var replicaScheduling: ReplicaSchedulingStrategy?
    public var workloadAffinity: WorkloadAffinity?

    public init(_ json: JSON) {
        self.json = json
        clusterAffinity = json["clusterAffinity"].flatMap { $0.isNull ? nil : ClusterAffinity($0) }
        clusterAffinities = (json["clusterAffinities"]?.array ?? []).map(ClusterAffinityTerm.init)
        clusterTolerations = (json["clusterTolerations"]?.array ?? []).map(Toleration.init)
        spreadConstraints = (json["spreadConstraints"]?.array ?? []).map(SpreadConstraint.init)
        replicaScheduling = json["replicaScheduling"].flatMap { $0.isNull ? nil : ReplicaSchedulingStrategy($0) }
        workloadAffinity = json["workloadAffinity"].flatMap { $0.isNull ? nil : WorkloadAffinity($0) }
    }
}

/// A named group of clusters (`ClusterAffinityTerm`).
public struct ClusterAffinityTerm: Sendable {
    public var affinityName: String
    public var affinity: ClusterAffinity
    /// Where replicas go, in this order, that the group itself has no room for.
    public var overflowAffinities: [OverflowAffinity]

    public struct OverflowAffinity: Sendable {
        public var affinityName: String
        public var affinity: ClusterAffinity
    }

    public init(_ json: JSON) {
        affinityName = json["affinityName"]?.string ?? ""
        affinity = ClusterAffinity(json)
        overflowAffinities = (json["overflowAffinities"]?.array ?? []).map {
            OverflowAffinity(affinityName: $0["affinityName"]?.string ?? "", affinity: ClusterAffinity($0))
        }
    }
}

/// Which label's value makes workloads stay together, or apart (`WorkloadAffinity`).
public struct WorkloadAffinity: Hashable, Sendable {
    /// Workloads of one value run on the same clusters.
    public var affinityLabelKey: String?
    /// Workloads of one value run on different clusters.
    public var antiAffinityLabelKey: String?

    public init(_ json: JSON) {
        affinityLabelKey = json["affinity", "groupByLabelKey"]?.string
        antiAffinityLabelKey = json["antiAffinity", "groupByLabelKey"]?.string
    }

    /// A binding's `spec.workloadAffinityGroups`: which workloads its template's labels put it together with, and apart from;
    /// nil where there are none.
    public func groups(of labels: [String: String]) -> JSON? {
        var groups: JSON = [:]
        for (group, key) in [("affinityGroup", affinityLabelKey), ("antiAffinityGroup", antiAffinityLabelKey)] {
            if let key, let value = labels[key] { groups[group] = .string("\(key)=\(value)") }
        }
        return groups.object?.isEmpty ?? true ? nil : groups
    }
}
