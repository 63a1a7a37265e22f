import Client
import Kubernetes
import Logging

/// A control loop: keys come in on events, and `sync` brings what a key names to its desired state, however often it is called.
protocol Controller: Sendable {
    associatedtype Key: Hashable & Sendable
    var queue: WorkQueue<Key> { get }
    func sync(_ key: Key) async throws -> WorkQueue<Key>.Outcome
}

extension Controller {
    /// Works until the task is cancelled.
    /// - Parameter workers: how many keys are worked on at a time.
    func run(workers: Int, logger: Logger) async {
        await queue.run(workers: workers) { key in
            try await sync(key)
        } onFailure: { key, error in
            // A cache that lags behind the server shows as one of these; the next try has newer objects.
            let reason = (error as? APIError)?.reason
            let level: Logger.Level = reason == .conflict || reason == .notFound || reason == .alreadyExists ? .debug : .warning
            logger.log(level: level, "\(Self.self) will try \(key) again: \(error)")
        }
    }
}

/// Does `body` for every item, up to `limit` at a time, and stops beginning new ones after the first failure.
/// - Throws: the first failure.
func forEach<Item: Sendable>(
    _ items: some Sequence<Item>, limit: Int = 32, _ body: @escaping @Sendable (Item) async throws -> Void
) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, item) in items.enumerated() {
            if index >= limit { try await group.next() }
            group.addTask { try await body(item) }
        }
        try await group.waitForAll()
    }
}

extension ObjectClient {
    /// Writes `status` unless the object has it already.
    func update(status: JSON, of object: Object, in resource: GroupVersionResource) async throws(APIError) {
        guard object.status != status else { return }
        var object = object
        object.status = status
        _ = try await updateStatus(object, in: resource)
    }

    /// Creates the object, or returns the one that has its name.
    func createOrGet(
        _ object: Object, in resource: GroupVersionResource
    ) async throws(APIError) -> (object: Object, isNew: Bool) {
        do {
            return (try await create(object, in: resource).decoded(), true)
        } catch {
            guard error.reason == .alreadyExists else { throw error }
        }
        return (try await get(resource, object.key).decoded(), false)
    }

    /// Deletes the very object that was seen, unless it is gone already.
    func deleteIfPresent(_ resource: GroupVersionResource, _ key: ObjectKey, uid: String) async throws(APIError) {
        do {
            try await delete(resource, key, DeleteOptions(uid: uid, propagation: .background))
        } catch where error.reason == .notFound {
        }
    }
}
