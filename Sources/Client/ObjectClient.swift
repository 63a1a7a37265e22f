import Kubernetes

/// Reads and writes API objects, wherever they are: in this process or behind HTTP.
///
/// Every call fails with an `APIError`; faults of the transport become `ServiceUnavailable` or `Timeout`, so that callers tell
/// the kinds of failure apart in one way.
public protocol ObjectClient: Sendable {
    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList

    /// Events after `options.resourceVersion`, in order. The sequence ends when the server closes the watch, and fails with
    /// an `APIError` of reason `Expired` or `Gone` when the version is too old to go on from.
    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject

    /// Replaces the object; a resource version in it must match the stored one.
    /// - Parameter subresource: `status`, say; nil for the object itself.
    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject

    /// Replaces the object and its status, as `update` of the one and then of the other: in one write where the client can.
    func updateWithStatus(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError)

    /// The resources that the server serves now, subresources included.
    func discover() async throws(APIError) -> DiscoveredResources

    /// The server's version, as `/version` gives it: `v1.32.0`.
    func serverVersion() async throws(APIError) -> String
}

public typealias WatchStream = AsyncThrowingStream<WatchEvent, any Error>

public struct ListOptions: Sendable {
    /// Nil for all namespaces, and for cluster-scoped resources.
    public var namespace: String?
    /// In the query's syntax: `app=web,tier in (a,b)`.
    public var labelSelector: String
    public var fieldSelector: String
    /// 0 for no limit.
    public var limit: Int
    public var `continue`: String

    public init(
        namespace: String? = nil, labelSelector: String = "", fieldSelector: String = "", limit: Int = 0, continue: String = ""
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.limit = limit
        self.continue = `continue`
    }
}

public struct WatchOptions: Sendable {
    /// Nil for all namespaces, and for cluster-scoped resources.
    public var namespace: String?
    public var labelSelector: String
    public var fieldSelector: String
    public var resourceVersion: String
    public var allowBookmarks: Bool

    public init(
        namespace: String? = nil, labelSelector: String = "", fieldSelector: String = "", resourceVersion: String,
        allowBookmarks: Bool = true
    ) {
        self.namespace = namespace
        self.labelSelector = labelSelector
        self.fieldSelector = fieldSelector
        self.resourceVersion = resourceVersion
        self.allowBookmarks = allowBookmarks
    }
}

public struct ObjectList: Sendable {
    public var items: [EncodedObject]
    public var resourceVersion: String
    /// Token for the next page; empty on the last.
    public var `continue`: String

    public init(items: [EncodedObject], resourceVersion: String, continue: String = "") {
        self.items = items
        self.resourceVersion = resourceVersion
        self.continue = `continue`
    }
}

public enum Patch: Sendable {
    /// RFC 6902.
    case json(JSON)
    /// RFC 7386.
    case merge(JSON)
    case strategicMerge(JSON)
    /// Server-side apply.
    case apply(JSON, fieldManager: String, force: Bool)
}

public struct DeleteOptions: Sendable {
    /// Refuse with a conflict unless the object has this uid.
    public var uid: String?
    public var propagation: Propagation?

    public enum Propagation: String, Sendable { case orphan = "Orphan", background = "Background", foreground = "Foreground" }

    public init(uid: String? = nil, propagation: Propagation? = nil) {
        self.uid = uid
        self.propagation = propagation
    }
}

/// One entry of discovery (`meta/v1.APIResource`).
public struct APIResource: Sendable, Hashable {
    public var resource: GroupVersionResource
    public var kind: GroupVersionKind
    public var isNamespaced: Bool
    public var verbs: [String]
    /// `status`, `scale`; nil for the resource itself.
    public var subresource: String?
    /// As users may call it: `deploy`.
    public var shortNames: [String]

    public init(
        resource: GroupVersionResource, kind: GroupVersionKind, isNamespaced: Bool, verbs: [String], subresource: String? = nil,
        shortNames: [String] = []
    ) {
        self.resource = resource
        self.kind = kind
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresource = subresource
        self.shortNames = shortNames
    }
}

/// What a server serves.
public struct DiscoveredResources: Sendable {
    public var resources: [APIResource]
    /// Versions that it serves but cannot say anything about now: their own servers are down.
    public var missing: [GroupVersion]

    public init(_ resources: [APIResource] = [], missing: [GroupVersion] = []) {
        self.resources = resources
        self.missing = missing
    }
}

extension ObjectClient {
    public func update(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        try await update(object, in: resource, subresource: nil)
    }

    public func updateStatus(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        try await update(object, in: resource, subresource: "status")
    }

    public func updateWithStatus(
        _ object: Object, in resource: GroupVersionResource
    ) async throws(APIError) -> EncodedObject {
        var updated = try await update(object, in: resource).decoded()
        updated["status"] = object["status"]
        return try await updateStatus(updated, in: resource)
    }

    public func delete(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) {
        try await delete(resource, key, DeleteOptions())
    }

    /// The object, or nil where there is none.
    public func find(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject? {
        do {
            return try await get(resource, key)
        } catch where error.reason == .notFound {
            return nil
        }
    }

    /// Reads, changes and writes back, again after a conflict, at most five times. `change` may return false for "leave as
    /// it is"; nothing is written then, nor where the result equals what was read.
    @discardableResult
    public func modify(
        _ resource: GroupVersionResource, _ key: ObjectKey, subresource: String? = nil,
        _ change: (inout Object) -> Bool
    ) async throws(APIError) -> EncodedObject {
        var attempts = 0
        while true {
            attempts += 1
            let current = try await get(resource, key)
            let before = current.decoded()
            var object = before
            guard change(&object), object != before else { return current }
            do {
                return try await update(object, in: resource, subresource: subresource)
            } catch where error.reason == .conflict && attempts < 5 {
                continue
            }
        }
    }
}
