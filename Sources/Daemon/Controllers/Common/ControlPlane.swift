import Client
import Interpreter
import Kubernetes
import Logging

/// The control plane's objects as controllers see them: one client, and caches that all controllers share.
struct ControlPlane: Sendable {
    /// Names of the indexes.
    enum Index {
        /// Works by the permanent id of the binding they were rendered from; bindings by their own.
        static let bindingID = "bindingID"
        /// Bindings and templates by the permanent id of the policy that claimed them.
        static let policyID = "policyID"
        /// Bindings by each cluster that they are scheduled to; MultiClusterServices by each that they name.
        static let cluster = "cluster"
        static let namespace = "namespace"
        /// Templates by the Service that they belong to, as their label says.
        static let serviceName = "serviceName"
        /// Works by the Service whose EndpointSlices they report, and the namespace that they are in.
        static let service = "service"
        /// Works by the MultiClusterService that they belong to.
        static let multiClusterService = "multiClusterService"
        /// Works that take an EndpointSlice to a consumer by the Work that it was collected in.
        static let dispatchedFrom = "dispatchedFrom"
        /// Attached bindings by the permanent id of each binding that needs them.
        static let dependedBy = "dependedBy"
        /// Attached bindings by each cluster where a binding that needs them is.
        static let requiredOn = "requiredOn"
        /// Works by the FederatedResourceQuota that they were made for (`ObjectKey.description`).
        static let quota = "quota"
    }

    /// The only cluster that is seen, with its Works: what an agent may read. Nil in the control plane itself, which sees all.
    let scope: String?
    let client: any ObjectClient
    let mapper: ResourceMapper
    let events: EventRecorder
    let logger: Logger

    let clusters: Informer
    let clusterCache: ClusterCache
    let namespaces: Informer
    let propagationPolicies: Informer
    let clusterPropagationPolicies: Informer
    let overridePolicies: Informer
    let clusterOverridePolicies: Informer
    let clusterTaintPolicies: Informer
    let federatedResourceQuotas: Informer
    let resourceBindings: Informer
    let clusterResourceBindings: Informer
    let multiClusterServices: Informer
    let works: Informer
    private let customizations: Informer
    private let interpreterWebhooks: Informer
    /// With the rules that users defined in this control plane.
    let interpreter: Interpreter

    init(client: any ObjectClient, scopedTo scope: String? = nil, logger: Logger) {
        self.scope = scope
        self.client = client
        self.logger = logger
        mapper = ResourceMapper(client: client)
        events = EventRecorder(client: client, logger: logger)
        func informer(
            _ resource: GroupVersionResource, _ indexes: [String: Informer.IndexFunction] = [:],
            _ options: ListOptions = ListOptions()
        ) -> Informer {
            Informer(resource, client: client, options: options, indexes: indexes, logger: logger)
        }
        let bindingIndexes: [String: Informer.IndexFunction] = [
            Index.bindingID: { $0.bindingIDs }, Index.policyID: { $0.policyIDs }, Index.cluster: { $0.targetClusters },
            Index.namespace: { [$0.key.namespace] },
        ]
        clusters = informer(Cluster.resource, [:], ListOptions(fieldSelector: scope.map { "metadata.name=\($0)" } ?? ""))
        clusterCache = ClusterCache(clusters)
        namespaces = informer(Resource.namespaces)
        propagationPolicies = informer(PropagationPolicy.resource)
        clusterPropagationPolicies = informer(PropagationPolicy.clusterResource)
        overridePolicies = informer(Resource.overridePolicies)
        clusterOverridePolicies = informer(Resource.clusterOverridePolicies)
        clusterTaintPolicies = informer(Resource.clusterTaintPolicies)
        federatedResourceQuotas = informer(
            Resource.federatedResourceQuotas, [Index.namespace: { [$0.key.namespace] }])
        let attachmentIndexes: [String: Informer.IndexFunction] = [
            Index.dependedBy: { $0.dependentIDs }, Index.requiredOn: { $0.requiringClusters },
        ]
        resourceBindings = informer(ResourceBinding.resource, bindingIndexes.merging(attachmentIndexes) { first, _ in first })
        clusterResourceBindings = informer(ResourceBinding.clusterResource, bindingIndexes)
        multiClusterServices = informer(
            MultiClusterService.resource, [Index.cluster: { MultiClusterService($0.decoded()).clusterIndex }])
        works = informer(
            Work.resource,
            [
                Index.bindingID: { $0.bindingIDs }, Index.namespace: { [$0.key.namespace] },
                Index.service: { work in work.collectedService.map { ["\(work.key.namespace)/\($0)"] } ?? [] },
                Index.multiClusterService: { work in work.multiClusterService.map { ["\($0)"] } ?? [] },
                Index.dispatchedFrom: { work in work.dispatchedFrom.map { ["\($0)"] } ?? [] },
                Index.quota: { $0.quota.map { [$0.description] } ?? [] },
            ],
            ListOptions(namespace: scope.map(Work.namespace)))
        customizations = informer(Customization.resource)
        interpreterWebhooks = informer(InterpreterWebhook.resource)
        interpreter = Interpreter(custom: [
            LiveCustomizations(customizations), LiveWebhooks(interpreterWebhooks, client: client, logger: logger),
        ])
    }

    private var informers: [Informer] {
        if scope != nil { return [clusters, works, customizations, interpreterWebhooks] }
        return [
            clusters, namespaces, propagationPolicies, clusterPropagationPolicies, overridePolicies, clusterOverridePolicies,
            clusterTaintPolicies, federatedResourceQuotas, resourceBindings, clusterResourceBindings, multiClusterServices,
            works, customizations, interpreterWebhooks,
        ]
    }

