import Client
import Interpreter
import Kubernetes
import Logging
import Synchronization

/// Reports the EndpointSlices of Services that a member exports: each as a Work that is not dispatched, in the member's
/// namespace.
struct ServiceExportController: Controller, MemberLoop {
    static let name = "serviceExport"

    let plane: ControlPlane
    let interpreter: Interpreter
    /// Services of one member under way at a time.
    let workers: Int
    private let exporters = Exporters()

    init(plane: ControlPlane, interpreter: Interpreter, workers: Int) {
        self.plane = plane
        self.interpreter = interpreter
        self.workers = workers
    }

    /// The members that ever had to do with a ServiceExport: only there are Services and slices worth watching.
    private final class Exporters: Sendable {
        private struct State {
            var names: Set<String> = []
            var waiting: [String: AsyncStream<Void>.Continuation] = [:]
        }

        private let state = Mutex(State())

        func add(_ cluster: String) {
            state.withLock { state in
                if state.names.insert(cluster).inserted { state.waiting.removeValue(forKey: cluster)?.finish() }
            }
        }

        /// Returns when the cluster is one of them, or when the task is cancelled.
        func wait(for cluster: String) async {
            let (stream, continuation) = AsyncStream<Void>.makeStream()
            state.withLock { state in
                if state.names.contains(cluster) { continuation.finish() } else { state.waiting[cluster] = continuation }
            }
            for await _ in stream {}
        }
    }

    func run() async {
        plane.works.onChange { change in
            guard let cluster = Work.cluster(of: change.key.namespace) else { return }
            // The export itself, or what was collected for the sake of one.
            if change.object.mentions("ServiceExport") { exporters.add(cluster) }
        }
        await untilCancelled()
    }

    func run(in member: Member) async {
        await exporters.wait(for: member.name)
        guard !Task.isCancelled else { return }
        let caches = ExportCaches(member, logger: plane.logger)
        let queue = WorkQueue<ObjectKey>()
        caches.onChange { queue.add($0) }
        await withDiscardingTaskGroup { group in
            group.addTask { await caches.run() }
            await caches.waitUntilSynced()
            guard !Task.isCancelled else { return }
            // What was exported before and is no more.
            for work in plane.works(ofCluster: member.name) {
                if let service = work.collectedService { queue.add(service) }
            }
            await process(queue, workers: workers, logger: plane.logger) { service in
                try await report(service, of: member, caches)
                return .done
            }
            group.cancelAll()
        }
    }

    private func report(_ service: ObjectKey, of member: Member, _ caches: ExportCaches) async throws {
        // A ServiceExport that is about to be taken out of the member counts no more, nor does one that a user made there.
        let isExported = caches.isExported(service) && plane.isExported(service, to: member.name)
        let slices = isExported ? caches.slices(of: service) : []
        var expected: Set<ObjectKey> = []
        for encoded in slices {
            let slice = encoded.decoded()
            let work = ObjectKey(
                namespace: Work.namespace(of: member.name),
                name: Names.work(kind: "EndpointSlice", name: slice.name, namespace: slice.namespace))
            expected.insert(work)
            try await write(slice, of: service, in: work)
        }
        for work in plane.works(ofService: service, in: member.name) where !expected.contains(work.key) {
            try await plane.client.deleteIfPresent(Work.resource, work.key, DeleteOptions(uid: work.uid))
        }
    }

    private func write(_ slice: Object, of service: ObjectKey, in key: ObjectKey) async throws {
        let current = plane.works.get(key)?.decoded()
        if current?.isBeingDeleted == true { throw NotYet("work \(key) is being deleted") }
        var work =
            current ?? Object(apiVersion: Work.kind.apiVersion, kind: Work.kind.kind, namespace: key.namespace, name: key.name)
        var labels = work.labels
        labels[Label.workID] = labels[Label.workID] ?? RandomUUID.make()
        labels[ServiceDiscovery.namespaceLabel] = service.namespace
        labels[ServiceDiscovery.nameLabel] = service.name
        labels[ServiceDiscovery.collectedForLabel] = ServiceDiscovery.serviceExportKind
        work.labels = labels
        if !work.finalizers.contains(ServiceDiscovery.finalizer) { work.finalizers.append(ServiceDiscovery.finalizer) }
        work.spec = ["workload": ["manifests": [interpreter.prune(slice).json]], "suspendDispatching": true]
        if let current {
            if work != current { _ = try await plane.client.update(work, in: Work.resource) }
        } else if try await plane.client.createIfAbsent(work, in: Work.resource) == nil {
            throw NotYet("the cache does not have work \(key) yet")
        }
    }
}

/// A member's ServiceExports and EndpointSlices.
private struct ExportCaches: Sendable {
    private static let service = "service"

    private let exports: Informer
    private let slices: Informer

    init(_ member: Member, logger: Logger) {
        exports = Informer(ServiceDiscovery.serviceExports, client: member.client, logger: logger)
        slices = Informer(
            ServiceDiscovery.endpointSlices, client: member.client,
            indexes: [Self.service: { slice in slice.exportedService.map { ["\($0)"] } ?? [] }], logger: logger)
    }

    /// Tells of each Service that something changed of.
    func onChange(_ handler: @escaping @Sendable (ObjectKey) -> Void) {
        exports.onChange { handler($0.key) }
        slices.onChange { change in
            if case .updated(let old, let new) = change, let service = old.exportedService, service != new.exportedService {
                handler(service)
            }
            if let service = change.object.exportedService { handler(service) }
        }
    }

    func run() async {
        async let exporting: Void = exports.run()
        await slices.run()
        await exporting
    }

    func waitUntilSynced() async {
        await exports.waitUntilSynced()
        await slices.waitUntilSynced()
    }

    func isExported(_ service: ObjectKey) -> Bool { exports.get(service) != nil }

    func slices(of service: ObjectKey) -> [EncodedObject] {
        slices.objects(index: Self.service, value: "\(service)").sorted { $0.key < $1.key }
    }
}

extension EncodedObject {
    /// The Service that an EndpointSlice belongs to; nil where the slice came from the control plane: it is not to go back.
    fileprivate var exportedService: ObjectKey? {
        guard let name = labels[ServiceDiscovery.serviceNameLabel],
            !(labels[ServiceDiscovery.managedByLabel].map(ServiceDiscovery.controllers.contains) ?? false)
        else { return nil }
        return ObjectKey(namespace: key.namespace, name: name)
    }
}
