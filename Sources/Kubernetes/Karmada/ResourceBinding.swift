/// Which clusters a resource goes to (`work.karmada.io/v1alpha2`, `ResourceBinding` and `ClusterResourceBinding`).
public struct ResourceBinding: Sendable {
    public static let resource = GroupVersionResource(group: "work.karmada.io", version: "v1alpha2", resource: "resourcebindings")
    public static let clusterResource = GroupVersionResource(
        group: "work.karmada.io", version: "v1alpha2", resource: "clusterresourcebindings")

    /// The namespace is empty for a `ClusterResourceBinding`.
    public var key: ObjectKey
    public var uid: String
    public var generation: Int64
    public var labels: [String: String]
    public var annotations: [String: String]
    public var isBeingDeleted: Bool
    public var spec: Spec
    public var status: Status

    public init(_ object: Object) {
        key = object.key
        uid = object.uid
        generation = object.generation
        labels = object.labels
        annotations = object.annotations
        isBeingDeleted = object.isBeingDeleted
        spec = Spec(object.spec)
        status = Status(object.status)
    }
}

// MARK: - Spec

extension ResourceBinding {
    public struct Spec: Sendable {
        public var resource: ObjectReference
        public var propagateDeps: Bool
        public var replicaRequirements: ReplicaRequirements?
        public var replicas: Int32
        public var components: [Component]
        public var clusters: [TargetCluster]
        public var placement: Placement?
        public var gracefulEvictionTasks: [GracefulEvictionTask]
        /// Bindings that need this one's resource wherever they themselves are.
        public var requiredBy: [BindingSnapshot]
        /// The profile that schedules it; empty for the default one.
        public var schedulerName: String
        public var failover: FailoverBehavior?
        /// `Overwrite` or `Abort`.
        public var conflictResolution: String
        public var rescheduleTriggeredAt: Timestamp?
        public var suspension: Suspension?
        public var preserveResourcesOnDeletion: Bool
        /// Higher goes first.
        public var schedulePriority: Int32
        public var workloadAffinityGroups: WorkloadAffinityGroups?

        public init(_ json: JSON) {
            resource = ObjectReference(json["resource"] ?? .null)
            propagateDeps = json["propagateDeps"]?.bool ?? false
            replicaRequirements = json["replicaRequirements"].flatMap { $0.isNull ? nil : ReplicaRequirements($0) }
            replicas = Int32(clamping: json["replicas"]?.integer ?? 0)
            components = (json["components"]?.array ?? []).map(Component.init)
            clusters = (json["clusters"]?.array ?? []).map(TargetCluster.init)
            placement = json["placement"].flatMap { $0.isNull ? nil : Placement($0) }
            gracefulEvictionTasks = (json["gracefulEvictionTasks"]?.array ?? []).map(GracefulEvictionTask.init)
            requiredBy = (json["requiredBy"]?.array ?? []).map(BindingSnapshot.init)
            schedulerName = json["schedulerName"]?.string ?? ""
            failover = json["failover"].flatMap { $0.isNull ? nil : FailoverBehavior($0) }
            conflictResolution = json["conflictResolution"]?.string ?? ""
            rescheduleTriggeredAt = json["rescheduleTriggeredAt"]?.string.flatMap { Timestamp($0) }
            suspension = json["suspension"].flatMap { $0.isNull ? nil : Suspension($0) }
            preserveResourcesOnDeletion = json["preserveResourcesOnDeletion"]?.bool ?? false
            schedulePriority = Int32(clamping: json["schedulePriority", "priority"]?.integer ?? 0)
            workloadAffinityGroups = json["workloadAffinityGroups"].flatMap { $0.isNull ? nil : WorkloadAffinityGroups($0) }
        }

        /// Whether the resource runs pods, so far as its interpreter can say.
        public var isWorkload: Bool { replicas > 0 || replicaRequirements != nil || !components.isEmpty }

        public func targets(_ cluster: String) -> Bool { clusters.contains { $0.name == cluster } }

        /// Whether the workload is on its way out of the cluster.
        public func isLeaving(_ cluster: String) -> Bool { gracefulEvictionTasks.contains { $0.fromCluster == cluster } }
    }

    /// The propagated resource.
    public struct ObjectReference: Hashable, Sendable {
        public var apiVersion: String
        public var kind: String
        public var namespace: String
        public var name: String
        public var uid: String
        public var resourceVersion: String

        public init(_ json: JSON) {
            apiVersion = json["apiVersion"]?.string ?? ""
            kind = json["kind"]?.string ?? ""
            namespace = json["namespace"]?.string ?? ""
            name = json["name"]?.string ?? ""
            uid = json["uid"]?.string ?? ""
            resourceVersion = json["resourceVersion"]?.string ?? ""
        }

        public var groupVersionKind: GroupVersionKind { GroupVersionKind(apiVersion: apiVersion, kind: kind) }
        public var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
    }

    /// Another binding, and where it was scheduled to.
    public struct BindingSnapshot: Hashable, Sendable {
        public var key: ObjectKey
        public var clusters: [TargetCluster]

