import Client
import Kubernetes

/// What a list asks for beyond the collection.
struct ListRequest: Sendable {
    var namespace: String?
    var labelSelector = ""
    var fieldSelector = ""
    /// 0 for no limit.
    var limit = 0
    var `continue` = ""
    var version = VersionRequest()
}

/// How new, or exactly which, the state has to be that a read shows ("API concepts: Resource versions").
struct VersionRequest: Sendable, Equatable {
    enum Match: Sendable { case exact, notOlderThan }

    /// Nil for the newest; 0 for any.
    var revision: Int64?
    var match: Match?
}

/// What a watch asks for beyond the collection.
struct WatchRequest: Sendable {
    var namespace: String?
    var labelSelector = ""
    var fieldSelector = ""
    /// The revision that the client has seen; nil or 0 to begin with what there is.
    var revision: Int64?
    /// Nil where the client does not say: then the revision decides.
    var sendInitialEvents: Bool?
}

/// A page of a list.
struct ObjectPage: Sendable {
    var items: [EncodedObject]
    /// The revision that the page shows.
    var revision: Int64
    /// Empty on the last page.
    var `continue`: String
    /// How many objects come after this page; nil where selectors make it unknown.
    var remaining: Int?
}

/// What a write says besides the object.
struct WriteOptions: Sendable {
    /// Everything is checked and answered as if it were done, but nothing is.
    var isDryRun = false
    var fieldValidation = FieldValidation.ignore
    /// Whether an update of the object sets its status too: nothing that HTTP offers.
    var writesStatus = false
    /// Nil where the write is not told apart from the server's own.
    var fieldManager: FieldManager?
    /// Who writes; nil for the server itself, which may do everything.
    var user: UserInfo?
    /// Whether the writer may create the object where an update or patch would; fails with `Forbidden` where not.
    var authorizeCreation: @Sendable () throws(APIError) -> Void = {}
}

/// Who writes, for `metadata.managedFields`.
enum FieldManager: Sendable, Equatable {
    /// Of a request: everything that it writes is recorded.
    case client(String)
    /// A part of this process: see `ObjectService.recordOwnership`.
    case component(String)

    var name: String {
        switch self {
        case .client(let name), .component(let name): name
        }
    }
}

/// What a deletion says besides the object.
struct DeletionRequest: Sendable {
    var uid: String?
    var resourceVersion: String?
    var propagation: DeleteOptions.Propagation?
    var isDryRun = false
    /// Who deletes; nil for the server itself.
    var user: UserInfo?
}

/// What became of a write.
struct WriteOutcome: Sendable {
    var object: EncodedObject
    /// For the client, as `Warning` headers.
    var warnings: [String] = []
    var isCreation = false
}

/// What became of a deletion.
enum DeletionOutcome: Sendable {
    /// The object is gone; it is shown as it was last.
    case removed(EncodedObject)
    /// The object waits for its finalizers.
    case pending(EncodedObject)

    var object: EncodedObject {
        switch self {
        case .removed(let object), .pending(let object): object
        }
    }
}
