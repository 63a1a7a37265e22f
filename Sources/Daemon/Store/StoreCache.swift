import DequeModule
import Kubernetes
import Synchronization

/// How much of the past a store keeps in memory, for watches to resume from and for lists that go on at an older revision.
public struct HistoryLimits: Sendable {
    /// Changes of all collections together.
    public var events: Int
    /// Bytes of objects that are kept only as history.
    public var supersededBytes: Int

    public init(events: Int = 100_000, supersededBytes: Int = 64 << 20) {
        self.events = events
        self.supersededBytes = supersededBytes
    }
}

/// The newest state of every collection and its recent changes, in memory: what all reads and watches are served from.
final class StoreCache: Sendable {
    private struct Collection {
        var objects = SortedObjects()
        /// Recent changes in the order of their revisions.
        var history: Deque<StoreEvent> = []
        /// No change after this revision is missing in `history`.
        var compacted: Int64
        /// The revision of the newest change.
        var revision: Int64 = 0
        /// Watchers that have seen everything, by the namespace they watch (nil: all).
        var waiting: [String?: [Int: CheckedContinuation<Int64?, Never>]] = [:]
    }

    private struct State {
        var revision: Int64 = 1
        /// Collections live in an array, so that `order` can name them in a word each.
        var collections: [Collection] = []
        var indexes: [GroupResource: Int] = [:]
        /// The collections of all events in history, oldest first.
        var order: Deque<Int> = []
        var supersededBytes = 0
        /// The revision of the newest event that left history.
        var compacted: Int64 = 0
        /// What `compacted` was when the store opened: collections seen first later on start with it.
        var compactedAtStart: Int64 = 0
        var nextWaiter = 0
        var isClosed = false
    }

    private let state = Mutex(State())
    private let limits: HistoryLimits

    init(limits: HistoryLimits) {
        self.limits = limits
    }

    // MARK: Reading

    var revision: Int64 { state.withLock { $0.revision } }

    /// The revision up to which changes may be missing from the history.
    var compacted: Int64 { state.withLock { $0.compacted } }

    func get(_ collection: GroupResource, _ key: ObjectKey) -> EncodedObject? {
        state.withLock { state in state.indexes[collection].flatMap { state.collections[$0].objects[key] } }
    }

    func list(_ collection: GroupResource, _ query: ListQuery) throws(StoreError) -> ListResult {
        let result: Result<ListResult, StoreError> = state.withLock { state in
            let revision = query.revision ?? state.revision
            guard revision <= state.revision else { return .failure(.future(current: state.revision)) }
            guard let index = state.indexes[collection] else {
                let compacted = state.compactedAtStart
                guard revision >= compacted else { return .failure(.compacted(oldest: compacted)) }
                return .success(ListResult(items: [], revision: revision, hasMore: false))
            }
            guard revision >= state.collections[index].compacted else {
                return .failure(.compacted(oldest: state.collections[index].compacted))
            }
            return .success(Self.list(state.collections[index], query, at: revision))
        }
        return try result.get()
    }

    private static func list(_ collection: Collection, _ query: ListQuery, at revision: Int64) -> ListResult {
        // One more than asked for, which tells whether there are more.
        let wanted = query.limit > 0 ? query.limit + 1 : Int.max
        var items: [EncodedObject] = []
        if query.limit == 0, query.namespace == nil { items.reserveCapacity(collection.objects.count) }
        let current = collection.objects.objects(namespace: query.namespace, after: query.after)
        if collection.revision <= revision {
            for object in current {
                items.append(object)
                if items.count == wanted { break }
            }
        } else {
            // What changed since is taken back: of every key changed, the version before its first change counts.
            var earlier: [ObjectKey: EncodedObject?] = [:]
            for event in collection.history[firstEvent(of: collection, after: revision)...] {
                let key = event.object.key
                if let namespace = query.namespace, key.namespace != namespace { continue }
                if let after = query.after, key <= after { continue }
                if earlier[key] == nil { earlier.updateValue(event.previous, forKey: key) }
            }
            var restored = earlier.values.compactMap { $0 }.sorted { $0.key < $1.key }[...]
            for object in current where earlier[object.key] == nil {
                while let next = restored.first, next.key < object.key, items.count < wanted {
                    items.append(restored.removeFirst())
                }
                if items.count == wanted { break }
                items.append(object)
            }
            items += restored.prefix(wanted - items.count)
        }
        let hasMore = items.count == wanted
        if hasMore { items.removeLast() }
        return ListResult(items: items, revision: revision, hasMore: hasMore)
    }

