import Kubernetes
import Logging
import Synchronization

/// A local copy of a resource's objects, kept current by list and watch (client-go's shared informer).
///
/// Handlers run in the order of the events, on the informer's task: they note keys in queues and do no work themselves.
public final class Informer: Sendable {
    public enum Change: Sendable {
        case added(EncodedObject)
        case updated(old: EncodedObject, new: EncodedObject)
        case deleted(EncodedObject)

        /// The object as it is now, or as it was last.
        public var object: EncodedObject {
            switch self {
            case .added(let object), .updated(_, let object), .deleted(let object): object
            }
        }

        public var key: ObjectKey { object.key }
    }

    public typealias Handler = @Sendable (Change) -> Void
    /// The values under which an object is found by `objects(index:value:)`.
    public typealias IndexFunction = @Sendable (EncodedObject) -> [String]
    /// What is kept of an object.
    public typealias Transform = @Sendable (EncodedObject) -> EncodedObject

    private struct State {
        var objects: [ObjectKey: EncodedObject] = [:]
        var indexes: [String: [String: Set<ObjectKey>]] = [:]
        var handlers: [Handler] = []
        var isSynced = false
        var waiters: [Int: CheckedContinuation<Void, Never>] = [:]
        var nextWaiter = 0
    }

    /// So many objects of a list are taken in before others have their turn: lists may be very long.
    private static let itemsPerTurn = 64

    public let resource: GroupVersionResource
    private let client: any ObjectClient
    private let options: ListOptions
    private let indexFunctions: [String: IndexFunction]
    private let transform: Transform?
    private let logger: Logger
    private let state = Mutex(State())
    /// Held while handlers are told of something, so that one that is added meanwhile hears everything once and in order.
    private let delivery = Mutex(())

    /// - Parameter transform: makes of each object what is kept of it and handlers see, under the same key and revision.
    public init(
        _ resource: GroupVersionResource, client: any ObjectClient, options: ListOptions = ListOptions(),
        indexes: [String: IndexFunction] = [:], transform: Transform? = nil, logger: Logger
    ) {
        self.resource = resource
        self.client = client
        self.options = options
        self.indexFunctions = indexes
        self.transform = transform
        self.logger = logger
    }

    // MARK: Reading

    public func get(_ key: ObjectKey) -> EncodedObject? { state.withLock { $0.objects[key] } }

    /// All objects, in no particular order.
    public func list() -> [EncodedObject] { state.withLock { Array($0.objects.values) } }

    /// The objects that the index function named `index` files under `value`.
    public func objects(index: String, value: String) -> [EncodedObject] {
        state.withLock { state in
            (state.indexes[index]?[value] ?? []).compactMap { state.objects[$0] }
        }
    }

    public var isSynced: Bool { state.withLock { $0.isSynced } }

    /// Returns after the first list is in the cache and was handed to the handlers, or when the task is cancelled.
    public func waitUntilSynced() async {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = state.withLock { state in
                    if state.isSynced || Task.isCancelled { return true }
                    state.waiters[id] = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            state.withLock { $0.waiters.removeValue(forKey: id) }?.resume()
        }
    }

    /// Adds a handler; it is told of the objects that are there already as `added`. Not to be called by a handler.
    public func onChange(_ handler: @escaping Handler) {
        delivery.withLock { _ in
            let present = state.withLock { state in
                state.handlers.append(handler)
                return Array(state.objects.values)
            }
            for object in present { handler(.added(object)) }
        }
    }

    // MARK: Running

    /// Lists and watches until the task is cancelled; reconnects with backoff, and lists anew when the server cannot go on
    /// from the last version.
    public func run() async {
        let backoff = Backoff(initial: .milliseconds(50), maximum: .seconds(30))
        var failures = 0
        var version: String?
        while !Task.isCancelled {
            let startedAt = ContinuousClock.now
            var hasProgress = false
            do {
                if version == nil { version = try await relist() }
                try await follow(from: &version, hasProgress: &hasProgress)
            } catch {
                if Task.isCancelled { break }
                let reason = (error as? APIError)?.reason
                if reason == .expired || reason == .gone { version = nil }
                logger.debug("watch of \(resource.groupResource) failed: \(error)")
            }
            // Watches end all the time. One that ends at once and brings nothing is a failure, whatever it ended with.
            if hasProgress || startedAt.duration(to: .now) > backoff.maximum {
                failures = 0
            } else {
                failures += 1
                try? await Task.sleep(for: backoff.delay(afterFailures: failures))
            }
        }
        // Nobody waits for an informer that will never sync.
        resumeWaiters(synced: false)
    }

    private func resumeWaiters(synced: Bool) {
        let waiters = state.withLock { state in
            if synced { state.isSynced = true }
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.resume() }
    }

    private func relist() async throws -> String {
        var items: [EncodedObject] = []
        var page = options
        page.limit = 500
        var version = ""
        repeat {
            let list = try await client.list(resource, page)
            items += list.items
            page.continue = list.continue
            version = list.resourceVersion
        } while !page.continue.isEmpty
        await replaceAll(with: items)
        return version
    }

    private func follow(from version: inout String?, hasProgress: inout Bool) async throws {
        let watch = WatchOptions(
            namespace: options.namespace, labelSelector: options.labelSelector, fieldSelector: options.fieldSelector,
            resourceVersion: version ?? "")
        for try await event in try await client.watch(resource, watch) {
            hasProgress = true
            switch event {
            case .added(let object), .modified(let object):
                apply(object)
                version = String(object.revision)
            case .deleted(let object):
                remove(object)
                version = String(object.revision)
            case .bookmark(let resourceVersion):
                version = resourceVersion
            }
        }
    }

    private func replaceAll(with items: [EncodedObject]) async {
        let present = Set(items.map(\.key))
        let gone = state.withLock { state in state.objects.values.filter { !present.contains($0.key) } }
        gone.forEach(remove)
        for (index, item) in items.enumerated() {
            apply(item)
            if index % Self.itemsPerTurn == Self.itemsPerTurn - 1 { await Task.yield() }
        }
        resumeWaiters(synced: true)
    }

    private func apply(_ whole: EncodedObject) {
        let object = transform?(whole) ?? whole
        delivery.withLock { _ in
            let (change, handlers) = state.withLock { state -> (Change?, [Handler]) in
                let old = state.objects.updateValue(object, forKey: object.key)
                // Versions of which nothing is known (revision 0) are never taken for the same.
                if let old, old.revision == object.revision, old.revision != 0, old.uid == object.uid { return (nil, []) }
                if let old { unindex(old, in: &state) }
                index(object, in: &state)
                return (old.map { .updated(old: $0, new: object) } ?? .added(object), state.handlers)
            }
            if let change { handlers.forEach { $0(change) } }
        }
    }

    private func remove(_ object: EncodedObject) {
        delivery.withLock { _ in
            let handlers = state.withLock { state -> [Handler] in
                guard let old = state.objects.removeValue(forKey: object.key) else { return [] }
                unindex(old, in: &state)
                return state.handlers
            }
            handlers.forEach { $0(.deleted(object)) }
        }
    }

    private func index(_ object: EncodedObject, in state: inout State) {
        for (name, function) in indexFunctions {
            for value in function(object) { state.indexes[name, default: [:]][value, default: []].insert(object.key) }
        }
    }

    private func unindex(_ object: EncodedObject, in state: inout State) {
        for (name, function) in indexFunctions {
            for value in function(object) {
                state.indexes[name]?[value]?.remove(object.key)
                if state.indexes[name]?[value]?.isEmpty == true { state.indexes[name]?[value] = nil }
            }
        }
    }
}
