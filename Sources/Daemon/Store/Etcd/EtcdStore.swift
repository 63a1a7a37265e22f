import EtcdProtocol
import FoundationEssentials
import GRPCCore
import Kubernetes
import Logging
import Synchronization

/// A store in etcd (v3, 3.4 and newer), which several processes may share.
///
/// Writes are compare-and-swap transactions, and revisions are etcd's own. Reads and watches are served from memory, as of the
/// newest revision that has arrived; a write returns when it has. What other processes write is there a moment later.
public final class EtcdStore: CachedStore {
    private static let waitingLimit = 16_384
    /// Bounds the start where etcd is slow to load from, or not there.
    private static let startTimeout = Duration.seconds(30)
    private static let oldestVersion = (major: 3, minor: 4)

    let cache: StoreCache
    private let client: EtcdClient
    private let feed: EtcdFeed
    private let keys: EtcdKeys
    private let requestTimeout: Duration
    private let waiting = Mutex((count: 0, isClosed: false))
    private let background: Task<Void, Never>

    /// Connects, and loads what is there.
    /// - Throws: `StoreError.unavailable` where etcd is not in reach, refuses its user, or is older than 3.4.
    public static func open(
        _ configuration: EtcdConfiguration, history: HistoryLimits = HistoryLimits(), logger: Logger
    ) async throws(StoreError) -> EtcdStore {
        let client = try EtcdClient(configuration, logger: logger)
        let cache = StoreCache(limits: history)
        let keys = EtcdKeys(prefix: configuration.prefix)
        let timeout = configuration.requestTimeout
        let feed = EtcdFeed(client: client, keys: keys, cache: cache, requestTimeout: timeout, logger: logger)
        let compactor = EtcdCompactor(
            client: client, keys: keys, interval: configuration.compactionInterval, requestTimeout: timeout, logger: logger)
        let (loaded, isLoaded) = AsyncStream.makeStream(of: Void.self)
        let background = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await client.run() }
                for await _ in loaded {}
                group.addTask { await feed.run() }
                group.addTask { await compactor.run() }
            }
        }
        let store = EtcdStore(
            cache: cache, client: client, feed: feed, keys: keys, requestTimeout: timeout, background: background)
        do {
            try await store.checkVersion()
            let newest = try await feed.load(oldest: try await compactor.compacted())
            isLoaded.finish()
            guard await feed.wait(for: newest, until: .now + startTimeout) else {
                throw StoreError.unavailable("etcd: the newest changes did not arrive within \(startTimeout)")
            }
            return store
        } catch {
            await store.close()
            throw error as? StoreError ?? .unavailable("\(error)")
        }
    }

    private init(
        cache: StoreCache, client: EtcdClient, feed: EtcdFeed, keys: EtcdKeys, requestTimeout: Duration,
        background: Task<Void, Never>
    ) {
        self.cache = cache
        self.client = client
        self.feed = feed
        self.keys = keys
        self.requestTimeout = requestTimeout
        self.background = background
    }

    private func checkVersion() async throws(StoreError) {
        let status = try await client.perform(within: requestTimeout) { call, _ in
            try await EtcdMaintenance.Client(wrapping: call.connection).status(
                EtcdStatusRequest(), metadata: call.metadata, options: call.options)
        }
        let parts = status.version.split(separator: ".").compactMap { Int($0) }
        guard parts.count >= 2, (parts[0], parts[1]) >= Self.oldestVersion else {
            throw .unavailable("etcd has version \(status.version); 3.4 or newer is needed")
        }
    }

    // MARK: Writing

    public func write(_ write: Write) async throws(StoreError) -> EncodedObject {
        let refusal = waiting.withLock { waiting -> StoreError? in
            if waiting.isClosed { return .unavailable("the store is closed") }
            if waiting.count >= Self.waitingLimit { return .unavailable("\(waiting.count) writes are waiting already") }
            waiting.count += 1
            return nil
        }
        if let refusal { throw refusal }
        defer { waiting.withLock { $0.count -= 1 } }
        let deadline = ContinuousClock.now + requestTimeout
        let object: Object
        let expected: Int64
        switch write.change {
        case .create(let new): (object, expected) = (new, 0)
        case .update(let new, let revision): (object, expected) = (new, revision)
        case .delete(let revision):
            // The cache may lag behind, but what it has says what a deletion with this revision deletes.
            guard let current = cache.get(write.collection, write.key) else { throw .notFound }
            guard current.revision == revision else { throw .conflict(current: current.revision) }
            (object, expected) = (current.decoded(), revision)
        }
        precondition(object.key == write.key, "an object is stored under its own key")
        let revision = try await swap(write, object, expected: expected, until: deadline)
        // Whoever was told of a write sees it from then on.
        try await catchUp(to: revision, until: deadline)
        return EncodedObject(object, revision: revision)
    }

    /// - Returns: the revision of the change.
    private func swap(
        _ write: Write, _ object: Object, expected: Int64, until deadline: ContinuousClock.Instant
    ) async throws(StoreError) -> Int64 {
        var value: [UInt8]?
        if case .delete = write.change {} else { value = object.storedBytes }
        let request = EtcdRequests.swap(keys.key(write.collection, write.key), expected: expected, value: value)
        let (response, isRepeated) = try await client.perform(within: deadline - .now) { call, isRepeated in
            let kv = EtcdKV.Client(wrapping: call.connection)
            return (try await kv.txn(request, metadata: call.metadata, options: call.options), isRepeated)
        }
        if response.succeeded { return response.header.revision }
        guard let current = response.responses.first?.responseRange.kvs.first else { throw .notFound }
        // An attempt whose answer was lost had its effect: what is there is what was to be.
        if isRepeated, let value, Array(current.value) == value { return current.modRevision }
        // Whoever tries again is to see what was in the way.
        try await catchUp(to: current.modRevision, until: deadline)
        throw expected == 0 ? .exists : .conflict(current: current.modRevision)
    }

    private func catchUp(to revision: Int64, until deadline: ContinuousClock.Instant) async throws(StoreError) {
        guard await feed.wait(for: revision, until: deadline) else {
            throw .unavailable("etcd: change \(revision) was made, but did not come back in time")
        }
    }

    /// What all processes that share the store have in common under `name`, and its revision; nil where there is nothing.
    public func shared(_ name: String) async throws(StoreError) -> (value: [UInt8], revision: Int64)? {
        let request = EtcdRequests.get(keys.privateKey("shared/\(name)"))
        let response = try await client.perform(within: requestTimeout) { call, _ in
            try await EtcdKV.Client(wrapping: call.connection).range(request, metadata: call.metadata, options: call.options)
        }
        return response.kvs.first.map { (Array($0.value), $0.modRevision) }
    }

    /// Shares `value` under `name` in place of what has `revision` (0: where nothing is shared yet).
    /// - Returns: whether it is shared now; else somebody else was first.
    public func share(_ value: [UInt8], as name: String, replacing revision: Int64) async throws(StoreError) -> Bool {
        let request = EtcdRequests.swap(keys.privateKey("shared/\(name)"), expected: revision, value: value)
        let response = try await client.perform(within: requestTimeout) { call, _ in
            try await EtcdKV.Client(wrapping: call.connection).txn(request, metadata: call.metadata, options: call.options)
        }
        return response.succeeded
    }

    public func backup(to path: String) async throws(StoreError) {
        throw .unavailable("the objects are in etcd: use etcdctl snapshot save")
    }

    public func close() async {
        waiting.withLock { $0.isClosed = true }
        while waiting.withLock({ $0.count > 0 }) { try? await Task.sleep(for: .milliseconds(5)) }
        background.cancel()
        await background.value
        cache.close()
    }
}

extension Object {
    /// As it is kept: without a resource version, which is the key's revision.
    fileprivate var storedBytes: [UInt8] {
        var object = self
        object.resourceVersion = ""
        return object.json.encoded()
    }
}
