import EtcdProtocol
import FoundationEssentials
import GRPCCore
import Kubernetes
import Logging
import Synchronization

/// Keeps a cache in step with etcd: loads what is there, and then takes in every change, in order.
final class EtcdFeed: Sendable {
    private static let pageSize: Int64 = 500
    /// How many revisions of the past are read at the start, so that watches go on where they were before a restart.
    private static let replayLimit: Int64 = 20_000
    private static let pauses = (first: Duration.milliseconds(50), last: Duration.seconds(1))

    private let client: EtcdClient
    private let keys: EtcdKeys
    private let cache: StoreCache
    private let requestTimeout: Duration
    private let logger: Logger
    private let waiters = RevisionWaiters()
    /// Whether the last attempt to follow etcd failed: the log says it once.
    private let isBehind = Mutex(false)

    init(client: EtcdClient, keys: EtcdKeys, cache: StoreCache, requestTimeout: Duration, logger: Logger) {
        self.client = client
        self.keys = keys
        self.cache = cache
        self.requestTimeout = requestTimeout
        self.logger = logger
    }

    // MARK: Loading

    /// Fills the cache as of a revision a little before the newest, from which on `run` goes on.
    /// - Parameter oldest: the first revision whose history may be there still.
    /// - Returns: the newest revision.
    func load(oldest: Int64) async throws(StoreError) -> Int64 {
        let (newest, isEmpty) = try await newestRevision()
        let start = isEmpty ? newest : max(newest - Self.replayLimit, oldest, 1)
        do {
            cache.replace(with: try await changes(at: start), revision: start)
        } catch .compacted {
            // Somebody else compacts, too.
            cache.replace(with: try await changes(at: newest), revision: newest)
        }
        return newest
    }

    /// The revision of the last change that is still seen; where there is nothing, that of the cluster.
    private func newestRevision() async throws(StoreError) -> (revision: Int64, isEmpty: Bool) {
        var request = EtcdRequests.range(from: Array(keys.range.key.utf8), to: keys.range.end, limit: 1, revision: 0)
        request.sortTarget = .mod
        request.sortOrder = .descend
        request.keysOnly = true
        let newest = request
        let response = try await client.perform(within: requestTimeout) { call, _ in
            try await EtcdKV.Client(wrapping: call.connection).range(newest, metadata: call.metadata, options: call.options)
        }
        return (response.kvs.first?.modRevision ?? response.header.revision, response.kvs.isEmpty)
    }

    /// All objects as of a revision.
    private func changes(at revision: Int64) async throws(StoreError) -> [Change] {
        var changes: [Change] = []
        var next = Array(keys.range.key.utf8)
        while true {
            let request = EtcdRequests.range(from: next, to: keys.range.end, limit: Self.pageSize, revision: revision)
            let page = try await client.perform(within: requestTimeout) { call, _ in
                do {
                    return try await EtcdKV.Client(wrapping: call.connection).range(
                        request, metadata: call.metadata, options: call.options)
                } catch let error as RPCError where error.code == .outOfRange {
                    throw StoreError.compacted(oldest: revision + 1)
                }
            }
            changes += page.kvs.compactMap { change($0) }
            guard page.more, let last = page.kvs.last else { return changes }
            next = Array(last.key) + [0]
        }
    }

    /// Nil for what is no object, which is logged unless it is the store's own.
    private func change(_ pair: EtcdKeyValue) -> Change? {
        let key = String(decoding: pair.key, as: UTF8.self)
        guard let place = keys.place(of: key), !keys.isPrivate(key) else { return nil }
        do {
            let object = EncodedObject(Object(try JSON(parsing: Array(pair.value))), revision: pair.modRevision)
            if object.key == place.key { return Change(collection: place.collection, object: object, isDeletion: false) }
            logger.error("etcd: the object at \(key) is \(object.key): ignored")
        } catch {
            logger.error("etcd: what is at \(key) is no object: \(error): ignored")
        }
        return nil
    }

    // MARK: Following

