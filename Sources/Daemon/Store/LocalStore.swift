import Dispatch
import Kubernetes
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A store of one process: all objects in memory, and durable in a commit log.
///
/// Writes of concurrent callers are committed in groups: whatever waits while one group is being made durable forms the next.
/// A group becomes visible only when it is durable; one that fails leaves no trace.
public final class LocalStore: CachedStore {
    private typealias Caller = CheckedContinuation<Result<EncodedObject, StoreError>, Never>

    private struct Request: Sendable {
        var write: Write
        var caller: Caller
    }

    private struct Waiting {
        var requests: [Request] = []
        var isDraining = false
        var isClosed = false
    }

    /// What only the writing thread touches.
    private struct Writer: ~Copyable {
        var log: (any CommitLog)?
        /// Revisions that the log may forget, kept until there are enough to be worth a commit.
        var obsolete: [Int64] = []
        var backup: SQLiteBackup?
    }

    /// How long the first write waits for others to share its commit with, in microseconds. Writes come in swarms (one for each
    /// cluster of a binding), and a commit that reaches the disk costs more than what is in it.
    private static let gatheringTime: UInt32 = 100
    private static let waitingLimit = 16_384
    private static let groupLimit = 1_024
    private static let groupBytesLimit = 8 << 20
    private static let discardThreshold = 512

    let cache: StoreCache
    private let waiting = Mutex(Waiting())
    private let writer: Mutex<Writer>
    /// Whether commits reach the disk, so that it is worth while to gather writes.
    private let gathers: Bool
    /// Blocks in system calls: a thread of its own, not one of the cooperative pool.
    private let queue = DispatchQueue(label: "flotilla.store.writer")

    /// A store that keeps nothing beyond the process.
    public convenience init(history: HistoryLimits = HistoryLimits()) {
        self.init(cache: StoreCache(limits: history), log: nil, gathers: false, obsolete: [])
    }

    /// Opens the SQLite file at `path`, or makes it.
    /// - Parameter syncs: whether acknowledged writes outlive the machine's power and not only this process.
    /// - Throws: `StoreError.unavailable` with a message that names the file when it is in use by another process, damaged, of a
    ///   newer version, or not accessible.
    public static func open(
        sqlite path: String, history: HistoryLimits = HistoryLimits(), syncs: Bool = true
    ) async throws(StoreError) -> LocalStore {
        try await open(history: history, gathers: syncs) { () throws(StoreError) in try SQLiteLog(path: path, syncs: syncs) }
    }