    private static func firstEvent(of collection: Collection, after revision: Int64) -> Int {
        var low = 0
        var high = collection.history.count
        while low < high {
            let middle = (low + high) / 2
            if collection.history[middle].object.revision <= revision { low = middle + 1 } else { high = middle }
        }
        return low
    }

    // MARK: Writing

    /// Takes a change in that was made before the store opened.
    func restore(_ change: Change) {
        state.withLock { _ = Self.apply(change, to: &$0) }
    }

    /// Ends restoring: the history is complete after `compacted`.
    /// - Returns: the revisions of versions that are needed no more.
    func finishRestoring(compacted: Int64) -> [Int64] {
        state.withLock { state in
            state.revision = max(state.revision, compacted)
            let obsolete = Self.drop(from: &state) { $0.object.revision <= compacted }
            state.compacted = compacted
            state.compactedAtStart = compacted
            for index in state.collections.indices { state.collections[index].compacted = compacted }
            return obsolete + Self.trim(&state, to: limits)
        }
    }

    /// Takes the place of everything that was known: the history begins after `revision`. Watches from before end with
    /// `StoreError.compacted`.
    func replace(with changes: [Change], revision: Int64) {
        let (waiters, before) = state.withLock { state in
            let before = state.revision
            var waiters: [CheckedContinuation<Int64?, Never>] = []
            for index in state.collections.indices {
                waiters += state.collections[index].waiting.values.flatMap(\.values)
                state.collections[index] = Collection(compacted: revision)
            }
            state.order = []
            state.supersededBytes = 0
            state.compacted = revision
            state.compactedAtStart = revision
            state.revision = revision
            for change in changes {
                let index = Self.index(of: change.collection, in: &state)
                state.collections[index].objects.insert(change.object)
                state.collections[index].revision = max(state.collections[index].revision, change.object.revision)
            }
            return (waiters, before)
        }
        for waiter in waiters { waiter.resume(returning: before) }
    }

    /// Makes durable changes visible, all at once, and wakes their watchers.
    /// - Parameter revision: up to which they are all the changes there were, if that is more than their own.
    /// - Returns: the revisions of versions that are needed no more.
    func publish(_ changes: [Change], upTo revision: Int64 = 0) -> [Int64] {
        let (obsolete, wakes) = state.withLock { state in
            let before = state.revision
            var touched: [Int: Set<String>] = [:]
            for change in changes {
                let index = Self.apply(change, to: &state)
                if !state.collections[index].waiting.isEmpty {
                    touched[index, default: []].insert(change.object.key.namespace)
                }
            }
            state.revision = max(state.revision, revision)
            var wakes: [CheckedContinuation<Int64?, Never>] = []
            for (index, namespaces) in touched {
                for namespace in namespaces.map(Optional.some) + [nil] {
                    if let waiters = state.collections[index].waiting.removeValue(forKey: namespace) { wakes += waiters.values }
                }
            }
            return (Self.trim(&state, to: limits), wakes.map { ($0, before) })
        }
        for (waiter, revision) in wakes { waiter.resume(returning: revision) }
        return obsolete
    }

    private static func index(of collection: GroupResource, in state: inout State) -> Int {
        if let index = state.indexes[collection] { return index }
        state.indexes[collection] = state.collections.count
        state.collections.append(Collection(compacted: state.compactedAtStart))
        return state.collections.count - 1
    }

    private static func apply(_ change: Change, to state: inout State) -> Int {
        let index = index(of: change.collection, in: &state)
        let object = change.object
        let previous =
            change.isDeletion
            ? state.collections[index].objects.remove(object.key) : state.collections[index].objects.insert(object)
        let kind: StoreEvent.Kind = change.isDeletion ? .deleted : previous == nil ? .created : .updated
        let event = StoreEvent(kind, object, previous: previous)
        state.collections[index].history.append(event)
        state.collections[index].revision = object.revision
        state.order.append(index)
        state.supersededBytes += supersededBytes(of: event)
        state.revision = object.revision
        return index
    }

