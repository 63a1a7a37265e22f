import Client
import Controllers
import Kubernetes
import Logging
import Synchronization

/// The resources of members that ResourceRegistries ask to be kept at hand.
public final class SearchCache: Sendable {
    /// What is kept: of one cluster, one resource, in one namespace or (nil) in all.
    private struct Selection: Hashable {
        var cluster: String
        var resource: GroupVersionResource
        var namespace: String?
    }

    private struct Entry {
        var cached: CachedResource
        /// The cluster's spec, by which it is reached: another makes a new connection.
        var spec: Cluster.Spec
        var task: Task<Void, Never>
    }

    private struct State {
        var entries: [Selection: Entry] = [:]
        var kinds: [GroupVersionResource: String] = [:]
        /// Ends the watches of a resource when clusters come or go, so that clients see them.
        var onReshape: [Int: (resource: GroupVersionResource, end: @Sendable () -> Void)] = [:]
        var nextID = 0
    }

    private static let registryResource = GroupVersionResource(
        group: "search.karmada.io", version: "v1alpha1", resource: "resourceregistries")

    private let clients: any MemberClients
    private let clusters: Informer
    private let registries: Informer
    private let logger: Logger
    private let queue = WorkQueue<String>()
    private let state = Mutex(State())

    /// - Parameters:
    ///   - controlPlane: where clusters and registries are.
    ///   - clients: the ways into the members.
    public init(controlPlane: any ObjectClient, clients: any MemberClients, logger: Logger) {
        self.clients = clients
        self.logger = logger
        clusters = Informer(Cluster.resource, client: controlPlane, logger: logger)
        registries = Informer(Self.registryResource, client: controlPlane, logger: logger)
    }

    /// Keeps the cache as the registries ask until the task is cancelled.
    public func run() async {
        clusters.onChange { [queue] in queue.add($0.key.name) }
        registries.onChange { [queue, clusters] _ in for cluster in clusters.list() { queue.add(cluster.key.name) } }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.clusters.run() }
            group.addTask { await self.registries.run() }
            group.addTask {
                await self.registries.waitUntilSynced()
                await self.queue.run(workers: 8) { name in
                    try await self.reconcile(name)
                    return .done
                } onFailure: { name, error in
                    self.logger.debug("search cache of \(name): \(error)")
                }
            }
        }
        for entry in state.withLock({ $0.entries.values }) { entry.task.cancel() }
    }

    private func reconcile(_ name: String) async throws {
        let cluster = clusters.get(ObjectKey(name: name)).map { Cluster($0.decoded()) }
        let wanted = cluster.map(selections) ?? []
        let outdated = state.withLock { state in
            state.entries.filter { $0.key.cluster == name && (!wanted.contains($0.key) || $0.value.spec != cluster?.spec) }.keys
        }
        for selection in outdated { stop(selection) }
        guard let cluster else { return clients.forget(name) }
        for selection in wanted where state.withLock({ $0.entries[selection] == nil }) {
            start(selection, of: cluster, try await clients.client(for: cluster))
        }
    }

    /// What the registries ask of a cluster, as far as it serves it.
    private func selections(of cluster: Cluster) -> Set<Selection> {
        var selections: Set<Selection> = []
        for registry in registries.list() {
            let spec = registry.decoded().spec
            guard ClusterAffinity(spec["targetCluster"] ?? .null).matches(cluster) else { continue }
            for selector in spec["resourceSelectors"]?.array ?? [] {
                guard let apiVersion = selector["apiVersion"]?.string, let kind = selector["kind"]?.string,
                    let served = cluster.status.apiEnablements.first(where: { $0.groupVersion == apiVersion })?.resources
                        .first(where: { $0.kind == kind })
                else { continue }
                let version = GroupVersion(apiVersion: apiVersion)
                let resource = GroupVersionResource(group: version.group, version: version.version, resource: served.name)
                state.withLock { $0.kinds[resource] = kind }
                let namespace = selector["namespace"]?.string.flatMap { $0.isEmpty ? nil : $0 }
                selections.insert(Selection(cluster: cluster.name, resource: resource, namespace: namespace))
            }
        }
        // All namespaces include each.
        return selections.filter {
            $0.namespace == nil || !selections.contains(Selection(cluster: $0.cluster, resource: $0.resource, namespace: nil))
        }
    }

    private func start(_ selection: Selection, of cluster: Cluster, _ client: any ObjectClient) {
        let cached = CachedResource(
            selection.resource, namespace: selection.namespace, of: selection.cluster, client: client, logger: logger)
        let task = Task { await cached.run() }
        state.withLock { $0.entries[selection] = Entry(cached: cached, spec: cluster.spec, task: task) }
        endWatches(of: selection.resource)
    }

    private func stop(_ selection: Selection) {
        state.withLock { $0.entries.removeValue(forKey: selection) }?.task.cancel()
        endWatches(of: selection.resource)
    }

    private func endWatches(of resource: GroupVersionResource) {
        let watches = state.withLock { state in state.onReshape.values.filter { $0.resource == resource } }
        for watch in watches { watch.end() }
    }

    // MARK: Reading

    /// The kind of a resource that some registry asks for; nil where none does.
    func kind(of resource: GroupVersionResource) -> String? {
        state.withLock { state in
            state.entries.keys.contains { $0.resource == resource } ? state.kinds[resource] : nil
        }
    }

    /// The caches of a resource, sorted by cluster.
    func caches(of resource: GroupVersionResource) -> [CachedResource] {
        let entries = state.withLock { state in state.entries.filter { $0.key.resource == resource } }
        return entries.sorted { ($0.key.cluster, $0.key.namespace ?? "") < ($1.key.cluster, $1.key.namespace ?? "") }
            .map(\.value.cached)
    }

    /// Calls `end` when another cluster comes to have, or loses, the resource.
    func onReshape(of resource: GroupVersionResource, _ end: @escaping @Sendable () -> Void) -> Int {
        state.withLock { state in
            state.nextID += 1
            state.onReshape[state.nextID] = (resource, end)
            return state.nextID
        }
    }

    func forget(reshape id: Int) { state.withLock { $0.onReshape[id] = nil } }
}