    static func open(
        history: HistoryLimits, gathers: Bool = true, _ makeLog: @escaping @Sendable () throws(StoreError) -> sending any CommitLog
    ) async throws(StoreError) -> LocalStore {
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<LocalStore, StoreError>, Never>) in
            DispatchQueue(label: "flotilla.store.open").async {
                done.resume(
                    returning: Result { () throws(StoreError) in
                        let log = try makeLog()
                        let cache = StoreCache(limits: history)
                        let compacted = try log.load { cache.restore($0) }
                        let obsolete = cache.finishRestoring(compacted: compacted)
                        return LocalStore(cache: cache, log: log, gathers: gathers, obsolete: obsolete)
                    })
            }
        }
        return try result.get()
    }

    private init(cache: StoreCache, log: sending (any CommitLog)?, gathers: Bool, obsolete: [Int64]) {
        self.cache = cache
        self.gathers = gathers
        writer = Mutex(Writer(log: log, obsolete: obsolete))
    }

    // MARK: Writing

    public func write(_ write: Write) async throws(StoreError) -> EncodedObject {
        let result = await withCheckedContinuation { (caller: Caller) in
            let refusal = waiting.withLock { waiting -> StoreError? in
                if waiting.isClosed { return .unavailable("the store is closed") }
                if waiting.requests.count >= Self.waitingLimit {
                    return .unavailable("\(waiting.requests.count) writes are waiting already")
                }
                waiting.requests.append(Request(write: write, caller: caller))
                if !waiting.isDraining {
                    waiting.isDraining = true
                    queue.async { self.drain() }
                }
                return nil
            }
            if let refusal { caller.resume(returning: .failure(refusal)) }
        }
        return try result.get()
    }

    public func close() async {
        waiting.withLock { $0.isClosed = true }
        await withCheckedContinuation { done in
            // The queue is serial, so the writes that were accepted come first.
            queue.async {
                self.writer.withLock {
                    $0.backup = nil
                    $0.log = nil
                }
                self.cache.close()
                done.resume()
            }
        }
    }

    public func backup(to path: String) async throws(StoreError) {
        let result = await withCheckedContinuation { (done: CheckedContinuation<Result<Void, StoreError>, Never>) in
            queue.async {
                let start = Result { () throws(StoreError) in
                    try self.writer.withLock { writer throws(StoreError) in
                        guard let log = writer.log as? SQLiteLog else { throw .unavailable("the objects are in no file") }
                        guard writer.backup == nil else { throw .unavailable("a backup is under way already") }
                        writer.backup = try log.backup(to: path)
                    }
                }
                if case .failure = start { return done.resume(returning: start) }
                self.continueBackup(done)
            }
        }
        try result.get()
    }

    /// Copies step by step, so that groups of writes come in between.
    private func continueBackup(_ done: CheckedContinuation<Result<Void, StoreError>, Never>) {
        let step = Result { () throws(StoreError) in
            try writer.withLock { writer throws(StoreError) in try writer.backup?.step() ?? true }
        }
        if case .success(false) = step { return queue.async { self.continueBackup(done) } }
        writer.withLock { $0.backup = nil }
        done.resume(returning: step.map { _ in })
    }

    /// Commits group after group until nobody waits.
    private func drain() {
        if gathers { usleep(Self.gatheringTime) }
        while let requests = nextRequests() {
            var rest = requests[...]
            while !rest.isEmpty { commitGroup(from: &rest) }
        }
    }

    private func nextRequests() -> [Request]? {
        waiting.withLock { waiting in
            guard !waiting.requests.isEmpty else {
                waiting.isDraining = false
                return nil
            }
            defer { waiting.requests = [] }
            return waiting.requests
        }
    }

    /// Takes a group off the front of `requests`, makes it durable and visible, and answers its callers.
    private func commitGroup(from requests: inout ArraySlice<Request>) {
        var group = WriteGroup(cache: cache)
        var answers: [(Caller, Result<EncodedObject, StoreError>)] = []
        while let request = requests.first, answers.count < Self.groupLimit, group.bytes < Self.groupBytesLimit {
            requests.removeFirst()
            answers.append((request.caller, Result { () throws(StoreError) in try group.apply(request.write) }))
        }
        do {
            try commit(group.changes)
        } catch {
            // Whatever was decided in this group was decided by changes that did not happen.
            for index in answers.indices { answers[index].1 = .failure(error) }
        }
        for (caller, answer) in answers { caller.resume(returning: answer) }
    }

    private func commit(_ changes: [Change]) throws(StoreError) {
        guard !changes.isEmpty else { return }
        try writer.withLock { writer throws(StoreError) in
            try writer.log?.commit(changes)
            let obsolete = cache.publish(changes)
            guard let log = writer.log else { return }
            writer.obsolete += obsolete
            if writer.obsolete.count >= Self.discardThreshold {
                // Where this fails, the revisions wait for the next time: nothing depends on it but the size of the file.
                if (try? log.discard(writer.obsolete, compacted: cache.compacted)) != nil { writer.obsolete = [] }
            }
        }
    }
}

/// Writes that are decided one after the other, each seeing those before it, and take effect together.
private struct WriteGroup {
    private struct Place: Hashable {
        var collection: GroupResource
        var key: ObjectKey
    }

    private let cache: StoreCache
    private var revision: Int64
    /// What this group left at a place; nil where it deleted.
    private var latest: [Place: EncodedObject?] = [:]
    private(set) var changes: [Change] = []
    private(set) var bytes = 0

    init(cache: StoreCache) {
        self.cache = cache
        revision = cache.revision
    }

    mutating func apply(_ write: Write) throws(StoreError) -> EncodedObject {
        let place = Place(collection: write.collection, key: write.key)
        let current = latest[place] ?? cache.get(write.collection, write.key)
        let object: Object
        var isDeletion = false
        switch write.change {
        case .create(let new):
            guard current == nil else { throw .exists }
            object = new
        case .update(let new, let expected):
            _ = try Self.require(current, expected)
            object = new
        case .delete(let expected):
            object = try Self.require(current, expected).decoded()
            isDeletion = true
        }
        revision += 1
        let encoded = EncodedObject(object, revision: revision)
        precondition(encoded.key == write.key, "an object is stored under its own key")
        changes.append(Change(collection: write.collection, object: encoded, isDeletion: isDeletion))
        latest.updateValue(isDeletion ? nil : encoded, forKey: place)
        bytes += encoded.bytes.count
        return encoded
    }

    private static func require(_ current: EncodedObject?, _ expected: Int64) throws(StoreError) -> EncodedObject {
        guard let current else { throw .notFound }
        guard current.revision == expected else { throw .conflict(current: current.revision) }
        return current
    }
}