    /// Keeps the caches current until the task is cancelled. `onSynced` is called when all of them have their first list.
    func run(onSynced: @escaping @Sendable () async -> Void) async {
        await withDiscardingTaskGroup { group in
            for informer in informers { group.addTask { await informer.run() } }
            group.addTask { await events.run() }
            group.addTask {
                for informer in informers { await informer.waitUntilSynced() }
                if !Task.isCancelled { await onSynced() }
            }
        }
    }

    // MARK: Reading

    func cluster(_ name: String) -> Cluster? { clusterCache.get(name) }

    /// Whether this process works in the cluster: the control plane in those that it pushes to, an agent in its own.
    func isServed(_ cluster: Cluster) -> Bool {
        scope.map { $0 == cluster.name } ?? (cluster.spec.syncMode == .push)
    }

    /// The cache and the resource of a binding: a `ClusterResourceBinding` has no namespace.
    func bindings(_ key: ObjectKey) -> Informer { key.namespace.isEmpty ? clusterResourceBindings : resourceBindings }

    func binding(_ key: ObjectKey) -> EncodedObject? { bindings(key).get(key) }

    func bindings(targeting cluster: String) -> [EncodedObject] {
        [resourceBindings, clusterResourceBindings].flatMap { $0.objects(index: Index.cluster, value: cluster) }
    }

    /// The bindings that a cluster has something of because another binding there needs it.
    func bindings(requiredOn cluster: String) -> [EncodedObject] {
        resourceBindings.objects(index: Index.requiredOn, value: cluster)
    }

    /// The attached bindings that the binding of this permanent id needs.
    func bindings(dependedBy id: String) -> [EncodedObject] { resourceBindings.objects(index: Index.dependedBy, value: id) }

    func works(ofQuota key: ObjectKey) -> [EncodedObject] { works.objects(index: Index.quota, value: key.description) }

    /// The binding that has this permanent id.
    func binding(id: String) -> ObjectKey? {
        for bindings in [resourceBindings, clusterResourceBindings] {
            if let binding = bindings.objects(index: Index.bindingID, value: id).first { return binding.key }
        }
        return nil
    }

    func works(ofBinding id: String) -> [EncodedObject] {
        id.isEmpty ? [] : works.objects(index: Index.bindingID, value: id)
    }

    func works(ofCluster name: String) -> [EncodedObject] {
        works.objects(index: Index.namespace, value: Work.namespace(of: name))
    }

    /// The EndpointSlices of a Service that a cluster has reported.
    func works(ofService service: ObjectKey, in cluster: String) -> [EncodedObject] {
        works.objects(index: Index.service, value: "\(Work.namespace(of: cluster))/\(service)")
    }

    /// The Works of a MultiClusterService: what asks its providers for endpoints, what was collected and what goes to consumers.
    func works(ofMultiClusterService key: ObjectKey) -> [EncodedObject] {
        works.objects(index: Index.multiClusterService, value: key.description)
    }

    /// The Works that take to consumers what was collected in that one.
    func works(dispatchedFrom source: ObjectKey) -> [EncodedObject] {
        works.objects(index: Index.dispatchedFrom, value: source.description)
    }

    /// Calls `handler` with the key of every binding that is there, and of each that comes, changes or goes.
    func onBindingChange(_ handler: @escaping @Sendable (Informer.Change) -> Void) {
        resourceBindings.onChange(handler)
        clusterResourceBindings.onChange(handler)
    }
}

extension ResourceBinding {
    /// What tells its Works apart from those of a later binding of the same name.
    var permanentID: String { labels[Label.bindingID] ?? labels[Label.clusterBindingID] ?? "" }

    /// The resource that the binding itself is an object of.
    var collection: GroupVersionResource {
        key.namespace.isEmpty ? ResourceBinding.clusterResource : ResourceBinding.resource
    }

    /// The clusters in which its Works belong: scheduled, needed by a dependent, or not yet evicted from.
    var existingClusters: Set<String> {
        var names = Set(spec.clusters.map(\.name))
        for snapshot in spec.requiredBy { names.formUnion(snapshot.clusters.map(\.name)) }
        for task in spec.gracefulEvictionTasks where task.purgeMode != .directly { names.insert(task.fromCluster) }
        return names
    }
}

extension EncodedObject {
    fileprivate var bindingIDs: [String] { [labels[Label.bindingID], labels[Label.clusterBindingID]].compactMap { $0 } }

    var policyIDs: [String] {
        [labels[Label.propagationPolicyID], labels[Label.clusterPropagationPolicyID]].compactMap { $0 }
    }

    fileprivate var dependentIDs: [String] { labels.filter { $0.key.hasPrefix(Label.dependedByPrefix) }.map(\.value) }

    fileprivate var requiringClusters: [String] {
        guard mentions("requiredBy") else { return [] }
        let snapshots = (decoded(only: ["spec": ["requiredBy": .all]]).spec["requiredBy"]?.array ?? []).map(ResourceBinding.BindingSnapshot.init)
        return snapshots.flatMap(\.clusters).map(\.name)
    }

    /// The FederatedResourceQuota that a Work was made for.
    var quota: ObjectKey? {
        guard let namespace = labels[Label.quotaNamespace], let name = labels[Label.quotaName] else { return nil }
        return ObjectKey(namespace: namespace, name: name)
    }

    fileprivate var targetClusters: [String] {
        (decoded(only: ["spec": ["clusters": ["name": .all]]]).spec["clusters"]?.array ?? []).compactMap { $0["name"]?.string }
    }
}
