import Client
import Kubernetes
import Logging
import Synchronization

/// A resource template: an object of the control plane that may be propagated.
struct TemplateKey: Hashable, Sendable, CustomStringConvertible {
    var kind: GroupVersionKind
    var key: ObjectKey

    var description: String { "\(kind.kind) \(key)" }
}

/// Caches of everything that may be propagated: an informer a resource, as discovery finds them.
final class Templates: Sendable {
    private struct State {
        var informers: [GroupVersionKind: Informer] = [:]
        var handlers: [@Sendable (GroupVersionKind, Informer.Change) -> Void] = []
    }

    /// New resources that nobody announced (aggregated API servers) are found after this time at the latest.
    private static let discoveryPeriod = Duration.seconds(30)

    private let plane: ControlPlane
    private let skipped: SkippedResources
    private let definitions: Informer
    private let tasks = KeyedTasks<GroupVersionKind>()
    private let discoveries = WorkQueue<Int>(backoff: Backoff(initial: .milliseconds(100), maximum: .seconds(10)))
    private let state = Mutex(State())

    init(plane: ControlPlane, skipped: SkippedResources) {
        self.plane = plane
        self.skipped = skipped
        definitions = Informer(Resource.customResourceDefinitions, client: plane.client, logger: plane.logger)
    }

    // MARK: Reading

    /// The template, by a request where no cache has it (yet); nil where there is none.
    /// - Throws: `NotFound` where no resource serves the kind.
    func find(_ template: TemplateKey) async throws(APIError) -> EncodedObject? {
        if let cached = cached(template) { return cached }
        let resource = try await plane.mapper.resource(for: template.kind)
        return try await plane.client.find(resource.resource, template.key)
    }

    func cached(_ template: TemplateKey) -> EncodedObject? { informer(template.kind)?.get(template.key) }

    /// The templates that a selector may mean, in a namespace where it names one.
    func candidates(_ selector: ResourceSelector) -> [TemplateKey] {
        let kind = GroupVersionKind(apiVersion: selector.apiVersion, kind: selector.kind)
        guard let informer = informer(kind) else { return [] }
        let objects: [EncodedObject]
        if let label = selector.wantedLabel, label.key == ServiceDiscovery.serviceNameLabel {
            // A fleet has many EndpointSlices, and is asked for those of one Service all the time.
            objects = informer.objects(index: ControlPlane.Index.serviceName, value: label.value)
        } else if selector.namespace.isEmpty {
            objects = informer.list()
        } else {
            objects = informer.objects(index: ControlPlane.Index.namespace, value: selector.namespace)
        }
        return objects.filter { selector.fit(kind, $0.key, labels: $0.labels) != .none }
            .map { TemplateKey(kind: kind, key: $0.key) }
    }

    /// The templates that the policy of this permanent id has claimed.
    func claimed(by policyID: String) -> [TemplateKey] {
        guard !policyID.isEmpty else { return [] }
        let informers = state.withLock { $0.informers }
        return informers.flatMap { kind, informer in
            informer.objects(index: ControlPlane.Index.policyID, value: policyID).map { TemplateKey(kind: kind, key: $0.key) }
        }
    }

    private func informer(_ kind: GroupVersionKind) -> Informer? { state.withLock { $0.informers[kind] } }

    // MARK: Running

    /// Adds a handler for all resources, those that are found later included. Handlers note keys and do no work.
    func onChange(_ handler: @escaping @Sendable (GroupVersionKind, Informer.Change) -> Void) {
        let informers = state.withLock { state in
            state.handlers.append(handler)
            return state.informers
        }
        for (kind, informer) in informers { informer.onChange { handler(kind, $0) } }
    }

    /// Keeps the caches current until the task is cancelled.
    func run() async {
        definitions.onChange { [discoveries] _ in discoveries.add(0) }
        discoveries.add(0)
        await withDiscardingTaskGroup { group in
            group.addTask { await self.definitions.run() }
            group.addTask { await self.tasks.run() }
            group.addTask {
                await self.discoveries.run(workers: 1) { _ in
                    try await self.discover()
                    return .again(after: Self.discoveryPeriod)
                } onFailure: { _, error in
                    self.plane.logger.warning("discovery of resources to propagate failed: \(error)")
                }
            }
        }
    }

    private func discover() async throws(APIError) {
        let resources = try await plane.mapper.refresh().filter { resource in
            resource.subresource == nil && !skipped.contains(resource.kind)
                && ["delete", "list", "watch"].allSatisfy(resource.verbs.contains)
        }
        let preferred = Dictionary(grouping: resources, by: \.resource.groupResource).compactMap { _, versions in
            versions.max { APIVersionPriority($0.resource.version) < APIVersionPriority($1.resource.version) }
        }
        let kinds = Set(preferred.map(\.kind))
        for resource in preferred where informer(resource.kind) == nil { start(resource) }
        for kind in state.withLock({ $0.informers.keys }) where !kinds.contains(kind) { stop(kind) }
    }

    private func start(_ resource: APIResource) {
        let kind = resource.kind
        let informer = Informer(
            resource.resource, client: plane.client,
            indexes: [
                ControlPlane.Index.namespace: { [$0.key.namespace] }, ControlPlane.Index.policyID: { $0.policyIDs },
                ControlPlane.Index.serviceName: { [$0.labels[ServiceDiscovery.serviceNameLabel]].compactMap { $0 } },
            ], logger: plane.logger)
        let handlers = state.withLock { state in
            state.informers[kind] = informer
            return state.handlers
        }
        for handler in handlers { informer.onChange { handler(kind, $0) } }
        tasks.start(kind) { await informer.run() }
    }

    private func stop(_ kind: GroupVersionKind) {
        tasks.stop(kind)
        state.withLock { $0.informers[kind] = nil }
    }
}

/// Which version of a resource Kubernetes prefers (API deprecation policy, "version priority"): general availability before
/// beta before alpha, later before earlier.
struct APIVersionPriority: Comparable {
    private var stability: Int
    private var major: Int
    private var minor: Int

    init(_ version: String) {
        guard let match = version.wholeMatch(of: /v(\d+)(?:(alpha|beta)(\d+))?/) else {
            (stability, major, minor) = (-1, 0, 0)
            return
        }
        stability = match.2 == nil ? 2 : match.2 == "beta" ? 1 : 0
        major = Int(match.1) ?? 0
        minor = match.3.flatMap { Int($0) } ?? 0
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.stability, left.major, left.minor) < (right.stability, right.major, right.minor)
    }
}
