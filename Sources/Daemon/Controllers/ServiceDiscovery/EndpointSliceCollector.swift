import Client
import Interpreter
import Kubernetes
import Logging
import Synchronization

/// Reports the EndpointSlices of Services that a member exports, or provides for a MultiClusterService: each as a Work that is
/// not dispatched, in the member's namespace.
struct EndpointSliceCollector: Controller, MemberLoop {
    static let name = "endpointsliceCollect"

    let plane: ControlPlane
    let members: Members
    let interpreter: Interpreter
    /// What it collects for.
    let purposes: [ServiceDiscovery.Purpose]
    /// Services of one member under way at a time.
    let workers: Int
    private let providers = Providers()

    init(
        plane: ControlPlane, members: Members, interpreter: Interpreter, purposes: [ServiceDiscovery.Purpose], workers: Int
    ) {
        self.plane = plane
        self.members = members
        self.interpreter = interpreter
        self.purposes = purposes
        self.workers = workers
    }

    /// The members of which something was ever to be collected: only there are slices, or exports, worth watching.
    private final class Providers: Sendable {
        struct Key: Hashable {
            var cluster: String
            /// Nil: for any.
            var purpose: ServiceDiscovery.Purpose?
        }

        private struct State {
            var known: Set<Key> = []
            var waiting: [Key: AsyncStream<Void>.Continuation] = [:]
        }

        private let state = Mutex(State())

        func add(_ cluster: String, _ purpose: ServiceDiscovery.Purpose) {
            state.withLock { state in
                for key in [Key(cluster: cluster, purpose: nil), Key(cluster: cluster, purpose: purpose)]
                where state.known.insert(key).inserted { state.waiting.removeValue(forKey: key)?.finish() }
            }
        }

        /// Returns when the cluster is one of them, or when the task is cancelled.
        func wait(for key: Key) async {
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            state.withLock { state in
                if state.known.contains(key) { continuation.finish() } else { state.waiting[key] = continuation }
            }
            for await _ in stream {}
        }
    }

    func run() async {
        plane.works.onChange { change in
            let work = change.object
            guard let cluster = Work.cluster(of: work.key.namespace) else { return }
            if work.isCollected {
                for purpose in purposes where purpose.service(of: work) != nil { providers.add(cluster, purpose) }
                // Somebody deleted it, or a report waits for it to be gone.
                if case .deleted = change, let service = work.collectedService { members[cluster]?.services.add(service) }
                return
            }
            for purpose in purposes where work.mentions(purpose.mention) {
                let services = work.decoded().requests(purpose)
                if !services.isEmpty { providers.add(cluster, purpose) }
                for service in services { members[cluster]?.services.add(service) }
            }
        }
        await untilCancelled()
    }

    func run(in member: Member) async {
        await providers.wait(for: Providers.Key(cluster: member.name))
        guard !Task.isCancelled else { return }
        let caches = ProviderCaches(member, logger: plane.logger)
        caches.onChange { member.services.add($0) }
        await withDiscardingTaskGroup { group in
            group.addTask { await caches.slices.run() }
            group.addTask {
                // Not every member serves them.
                await providers.wait(for: Providers.Key(cluster: member.name, purpose: .serviceExport))
                if !Task.isCancelled { await caches.exports.run() }
            }
            await caches.slices.waitUntilSynced()
            guard !Task.isCancelled else { return group.cancelAll() }
            // What was asked for before this member was looked at, and what was and is no more.
            for work in plane.works(ofCluster: member.name) {
                if let service = work.collectedService { member.services.add(service) }
                for purpose in purposes where !work.isCollected && work.mentions(purpose.mention) {
                    for service in work.decoded().requests(purpose) { member.services.add(service) }
                }
            }
            await process(member.services, workers: workers, logger: plane.logger) { service in
                try await report(service, of: member, caches)
                return .done
            }
            group.cancelAll()
        }
    }

    private func report(_ service: ObjectKey, of member: Member, _ caches: ProviderCaches) async throws {
        let wanted = try purposes.filter { purpose in
            guard plane.isRequested(purpose, service, in: member.name) else { return false }
            guard purpose == .serviceExport else { return true }
            guard caches.exports.isSynced else { throw NotYet("the ServiceExports of \(member.name) are not known yet") }
            return caches.exports.get(service) != nil
        }
        var expected: Set<ObjectKey> = []
        for encoded in wanted.isEmpty ? [] : caches.slices(of: service) {
            let slice = encoded.decoded()
            let work = ObjectKey(
                namespace: Work.namespace(of: member.name),
                name: Names.work(kind: ServiceDiscovery.endpointSliceKind.kind, name: slice.name, namespace: slice.namespace))
            expected.insert(work)
            try await write(slice, of: service, for: wanted, in: work)
        }
        for work in plane.works(ofService: service, in: member.name) where !expected.contains(work.key) {
            try await plane.client.deleteIfPresent(Work.resource, work.key, DeleteOptions(uid: work.uid))
        }
    }

    private func write(
        _ slice: Object, of service: ObjectKey, for wanted: [ServiceDiscovery.Purpose], in key: ObjectKey
    ) async throws {
        let current = plane.works.get(key)?.decoded()
        if current?.isBeingDeleted == true { throw NotYet("work \(key) is being deleted") }
        var work =
            current ?? Object(apiVersion: Work.kind.apiVersion, kind: Work.kind.kind, namespace: key.namespace, name: key.name)
        if work[label: Label.workID]?.isEmpty ?? true { work[label: Label.workID] = RandomUUID.make() }
        for purpose in purposes { work.setCollected(for: purpose, wanted.contains(purpose) ? service : nil) }
        work.spec = ["workload": ["manifests": [interpreter.prune(slice).json]], "suspendDispatching": true]
        if let current {
            if work != current { _ = try await plane.client.update(work, in: Work.resource) }
        } else if try await plane.client.createIfAbsent(work, in: Work.resource) == nil {
            throw NotYet("the cache does not have work \(key) yet")
        }
    }
}

/// A member's ServiceExports and EndpointSlices.
private struct ProviderCaches: Sendable {
    private static let service = "service"

    let exports: Informer
    let slices: Informer

    init(_ member: Member, logger: Logger) {
        exports = Informer(ServiceDiscovery.serviceExports, client: member.client, logger: logger)
        slices = Informer(
            ServiceDiscovery.endpointSlices, client: member.client,
            indexes: [Self.service: { slice in slice.ownService.map { ["\($0)"] } ?? [] }], logger: logger)
    }

    /// Tells of each Service that something changed of.
    func onChange(_ handler: @escaping @Sendable (ObjectKey) -> Void) {
        exports.onChange { handler($0.key) }
        slices.onChange { change in
            if case .updated(let old, let new) = change, let service = old.ownService, service != new.ownService {
                handler(service)
            }
            if let service = change.object.ownService { handler(service) }
        }
    }

    func slices(of service: ObjectKey) -> [EncodedObject] {
        slices.objects(index: Self.service, value: "\(service)").sorted { $0.key < $1.key }
    }
}

extension EncodedObject {
    /// The Service that an EndpointSlice belongs to; nil where the slice came from the control plane: it is not to go back.
    fileprivate var ownService: ObjectKey? {
        guard let name = labels[ServiceDiscovery.serviceNameLabel],
            !(labels[ServiceDiscovery.managedByLabel].map(ServiceDiscovery.controllers.contains) ?? false)
        else { return nil }
        return ObjectKey(namespace: key.namespace, name: name)
    }
}
