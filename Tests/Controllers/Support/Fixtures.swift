import Client
import Interpreter
import Kubernetes
import Logging
import Synchronization
import Testing

@testable import Controllers

extension GroupVersionResource {
    static let resourceQuotas = GroupVersionResource(group: "", version: "v1", resource: "resourcequotas")
    static let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
    static let configMaps = GroupVersionResource(group: "", version: "v1", resource: "configmaps")
}

extension [APIResource] {
    private static let verbs = ["create", "delete", "get", "list", "patch", "update", "watch"]

    private static func resource(_ resource: GroupVersionResource, _ kind: String, namespaced: Bool = true) -> APIResource {
        APIResource(
            resource: resource,
            kind: GroupVersionKind(group: resource.group, version: resource.version, kind: kind), isNamespaced: namespaced,
            verbs: verbs)
    }

    static let native: [APIResource] = [
        resource(.deployments, "Deployment"), resource(.configMaps, "ConfigMap"), resource(Resource.secrets, "Secret"),
        resource(Resource.namespaces, "Namespace", namespaced: false), resource(Resource.nodes, "Node", namespaced: false),
        resource(Resource.pods, "Pod"), resource(.resourceQuotas, "ResourceQuota"), resource(ServiceDiscovery.services, "Service"),
        resource(ServiceDiscovery.endpointSlices, "EndpointSlice"), resource(ServiceDiscovery.serviceExports, "ServiceExport"),
        resource(ServiceDiscovery.serviceImports, "ServiceImport"),
        resource(Resource.clusterRoles, "ClusterRole", namespaced: false),
        resource(Resource.clusterRoleBindings, "ClusterRoleBinding", namespaced: false),
    ]

    static let controlPlane: [APIResource] =
        native + [
            resource(EventRecorder.resource, "Event"), resource(Resource.leases, "Lease"), resource(Cluster.resource, "Cluster", namespaced: false),
            resource(PropagationPolicy.resource, "PropagationPolicy"),
            resource(MultiClusterService.resource, "MultiClusterService"), resource(Work.resource, "Work"),
            resource(ResourceBinding.resource, "ResourceBinding"),
            resource(ResourceBinding.clusterResource, "ClusterResourceBinding", namespaced: false),
        ]
}

/// Members that are dictionaries, too.
final class MemoryMembers: MemberClients {
    private let clusters: [String: MemoryCluster]
    private let healths = Mutex<[String: MemberHealth]>([:])

    init(_ names: [String]) {
        clusters = Dictionary(uniqueKeysWithValues: names.map { ($0, MemoryCluster(.native)) })
    }

