import Kubernetes
import Synchronization

/// The right to act, which ends by itself unless it is renewed.
public final class Leadership: Sendable {
    private let end: Mutex<ContinuousClock.Instant>

    init(until end: ContinuousClock.Instant) {
        self.end = Mutex(end)
    }

    /// Whether this process still leads. False as soon as the time is up, even where nobody had the time to say so: after the
    /// process was stopped for a while, say.
    public var isHeld: Bool { remaining > .zero }

    /// How long it lasts if it is not renewed; not above zero when it is over.
    var remaining: Duration { end.withLock { $0 } - .now }

    func extend(until new: ContinuousClock.Instant) { end.withLock { $0 = new } }

    /// Ends it at once.
    func end(_ now: ContinuousClock.Instant = .now) { end.withLock { $0 = min($0, now) } }
}

/// A client that writes only as long as its process leads, so that a leader that does not know yet that it was succeeded does no harm.
public struct FencedClient: ObjectClient {
    private let client: any ObjectClient
    private let leadership: Leadership

    public init(_ client: any ObjectClient, _ leadership: Leadership) {
        self.client = client
        self.leadership = leadership
    }

    private func requireLeadership() throws(APIError) {
        guard leadership.isHeld else {
            throw APIError(code: 503, reason: .serviceUnavailable, message: "another replica leads now")
        }
    }

    public func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        try await client.get(resource, key)
    }

    public func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        try await client.list(resource, options)
    }

    public func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        try await client.watch(resource, options)
    }

    public func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        try requireLeadership()
        return try await client.create(object, in: resource)
    }

    public func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        try requireLeadership()
        return try await client.update(object, in: resource, subresource: subresource)
    }

    public func updateWithStatus(
        _ object: Object, in resource: GroupVersionResource
    ) async throws(APIError) -> EncodedObject {
        try requireLeadership()
        return try await client.updateWithStatus(object, in: resource)
    }

    public func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        try requireLeadership()
        return try await client.patch(resource, key, patch, subresource: subresource)
    }

    public func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        try requireLeadership()
        try await client.delete(resource, key, options)
    }

    public func discover() async throws(APIError) -> DiscoveredResources { try await client.discover() }

    public func serverVersion() async throws(APIError) -> String { try await client.serverVersion() }
}
