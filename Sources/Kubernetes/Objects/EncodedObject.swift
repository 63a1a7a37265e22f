/// An immutable API object as it is stored and served: its JSON bytes, and the few fields that keys and selectors need.
///
/// Caches hold these rather than trees: the bytes of a typical object take a fifth of its tree's memory, and are served as they
/// are. Whoever needs the tree decodes it (a few microseconds).
public final class EncodedObject: Sendable {
    /// The object's JSON, `metadata.resourceVersion` included.
    public let bytes: [UInt8]
    public let key: ObjectKey
    public let uid: String
    /// The store's revision of this version of the object.
    public let revision: Int64
    /// `metadata.labels`: empty for most objects, and then free.
    public let labels: [String: String]

    public init(bytes: [UInt8], key: ObjectKey, uid: String, revision: Int64, labels: [String: String]) {
        self.bytes = bytes
        self.key = key
        self.uid = uid
        self.revision = revision
        self.labels = labels
    }

    /// Encodes `object`, whose resource version becomes `revision`.
    public convenience init(_ object: Object, revision: Int64) {
        var object = object
        object.resourceVersion = String(revision)
        self.init(
            bytes: object.json.encoded(), key: object.key, uid: object.uid, revision: revision, labels: object.labels)
    }

    /// Reads stored or received bytes. A resource version that is no number (another server's) counts as revision 0.
    public convenience init(bytes: [UInt8]) throws(JSONSyntaxError) {
        let object = Object(try JSON(parsing: bytes))
        self.init(
            bytes: bytes, key: object.key, uid: object.uid, revision: Int64(object.resourceVersion) ?? 0, labels: object.labels)
    }

    /// The tree.
    public func decoded() -> Object {
        do {
            return Object(try JSON(parsing: bytes))
        } catch {
            preconditionFailure("an encoded object holds JSON that was parsed or encoded before: \(error)")
        }
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