    private static func trim(_ state: inout State, to limits: HistoryLimits) -> [Int64] {
        var events = state.order.count
        var bytes = state.supersededBytes
        return drop(from: &state) { event in
            guard events > limits.events || bytes > limits.supersededBytes else { return false }
            events -= 1
            bytes -= supersededBytes(of: event)
            return true
        }
    }

    /// Drops the oldest events from history, as long as `condition` holds.
    /// - Returns: the revisions of versions that are needed no more.
    private static func drop(from state: inout State, while condition: (StoreEvent) -> Bool) -> [Int64] {
        var obsolete: [Int64] = []
        while let index = state.order.first, let event = state.collections[index].history.first, condition(event) {
            state.order.removeFirst()
            state.collections[index].history.removeFirst()
            state.collections[index].compacted = event.object.revision
            state.compacted = event.object.revision
            state.supersededBytes -= supersededBytes(of: event)
            if let previous = event.previous { obsolete.append(previous.revision) }
            if event.kind == .deleted { obsolete.append(event.object.revision) }
        }
        return obsolete
    }

    /// The bytes that only history keeps on account of this event.
    private static func supersededBytes(of event: StoreEvent) -> Int {
        (event.previous?.bytes.count ?? 0) + (event.kind == .deleted ? event.object.bytes.count : 0)
    }

    // MARK: Watching

    /// Checks that a watch can start after `revision`.
    func checkWatch(_ collection: GroupResource, after revision: Int64) throws(StoreError) {
        let problem = state.withLock { state -> StoreError? in
            let compacted = state.indexes[collection].map { state.collections[$0].compacted } ?? state.compactedAtStart
            if revision > state.revision { return .future(current: state.revision) }
            return revision < compacted ? .compacted(oldest: compacted) : nil
        }
        if let problem { throw problem }
    }

    /// The next events after `cursor`, at most about `limit`; none when there are none yet. Moves the cursor past what was seen.
    func events(
        of collection: GroupResource, namespace: String?, after cursor: inout Int64, limit: Int
    ) throws(StoreError) -> [StoreEvent] {
        let start = cursor
        let result: Result<([StoreEvent], Int64), StoreError> = state.withLock { state in
            // Revisions went back: the watcher saw changes that are no more.
            guard start <= state.revision else { return .failure(.compacted(oldest: state.compacted)) }
            guard let index = state.indexes[collection] else { return .success(([], start)) }
            let collection = state.collections[index]
            guard start >= collection.compacted else { return .failure(.compacted(oldest: collection.compacted)) }
            var events: [StoreEvent] = []
            for event in collection.history[Self.firstEvent(of: collection, after: start)...] {
                // Several changes of one revision (of another client of etcd) stay together.
                if events.count >= limit, let last = events.last?.object.revision, event.object.revision > last {
                    return .success((events, last))
                }
                if namespace == nil || event.object.key.namespace == namespace { events.append(event) }
            }
            return .success((events, max(start, collection.revision)))
        }
        let events: [StoreEvent]
        (events, cursor) = try result.get()
        return events
    }

    /// Waits for a change after `cursor`.
    /// - Returns: a revision up to which the watcher has missed nothing; nil when the task is cancelled or the store closed.
    func wait(for collection: GroupResource, namespace: String?, after cursor: Int64) async -> Int64? {
        let id = state.withLock { state in
            state.nextWaiter += 1
            return state.nextWaiter
        }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer: Int64?? = state.withLock { state in
                    if Task.isCancelled || state.isClosed { return .some(nil) }
                    let index = Self.index(of: collection, in: &state)
                    if state.collections[index].revision > cursor { return cursor }
                    state.collections[index].waiting[namespace, default: [:]][id] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                state.indexes[collection].flatMap { state.collections[$0].waiting[namespace]?.removeValue(forKey: id) }
            }
            waiter?.resume(returning: nil)
        }
    }

    /// Ends all watches.
    func close() {
        let waiters = state.withLock { state in
            state.isClosed = true
            var waiters: [CheckedContinuation<Int64?, Never>] = []
            for index in state.collections.indices {
                waiters += state.collections[index].waiting.values.flatMap(\.values)
                state.collections[index].waiting = [:]
            }
            return waiters
        }
        for waiter in waiters { waiter.resume(returning: nil) }
    }
}
