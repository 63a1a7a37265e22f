import Client
import Kubernetes

/// A Service that some clusters provide and others consume (`networking.karmada.io/v1alpha1`, `MultiClusterService`).
struct MultiClusterService: Sendable {
    static let resource = GroupVersionResource(
        group: "networking.karmada.io", version: "v1alpha1", resource: "multiclusterservices")
    static let kind = GroupVersionKind(group: "networking.karmada.io", version: "v1alpha1", kind: "MultiClusterService")

    static let permanentIDLabel = "multiclusterservice.karmada.io/permanent-id"
    /// On the Service that it governs, and on the Service's binding: its name as an annotation there.
    static let nameAnnotation = "multiclusterservice.karmada.io/name"
    static let namespaceAnnotation = "multiclusterservice.karmada.io/namespace"
    /// On a binding: the kind that it is governed by instead of a policy.
    static let bindingManagedByLabel = "binding.karmada.io/managed-by"
    static let finalizer = "karmada.io/multiclusterservice-controller"

    /// The Service is on its way to the clusters.
    static let appliedCondition = "ServiceApplied"
    /// The endpoints are on their way to the consumers.
    static let dispatchedCondition = "EndpointSliceDispatched"

    /// The Service's, too.
    var key: ObjectKey
    var uid: String
    var permanentID: String
    var isBeingDeleted: Bool
    /// Whether the clusters call each other. (`LoadBalancer`, which is not for that, is left to cloud providers' controllers.)
    var isCrossCluster: Bool
    /// By name; empty for all.
    private var providers: [String]
    private var consumers: [String]

    init(_ object: Object) {
        key = object.key
        uid = object.uid
        permanentID = object.labels[Self.permanentIDLabel] ?? ""
        isBeingDeleted = object.isBeingDeleted
        isCrossCluster = object.spec["types"]?.strings.contains("CrossCluster") ?? false
        providers = (object.spec["providerClusters"]?.array ?? []).compactMap { $0["name"]?.string }
        consumers = (object.spec["consumerClusters"]?.array ?? []).compactMap { $0["name"]?.string }
    }

    /// The names that it is filed under: those of its clusters, and `everywhere` where it means all.
    var clusterIndex: [String] {
        Array(Set(providers + consumers + (providers.isEmpty || consumers.isEmpty ? [Self.everywhere] : [])))
    }
    static let everywhere = "*"

    /// In the order of their names. Not all of them need be there.
    func providers(in plane: ControlPlane) -> [String] { Self.clusters(providers, in: plane) }
    func consumers(in plane: ControlPlane) -> [String] { Self.clusters(consumers, in: plane) }

    private static func clusters(_ names: [String], in plane: ControlPlane) -> [String] {
        names.isEmpty ? plane.clusterCache.list().map(\.name) : Set(names).sorted()
    }

    var reference: ObjectReference { ObjectReference(kind: Self.kind, key: key, uid: uid) }
}

extension ControlPlane {
    /// Those that provide, or may provide, to or from the cluster.
    func multiClusterServices(concerning cluster: String) -> [EncodedObject] {
        [cluster, MultiClusterService.everywhere].flatMap { multiClusterServices.objects(index: Index.cluster, value: $0) }
    }

    /// Says how it stands, unless the object says so already.
    /// - Returns: whether that is news.
    @discardableResult
    func report(_ condition: Condition, on service: MultiClusterService) async throws -> Bool {
        let known = multiClusterServices.get(service.key)?.decoded().status["conditions"]?.array ?? []
        let current = known.map(Condition.init)[condition.type]
        guard current?.status != condition.status || current?.message != condition.message else { return false }
        try await client.modifyIfPresent(MultiClusterService.resource, service.key, subresource: "status") { object in
            object.setCondition(condition)
            return true
        }
        return true
    }
}

extension EncodedObject {
    /// Whether a MultiClusterService is as it was but for its status.
    func isSameService(as old: EncodedObject) -> Bool {
        let (new, before) = (decoded(), old.decoded())
        return uid == old.uid && labels == old.labels && new.spec == before.spec && new.isBeingDeleted == before.isBeingDeleted
    }
}
