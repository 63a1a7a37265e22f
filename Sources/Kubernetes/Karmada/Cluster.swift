/// A member cluster (`cluster.karmada.io/v1alpha1`, `Cluster`).
public struct Cluster: Sendable {
    public static let resource = GroupVersionResource(group: "cluster.karmada.io", version: "v1alpha1", resource: "clusters")
    public static let kind = GroupVersionKind(group: "cluster.karmada.io", version: "v1alpha1", kind: "Cluster")

    public var name: String
    public var uid: String
    public var generation: Int64
    public var labels: [String: String]
    public var isBeingDeleted: Bool
    public var spec: Spec
    public var status: Status

    public init(_ object: Object) {
        name = object.name
        uid = object.uid
        generation = object.generation
        labels = object.labels
        isBeingDeleted = object.isBeingDeleted
        spec = Spec(object.spec)
        status = Status(object.status)
    }
}

// MARK: - Spec

extension Cluster {
    public struct Spec: Hashable, Sendable {
        public var id: String
        public var syncMode: SyncMode
        public var apiEndpoint: String
        public var secretRef: SecretReference?
        public var impersonatorSecretRef: SecretReference?
        public var insecureSkipTLSVerification: Bool
        public var proxyURL: String
        public var proxyHeader: [String: String]
        public var provider: String
        public var region: String
        /// Deprecated in the API in favour of `zones`; still what a region's zones are counted by.
        public var zone: String
        public var zones: [String]
        public var taints: [Taint]
        public var resourceModels: [ResourceModel]

        public init(_ json: JSON) {
            id = json["id"]?.string ?? ""
            syncMode = SyncMode(rawValue: json["syncMode"]?.string ?? "") ?? .push
            apiEndpoint = json["apiEndpoint"]?.string ?? ""
            secretRef = json["secretRef"].flatMap(SecretReference.init)
            impersonatorSecretRef = json["impersonatorSecretRef"].flatMap(SecretReference.init)
            insecureSkipTLSVerification = json["insecureSkipTLSVerification"]?.bool ?? false
            proxyURL = json["proxyURL"]?.string ?? ""
            proxyHeader = json["proxyHeader"]?.stringMap ?? [:]
            provider = json["provider"]?.string ?? ""
            region = json["region"]?.string ?? ""
            zone = json["zone"]?.string ?? ""
            zones = json["zones"]?.strings ?? []
            taints = (json["taints"]?.array ?? []).map(Taint.init)
            resourceModels = (json["resourceModels"]?.array ?? []).map(ResourceModel.init)
        }
    }

    public enum SyncMode: String, Sendable {
        /// The control plane talks to the cluster.
        case push = "Push"
        /// An agent beside the cluster talks to the control plane.
        case pull = "Pull"
    }

    /// A Secret of the control plane (`LocalSecretReference`). Its keys: `token`, `caBundle`.
    public struct SecretReference: Hashable, Sendable {
        public var namespace: String
        public var name: String

        public init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }

        init?(_ json: JSON) {
            guard let name = json["name"]?.string else { return nil }
            self.init(namespace: json["namespace"]?.string ?? "", name: name)
        }

        public var key: ObjectKey { ObjectKey(namespace: namespace, name: name) }
    }

    /// A grade of nodes: those whose free resources lie within all its ranges.
    public struct ResourceModel: Hashable, Sendable {
        public var grade: Int
        public var ranges: [Range]

        public struct Range: Hashable, Sendable {
            /// The resource's name: `cpu`, `memory`, …
            public var name: String
            /// Inclusive.
            public var min: Quantity
            /// Exclusive.
            public var max: Quantity
        }

        public init(_ json: JSON) {
            grade = json["grade"]?.int ?? 0
            ranges = (json["ranges"]?.array ?? []).map { range in
                Range(
                    name: range["name"]?.string ?? "", min: (try? Quantity(range["min"] ?? .null)) ?? .zero,
                    max: (try? Quantity(range["max"] ?? .null)) ?? .zero)
            }
        }
    }
}

// MARK: - Status

