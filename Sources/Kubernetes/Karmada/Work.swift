/// Manifests for one cluster, and what became of them there (`work.karmada.io/v1alpha1`, `Work`).
public struct Work: Sendable {
    public static let resource = GroupVersionResource(group: "work.karmada.io", version: "v1alpha1", resource: "works")
    public static let kind = GroupVersionKind(group: "work.karmada.io", version: "v1alpha1", kind: "Work")

    /// Works of a cluster are in the namespace of this prefix and the cluster's name.
    public static let namespacePrefix = "karmada-es-"

    public static func namespace(of cluster: String) -> String { namespacePrefix + cluster }

    /// The cluster whose Works a namespace holds; nil for any other namespace.
    public static func cluster(of namespace: String) -> String? {
        namespace.hasPrefix(namespacePrefix) ? String(namespace.dropFirst(namespacePrefix.count)) : nil
    }

    public var key: ObjectKey
    public var uid: String
    public var generation: Int64
    public var labels: [String: String]
    public var isBeingDeleted: Bool
    public var spec: Spec
    public var status: Status

    public init(_ object: Object) {
        key = object.key
        uid = object.uid
        generation = object.generation
        labels = object.labels
        isBeingDeleted = object.isBeingDeleted
        spec = Spec(object.spec)
        status = Status(object.status)
    }

    public struct Spec: Sendable {
        public var manifests: [Object]
        public var suspendDispatching: Bool
        public var preserveResourcesOnDeletion: Bool

        public init(_ json: JSON) {
            manifests = (json["workload", "manifests"]?.array ?? []).map(Object.init)
            suspendDispatching = json["suspendDispatching"]?.bool ?? false
            preserveResourcesOnDeletion = json["preserveResourcesOnDeletion"]?.bool ?? false
        }
    }

    /// The manifests are in the cluster.
    public static let appliedCondition = "Applied"
    /// The manifests are on their way to the cluster, and not held back.
    public static let dispatchingCondition = "Dispatching"

    public struct Status: Sendable {
        public var conditions: [Condition]
        public var manifestStatuses: [ManifestStatus]

        public init(_ json: JSON) {
            conditions = (json["conditions"]?.array ?? []).map(Condition.init)
            manifestStatuses = (json["manifestStatuses"]?.array ?? []).map(ManifestStatus.init)
        }
    }

    public struct ManifestStatus: Sendable, Equatable {
        public var identifier: ManifestIdentifier
        /// What the interpreter made of the object's status; nil where it has none.
        public var status: JSON?
        /// `Healthy`, `Unhealthy` or `Unknown`.
        public var health: String

        public init(identifier: ManifestIdentifier, status: JSON?, health: String) {
            self.identifier = identifier
            self.status = status
            self.health = health
        }

        public init(_ json: JSON) {
            identifier = ManifestIdentifier(json["identifier"] ?? .null)
            status = json["status"].flatMap { $0.isNull ? nil : $0 }
            health = json["health"]?.string ?? ""
        }

        public var json: JSON {
            var json: JSON = ["identifier": identifier.json]
            if let status { json["status"] = status }
            if !health.isEmpty { json["health"] = .string(health) }
            return json
        }
    }

    /// Which of the manifests is meant (`ResourceIdentifier`).
    public struct ManifestIdentifier: Hashable, Sendable {
        /// The manifest's index, from 0.
        public var ordinal: Int
        public var kind: GroupVersionKind
        public var key: ObjectKey

        public init(ordinal: Int, _ manifest: Object) {
            self.ordinal = ordinal
            kind = manifest.groupVersionKind
            key = manifest.key
        }

        public init(_ json: JSON) {
            ordinal = json["ordinal"]?.int ?? 0
            kind = GroupVersionKind(
                group: json["group"]?.string ?? "", version: json["version"]?.string ?? "", kind: json["kind"]?.string ?? "")
            key = ObjectKey(namespace: json["namespace"]?.string ?? "", name: json["name"]?.string ?? "")
        }

        public var json: JSON {
            var json: JSON = [
                "ordinal": JSON(ordinal), "version": .string(kind.version), "kind": .string(kind.kind), "resource": "",
                "name": .string(key.name),
            ]
            if !kind.group.isEmpty { json["group"] = .string(kind.group) }
            if !key.namespace.isEmpty { json["namespace"] = .string(key.namespace) }
            return json
        }
    }
}