        public init(_ json: JSON) {
            key = ObjectKey(namespace: json["namespace"]?.string ?? "", name: json["name"]?.string ?? "")
            clusters = (json["clusters"]?.array ?? []).map(TargetCluster.init)
        }
    }

    public struct Suspension: Hashable, Sendable {
        public var scheduling: Bool
        public var dispatching: Bool
        public var dispatchingOnClusters: [String]

        public init(_ json: JSON) {
            scheduling = json["scheduling"]?.bool ?? false
            dispatching = json["dispatching"]?.bool ?? false
            dispatchingOnClusters = json["dispatchingOnClusters", "clusterNames"]?.strings ?? []
        }
    }

    /// The values of the labels that `WorkloadAffinity` names.
    public struct WorkloadAffinityGroups: Hashable, Sendable {
        public var affinityGroup: String
        public var antiAffinityGroup: String

        public init(_ json: JSON) {
            affinityGroup = json["affinityGroup"]?.string ?? ""
            antiAffinityGroup = json["antiAffinityGroup"]?.string ?? ""
        }
    }
}

/// A cluster and what it gets (`work.karmada.io/v1alpha2`, `TargetCluster`).
public struct TargetCluster: Hashable, Sendable {
    public var name: String
    /// 0 for what has no replicas.
    public var replicas: Int32
    /// Of a workload of several components that is placed as a whole; empty for all others.
    public var components: [TargetComponent]

    public init(name: String, replicas: Int32 = 0, components: [TargetComponent] = []) {
        self.name = name
        self.replicas = replicas
        self.components = components
    }

    public init(_ json: JSON) {
        self.init(
            name: json["name"]?.string ?? "", replicas: Int32(clamping: json["replicas"]?.integer ?? 0),
            components: (json["components"]?.array ?? []).map(TargetComponent.init))
    }

    public var json: JSON {
        var json: JSON = ["name": .string(name)]
        if replicas != 0 { json["replicas"] = JSON(replicas) }
        if !components.isEmpty { json["components"] = .array(components.map(\.json)) }
        return json
    }
}

/// What a cluster gets of one component (`work.karmada.io/v1alpha2`, `TargetComponent`).
public struct TargetComponent: Hashable, Sendable {
    public var name: String
    public var replicas: Int32

    public init(name: String, replicas: Int32) {
        self.name = name
        self.replicas = replicas
    }

    public init(_ component: Component) { self.init(name: component.name, replicas: component.replicas) }

    init(_ json: JSON) {
        self.init(name: json["name"]?.string ?? "", replicas: Int32(clamping: json["replicas"]?.integer ?? 0))
    }

    var json: JSON { ["name": .string(name), "replicas": JSON(replicas)] }
}

// MARK: - Status

extension ResourceBinding {
    public static let scheduledCondition = "Scheduled"
    public static let fullyAppliedCondition = "FullyApplied"
    /// Flotilla's own: false where Works cannot be made of the template, by an override that does not apply, say. Not there where
    /// that never happened.
    public static let renderedCondition = "Rendered"

    public struct Status: Sendable {
        public var schedulerObservedGeneration: Int64
        /// The one of `clusterAffinities` that was scheduled to last. (The API calls the field `schedulerObservingAffinityName`.)
        public var schedulerObservedAffinityName: String
        public var lastScheduledTime: Timestamp?
        public var conditions: [Condition]
        public var aggregatedStatus: [AggregatedStatusItem]

        public init(_ json: JSON) {
            schedulerObservedGeneration = json["schedulerObservedGeneration"]?.integer ?? 0
            schedulerObservedAffinityName = json["schedulerObservingAffinityName"]?.string ?? ""
            lastScheduledTime = json["lastScheduledTime"]?.string.flatMap { Timestamp($0) }
            conditions = (json["conditions"]?.array ?? []).map(Condition.init)
            aggregatedStatus = (json["aggregatedStatus"]?.array ?? []).map(AggregatedStatusItem.init)
        }
    }
}

/// What became of the resource in one cluster.
public struct AggregatedStatusItem: Sendable, Equatable {
    public var clusterName: String
    public var status: JSON?
    public var applied: Bool
    public var appliedMessage: String
    /// `Healthy`, `Unhealthy` or `Unknown`; empty where nobody looked.
    public var health: String

    public init(clusterName: String, status: JSON? = nil, applied: Bool, appliedMessage: String = "", health: String = "") {
        self.clusterName = clusterName
        self.status = status
        self.applied = applied
        self.appliedMessage = appliedMessage
        self.health = health
    }

    public init(_ json: JSON) {
        self.init(
            clusterName: json["clusterName"]?.string ?? "", status: json["status"], applied: json["applied"]?.bool ?? false,
            appliedMessage: json["appliedMessage"]?.string ?? "", health: json["health"]?.string ?? "")
    }

    public var json: JSON {
        var json: JSON = ["clusterName": .string(clusterName)]
        if let status { json["status"] = status }
        if applied { json["applied"] = true }
        if !appliedMessage.isEmpty { json["appliedMessage"] = .string(appliedMessage) }
        if !health.isEmpty { json["health"] = .string(health) }
        return json
    }
}