extension Cluster {
    /// The cluster answers and is healthy.
    public static let readyCondition = "Ready"
    /// `apiEnablements` lists all that the cluster serves.
    public static let completeAPIEnablementsCondition = "CompleteAPIEnablements"

    public struct Status: Sendable {
        public var kubernetesVersion: String
        public var apiEnablements: [APIEnablement]
        public var conditions: [Condition]
        public var nodeSummary: NodeSummary?
        public var resourceSummary: ResourceSummary?
        public var remedyActions: [String]

        public init(_ json: JSON) {
            kubernetesVersion = json["kubernetesVersion"]?.string ?? ""
            apiEnablements = (json["apiEnablements"]?.array ?? []).map(APIEnablement.init)
            conditions = (json["conditions"]?.array ?? []).map(Condition.init)
            nodeSummary = json["nodeSummary"].flatMap(NodeSummary.init)
            resourceSummary = json["resourceSummary"].flatMap(ResourceSummary.init)
            remedyActions = json["remedyActions"]?.strings ?? []
        }
    }

    /// The resources that the cluster serves in one group and version.
    public struct APIEnablement: Hashable, Sendable {
        public var groupVersion: String
        public var resources: [Resource]

        public struct Resource: Hashable, Sendable {
            public var name: String
            public var kind: String

            public init(name: String, kind: String) {
                self.name = name
                self.kind = kind
            }
        }

        public init(groupVersion: String, resources: [Resource]) {
            self.groupVersion = groupVersion
            self.resources = resources
        }

        public init(_ json: JSON) {
            groupVersion = json["groupVersion"]?.string ?? ""
            resources = (json["resources"]?.array ?? []).map {
                Resource(name: $0["name"]?.string ?? "", kind: $0["kind"]?.string ?? "")
            }
        }

        public var json: JSON {
            [
                "groupVersion": .string(groupVersion),
                "resources": .array(resources.map { ["name": .string($0.name), "kind": .string($0.kind)] }),
            ]
        }
    }

    public struct NodeSummary: Hashable, Sendable {
        public var totalNum: Int
        public var readyNum: Int

        public init(totalNum: Int, readyNum: Int) {
            self.totalNum = totalNum
            self.readyNum = readyNum
        }

        init?(_ json: JSON) {
            guard json.object != nil else { return nil }
            self.init(totalNum: json["totalNum"]?.int ?? 0, readyNum: json["readyNum"]?.int ?? 0)
        }
    }

    /// What the cluster's nodes have in all, and how much of it is taken.
    public struct ResourceSummary: Sendable {
        public var allocatable: ResourceList
        /// Asked for by pods that are not yet on a node.
        public var allocating: ResourceList
        /// Asked for by pods that are on a node.
        public var allocated: ResourceList
        /// How many nodes there are of each grade of `spec.resourceModels`.
        public var allocatableModelings: [Modeling]

        public struct Modeling: Hashable, Sendable {
            public var grade: Int
            public var count: Int
        }

        init?(_ json: JSON) {
            guard json.object != nil else { return nil }
            allocatable = ResourceList(json["allocatable"] ?? .null)
            allocating = ResourceList(json["allocating"] ?? .null)
            allocated = ResourceList(json["allocated"] ?? .null)
            allocatableModelings = (json["allocatableModelings"]?.array ?? []).map {
                Modeling(grade: $0["grade"]?.int ?? 0, count: $0["count"]?.int ?? 0)
            }
        }
    }

    /// Whether the cluster serves a kind.
    public enum Enablement: Sendable {
        case enabled, disabled
        /// It is not listed, but the list is not complete either.
        case unknown
    }

    public func enablement(of kind: GroupVersionKind) -> Enablement {
        for enablement in status.apiEnablements where enablement.groupVersion == kind.apiVersion {
            if enablement.resources.contains(where: { $0.kind == kind.kind }) { return .enabled }
        }
        return status.conditions.isTrue(Cluster.completeAPIEnablementsCondition) ? .disabled : .unknown
    }

    public var isReady: Bool { status.conditions.isTrue(Cluster.readyCondition) }
}