    /// Follows etcd until the task is cancelled, whatever happens to the connection.
    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    try? await Task.sleep(for: .milliseconds(100))
                    self.waiters.expire()
                }
                self.waiters.cancelAll()
            }
            group.addTask { await self.follow() }
        }
    }

    private func follow() async {
        var pause = Self.pauses.first
        while !Task.isCancelled {
            let before = cache.revision
            do {
                try await followOnce()
            } catch is Compacted {
                await reload()
            } catch {
                guard !Task.isCancelled else { return }
                note(failure: "\(error)")
            }
            pause = cache.revision > before ? Self.pauses.first : min(pause * 2, Self.pauses.last)
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
        }
    }

    /// History that the cache still needs is gone from etcd.
    private struct Compacted: Error {}

    private struct StreamEnded: Error, CustomStringConvertible {
        var description: String
    }

    private func followOnce() async throws {
        let partial = Mutex<[EtcdEvent]>([])
        try await client.watch(EtcdRequests.watch(keys.range, from: cache.revision + 1)) { response in
            if response.compactRevision > 0 { throw Compacted() }
            if response.canceled { throw StreamEnded(description: "watch cancelled: \(response.cancelReason)") }
            if response.created {
                // A member may lag behind; a cluster that does was put back to an earlier state.
                if response.header.revision < self.cache.revision, try await self.clusterRevision() < self.cache.revision {
                    throw Compacted()
                }
                self.noteSuccess()
            }
            // A revision is taken in whole, in however many messages it comes.
            let events = partial.withLock { partial in
                partial += response.events
                if response.fragment { return [EtcdEvent]() }
                defer { partial = [] }
                return partial
            }
            if !events.isEmpty { self.publish(events) }
        }
        throw StreamEnded(description: "the watch ended")
    }

    private func clusterRevision() async throws(StoreError) -> Int64 {
        let request = EtcdRequests.get(keys.privateKey(""))
        let response = try await client.perform(within: requestTimeout) { call, _ in
            try await EtcdKV.Client(wrapping: call.connection).range(request, metadata: call.metadata, options: call.options)
        }
        return response.header.revision
    }

    private func publish(_ events: [EtcdEvent]) {
        var latest: [String: Change] = [:]
        var changes: [Change] = []
        for event in events {
            let key = String(decoding: event.kv.key, as: UTF8.self)
            let change = event.type == .delete ? deletion(of: key, latest[key], event.kv.modRevision) : change(event.kv)
            guard let change else { continue }
            latest[key] = change
            changes.append(change)
        }
        _ = cache.publish(changes, upTo: events.last?.kv.modRevision ?? 0)
        waiters.advance(to: cache.revision)
    }

    /// - Parameter previous: the key's last change, where it came in the same message.
    private func deletion(of key: String, _ previous: Change?, _ revision: Int64) -> Change? {
        guard let place = keys.place(of: key),
            let last = previous.map({ $0.isDeletion ? nil : $0.object }) ?? cache.get(place.collection, place.key)
        else { return nil }
        return Change(collection: place.collection, object: EncodedObject(last.decoded(), revision: revision), isDeletion: true)
    }

    /// Takes everything in anew, after changes were missed. Watches of the time before end with `StoreError.compacted`.
    private func reload() async {
        do {
            let newest = try await newestRevision().revision
            cache.replace(with: try await changes(at: newest), revision: newest)
            waiters.advance(to: newest)
            logger.notice("etcd: changes were missed, as history is gone; loaded all objects anew")
        } catch {
            note(failure: "\(error)")
        }
    }

    private func note(failure: String) {
        if !isBehind.withLock({ exchange(&$0, true) }) { logger.warning("etcd: not in reach, reads go on from memory: \(failure)") }
    }

    private func noteSuccess() {
        if isBehind.withLock({ exchange(&$0, false) }) { logger.notice("etcd: in reach again") }
    }

    /// Waits until the cache has reached a revision.
    /// - Returns: false where the time was up first, or the store is closed.
    func wait(for revision: Int64, until deadline: ContinuousClock.Instant) async -> Bool {
        await waiters.wait(for: revision, reached: { self.cache.revision }, until: deadline)
    }
}

private func exchange(_ value: inout Bool, _ new: Bool) -> Bool {
    defer { value = new }
    return value
}
