import Synchronization

/// An immutable API object as it is stored and served: its JSON bytes, and the few fields that keys and selectors need.
///
/// Caches hold these rather than trees: the bytes of a typical object take a fifth of its tree's memory, and are served as they
/// are. Trees are kept for the objects that were written or decoded last (see `TreeCache`): whoever looks at a new version of an
/// object looks at the one tree that it was encoded from.
public final class EncodedObject: Sendable {
    /// The object's JSON, `metadata.resourceVersion` included.
    public let bytes: [UInt8]
    public let key: ObjectKey
    public let uid: String
    /// The store's revision of this version of the object.
    public let revision: Int64
    /// `metadata.labels`: empty for most objects, and then free.
    public let labels: [String: String]
    private let tree: Mutex<Object?>

    public init(bytes: [UInt8], key: ObjectKey, uid: String, revision: Int64, labels: [String: String]) {
        self.bytes = bytes
        self.key = key
        self.uid = uid
        self.revision = revision
        self.labels = labels
        tree = Mutex(nil)
    }

    /// Encodes `object` as it is. A resource version that is no number (another server's) counts as revision 0.
    public convenience init(_ object: Object) { self.init(object, bytes: object.json.encoded()) }

    /// Encodes `object`, whose resource version becomes `revision`.
    public convenience init(_ object: Object, revision: Int64) {
        var object = object
        object.resourceVersion = String(revision)
        self.init(object)
    }

    /// Reads stored or received bytes. Their tree is made when somebody asks for it: most versions of most objects are never
    /// looked into.
    public convenience init(bytes: [UInt8]) throws(JSONSyntaxError) {
        let object = Object(try JSON(parsing: bytes, only: .identity))
        self.init(
            bytes: bytes, key: object.key, uid: object.uid, revision: Int64(object.resourceVersion) ?? 0, labels: object.labels)
    }

    private init(_ object: Object, bytes: [UInt8]) {
        self.bytes = bytes
        key = object.key
        uid = object.uid
        revision = Int64(object.resourceVersion) ?? 0
        labels = object.labels
        tree = Mutex(object)
        TreeCache.shared.add(self)
    }

    /// The tree. Copies share their parts with it until they are changed, so that comparing what is unchanged costs nothing.
    public func decoded() -> Object {
        if let object = tree.withLock({ $0 }) { return object }
        let object = Object(parsed(only: .all))
        tree.withLock { $0 = object }
        TreeCache.shared.add(self)
        return object
    }

    /// The parts of the object that the mask names, and maybe more: from the tree where there is one, else read from the bytes
    /// for this once.
    public func decoded(only mask: JSONMask) -> Object { tree.withLock { $0 } ?? Object(parsed(only: mask)) }

    /// The object with nothing but what the mask names, for caches that need no more of it.
    public func reduced(to mask: JSONMask) -> EncodedObject {
        EncodedObject(bytes: parsed(only: mask).encoded(), key: key, uid: uid, revision: revision, labels: labels)
    }

    private func parsed(only mask: JSONMask) -> JSON {
        do {
            return try JSON(parsing: bytes, only: mask)
        } catch {
            preconditionFailure("an encoded object holds JSON that was parsed or encoded before: \(error)")
        }
    }

    fileprivate func dropTree() {
        // Freed after the lock is released.
        _ = tree.withLock { $0.take() }
    }
}

/// Keeps the trees of the objects that were written or decoded last.
///
/// The oldest go when the trees stand for more than `limit` encoded bytes; a tree takes about five times as many.
private final class TreeCache: Sendable {
    static let shared = TreeCache(limit: 4 << 20)

    private struct State {
        /// In the order in which they came; those before `first` are gone.
        var objects: [EncodedObject?] = []
        var first = 0
        var bytes = 0
    }

    private let limit: Int
    private let state = Mutex(State())

    private init(limit: Int) { self.limit = limit }

    func add(_ object: EncodedObject) {
        let dropped = state.withLock { state in
            state.objects.append(object)
            state.bytes += object.bytes.count
            var dropped: [EncodedObject] = []
            while state.bytes > limit, let oldest = state.objects[state.first].take() {
                state.first += 1
                state.bytes -= oldest.bytes.count
                dropped.append(oldest)
            }
            if state.first > state.objects.count / 2 {
                state.objects.removeFirst(state.first)
                state.first = 0
            }
            return dropped
        }
        for object in dropped { object.dropTree() }
    }
}

/// What a watch delivers.
public enum WatchEvent: Sendable {
    case added(EncodedObject)
    case modified(EncodedObject)
    case deleted(EncodedObject)
    /// Nothing changed up to this revision.
    case bookmark(resourceVersion: String)

    public var object: EncodedObject? {
        switch self {
        case .added(let object), .modified(let object), .deleted(let object): object
        case .bookmark: nil
        }
    }
}
