import Kubernetes

/// A revisioned store of API objects.
///
/// Every write gets the next revision of one sequence; reads are served from memory at a consistent revision; a write is
/// durable before it returns, and visible to every read that begins after it returned.
public protocol ObjectStore: Sendable {
    /// The revision of the last write; 1 for a new store, as in etcd: 0 has a meaning of its own in the Kubernetes API.
    var revision: Int64 { get }

    func get(_ collection: GroupResource, _ key: ObjectKey) -> EncodedObject?

    /// The objects of a collection in the order of their keys.
    func list(_ collection: GroupResource, _ query: ListQuery) throws(StoreError) -> ListResult

    /// Applies one change, or says why it does not apply.
    /// - Returns: the object as it was stored (for a deletion, as it was last, with the deletion's revision).
    func write(_ write: Write) async throws(StoreError) -> EncodedObject

    /// Every change of a collection after `revision`, exactly once and in order.
    /// - Throws: `StoreError.compacted` where the history no longer reaches back to `revision`. A watcher that reads too slowly
    ///   is ended with the same error rather than served from an unbounded queue.
    func watch(_ collection: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch

    /// Copies what is stored, as of one revision, to a new file at `path`; reads and writes go on meanwhile.
    /// - Throws: `StoreError.unavailable` where the store is not kept in a file of this process, or a backup is under way already.
    func backup(to path: String) async throws(StoreError)

    /// Waits for writes under way, then closes files. No call may follow.
    func close() async
}

public struct ListQuery: Sendable {
    /// Nil for all namespaces.
    public var namespace: String?
    /// Only keys after this one.
    public var after: ObjectKey?
    /// 0 for no limit.
    public var limit: Int
    /// The state as of this revision; nil for the newest.
    public var revision: Int64?

    public init(namespace: String? = nil, after: ObjectKey? = nil, limit: Int = 0, revision: Int64? = nil) {
        self.namespace = namespace
        self.after = after
        self.limit = limit
        self.revision = revision
    }
}

public struct ListResult: Sendable {
    public var items: [EncodedObject]
    /// The revision that the list shows.
    public var revision: Int64
    /// Whether there are more keys after the last item.
    public var hasMore: Bool

    public init(items: [EncodedObject], revision: Int64, hasMore: Bool) {
        self.items = items
        self.revision = revision
        self.hasMore = hasMore
    }
}

/// One change, with what must hold for it to apply.
public struct Write: Sendable {
    public enum Change: Sendable {
        /// The object as it is to be; the store sets its resource version.
        case create(Object)
        /// The object as it is to be, in place of the one that has `expected` as its revision.
        case update(Object, expected: Int64)
        /// Removes the object that has `expected` as its revision.
        case delete(expected: Int64)
    }

    public var collection: GroupResource
    public var key: ObjectKey
    public var change: Change

    public init(_ change: Change, _ collection: GroupResource, _ key: ObjectKey) {
        self.collection = collection
        self.key = key
        self.change = change
    }
}

public struct StoreEvent: Sendable {
    public enum Kind: Sendable { case created, updated, deleted }

    public var kind: Kind
    public var object: EncodedObject
    /// The version before this one; nil for a creation. Selectors that stop matching need it.
    public var previous: EncodedObject?

    public init(_ kind: Kind, _ object: EncodedObject, previous: EncodedObject?) {
        self.kind = kind
        self.object = object
        self.previous = previous
    }
}

public enum StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    /// A creation met an object of that key.
    case exists
    /// An update or deletion met no object.
    case notFound
    /// The stored object has another revision than expected.
    case conflict(current: Int64)
    /// The revision lies before the oldest that history still reaches.
    case compacted(oldest: Int64)
    /// The revision lies in the future.
    case future(current: Int64)
    /// The database refused, or too many writes wait; the store goes on serving reads.
    case unavailable(String)
    /// Another process has the database open.
    case inUse(String)
    /// No space is left for a write; the store goes on serving reads, and takes writes again when there is space.
    case full(String)
    /// The object is larger than the database takes.
    case tooLarge(String)

    public var description: String {
        switch self {
        case .exists: "the object exists already"
        case .notFound: "there is no such object"
        case .conflict(let current): "the object has revision \(current)"
        case .compacted(let oldest): "the history reaches back to revision \(oldest) only"
        case .future(let current): "the newest revision is \(current)"
        case .inUse(let path): "\(path): in use by another process"
        case .unavailable(let reason), .full(let reason), .tooLarge(let reason): reason
        }
    }
}