    subscript(name: String) -> MemoryCluster {
        get throws { try #require(clusters[name]) }
    }

    func client(for cluster: Cluster) async throws -> any ObjectClient {
        guard let client = clusters[cluster.name] else { throw ClusterAccessError("no such member: \(cluster.name)") }
        return client
    }

    func health(of cluster: Cluster) async throws -> MemberHealth { healths.withLock { $0[cluster.name] ?? .healthy } }

    func forget(_ cluster: String) {}

    /// The member's process ends.
    func stop(_ name: String) throws {
        healths.withLock { $0[name] = .unreachable }
        try self[name].setDown(true)
    }

    func start(_ name: String) throws {
        try self[name].setDown(false)
        healths.withLock { $0[name] = .healthy }
    }
}

/// Waits until `condition` holds.
func eventually(
    _ what: Comment, within timeout: Duration = .seconds(20), sourceLocation: SourceLocation = #_sourceLocation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + timeout
    while try await !condition() {
        if .now > deadline {
            Issue.record(what, sourceLocation: sourceLocation)
            throw CancellationError()
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A control plane with members, its controllers running, and a scheduler as simple as can be.
struct TestPlane {
    let plane = MemoryCluster(.controlPlane)
    let members: MemoryMembers
    let names: [String]

    init(members names: [String] = ["member1", "member2", "member3"]) {
        self.names = names
        members = MemoryMembers(names)
    }

    static var configuration: ControllerConfiguration {
        var configuration = ControllerConfiguration()
        configuration.clusterStatusUpdateFrequency = .milliseconds(20)
        configuration.clusterFailureThreshold = .milliseconds(60)
        configuration.clusterSuccessThreshold = .milliseconds(20)
        configuration.enableNoExecuteTaintEviction = true
        configuration.resourceEvictionRate = 100
        return configuration
    }

    /// Runs `test` beside the controllers.
    func run(
        _ configuration: ControllerConfiguration = configuration, _ test: @escaping @Sendable () async throws -> Void
    ) async throws {
        for cluster in [plane] + (try names.map { try members[$0] }) {
            _ = try await cluster.create(Object(apiVersion: "v1", kind: "Namespace", name: "default"), in: Resource.namespaces)
        }
        for name in names { try await join(name) }
        try await resume(configuration, test)
    }

    /// Runs `test` beside new controllers, on what there is already.
    func resume(
        _ configuration: ControllerConfiguration = configuration, _ test: @escaping @Sendable () async throws -> Void
    ) async throws {
        let manager = try ControllerManager(
            client: plane, members: members, configuration: configuration,
            logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await manager.run() }
            group.addTask { await TestScheduler(plane: plane).run() }
            group.addTask { try await test() }
            // The test is the first to end.
            try await group.next()
            group.cancelAll()
        }
    }

    func join(_ name: String) async throws {
        let node: JSON = [
            "apiVersion": "v1", "kind": "Node", "metadata": ["name": "node1"],
            "status": [
                "allocatable": ["cpu": "4", "memory": "8Gi", "pods": "110"],
                "conditions": [["type": "Ready", "status": "True"]],
            ],
        ]
        _ = try await members[name].create(Object(node), in: Resource.nodes)
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        cluster["spec"] = ["syncMode": "Push", "apiEndpoint": .string("https://\(name)")]
        _ = try await plane.create(cluster, in: Cluster.resource)
    }

    // MARK: Shorthands

    func create(_ yaml: String) async throws {
        for document in try YAML.parse(yaml) {
            let object = Object(document.json)
            let resource =
                switch object.kind {
                case "PropagationPolicy": PropagationPolicy.resource
                case "ClusterPropagationPolicy": PropagationPolicy.clusterResource
                case "OverridePolicy": Resource.overridePolicies
                case "ClusterTaintPolicy": Resource.clusterTaintPolicies
                case "Deployment": GroupVersionResource.deployments
                case "ConfigMap": GroupVersionResource.configMaps
                case "ServiceExport": ServiceDiscovery.serviceExports
                case "ServiceImport": ServiceDiscovery.serviceImports
                case "Service": ServiceDiscovery.services
                case "MultiClusterService": MultiClusterService.resource
                case "Secret": Resource.secrets
                case "WorkloadRebalancer": Resource.workloadRebalancers
                case "Remedy": Resource.remedies
                case "CronFederatedHPA": Resource.cronFederatedHPAs
                case "FederatedResourceQuota": Resource.federatedResourceQuotas
                case "ClusterRole": GroupVersionResource.clusterRoles
                case "Namespace": Resource.namespaces
                default: throw APIError.badRequest("the test does not know \(object.kind)")
                }
            _ = try await plane.create(object, in: resource)
        }
    }

    func binding(_ name: String, in namespace: String = "default") -> ResourceBinding? {
        plane.object(ResourceBinding.resource, namespace, name).map(ResourceBinding.init)
    }

    func work(_ kind: String, _ name: String, in namespace: String = "default", on cluster: String) -> Object? {
        plane.object(
            Work.resource, Work.namespace(of: cluster), Names.work(kind: kind, name: name, namespace: namespace))
    }
}

/// Gives each binding the clusters that its placement names, as far as they have no taint, the replicas divided evenly.
struct TestScheduler: Sendable {
    let plane: MemoryCluster

    func run() async {
        await withDiscardingTaskGroup { group in
            let logger = Logger(label: "scheduler")
            let queue = WorkQueue<ObjectKey>()
            let clusters = Informer(Cluster.resource, client: plane, logger: logger)
            for resource in [ResourceBinding.resource, ResourceBinding.clusterResource] {
                let bindings = Informer(resource, client: plane, logger: logger)
                bindings.onChange { queue.add($0.key) }
                clusters.onChange { _ in for binding in bindings.list() { queue.add(binding.key) } }
                group.addTask { await bindings.run() }
            }
            group.addTask { await clusters.run() }
            group.addTask { await queue.run(workers: 1) { try await schedule($0) } }
        }
    }

    private func schedule(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        let resource = key.namespace.isEmpty ? ResourceBinding.clusterResource : ResourceBinding.resource
        guard let object = plane.object(resource, key.namespace, key.name), !object.isBeingDeleted,
            object.spec["placement"] != nil
        else { return .done }
        let binding = ResourceBinding(object)
        let placement = binding.spec.placement
        let kept = Set(binding.spec.clusters.map(\.name))
        let fitting = plane.objects(Cluster.resource).map(Cluster.init).filter { cluster in
            (placement?.clusterAffinity?.matches(cluster) ?? true) && !cluster.isBeingDeleted
                && !binding.spec.isLeaving(cluster.name) && (cluster.spec.taints.isEmpty || kept.contains(cluster.name))
        }
        let limit = placement?.spreadConstraints.first?.maxGroups ?? fitting.count
        let chosen = fitting.sorted { (kept.contains($0.name) ? 0 : 1, $0.name) < (kept.contains($1.name) ? 0 : 1, $1.name) }
            .prefix(limit).map(\.name).sorted()
        let isDivided = placement?.replicaScheduling?.replicaSchedulingType == "Divided"
        let replicas = Int(binding.spec.replicas)
        let targets = chosen.enumerated().map { index, name in
            let share = isDivided ? replicas / chosen.count + (index < replicas % chosen.count ? 1 : 0) : replicas
            return TargetCluster(name: name, replicas: Int32(share)).json
        }
        var scheduled = object
        scheduled["spec", "clusters"] = targets.isEmpty ? nil : .array(targets)
        scheduled.annotations[Annotation.appliedPlacement] = (object.spec["placement"] ?? [:]).description
        if scheduled != object {
            _ = try await plane.update(scheduled, in: resource)
        } else if binding.status.schedulerObservedGeneration != binding.generation {
            try await plane.modify(resource, key, subresource: "status") { object in
                object.status["schedulerObservedGeneration"] = .integer(binding.generation)
                object.status["lastScheduledTime"] = .string(Timestamp.now().description)
                return true
            }
        }
        return .done
    }
}
