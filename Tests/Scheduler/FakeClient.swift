import Client
import Kubernetes
import Synchronization

/// An API server of a few lines: objects in memory, generations, optimistic concurrency, watches.
final class FakeClient: ObjectClient {
    private struct State {
        var objects: [GroupVersionResource: [ObjectKey: EncodedObject]] = [:]
        var revision: Int64 = 0
        var watchers: [GroupVersionResource: [WatchStream.Continuation]] = [:]
        var updates: [ObjectKey: Int] = [:]
        /// Updates that are to be refused with a conflict first.
        var conflicts = 0
    }

    private let state = Mutex(State())

    /// How often the object was written, its status included.
    func updates(of key: ObjectKey) -> Int { state.withLock { $0.updates[key] ?? 0 } }

    func refuseNext(_ count: Int) { state.withLock { $0.conflicts = count } }

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        guard let object = state.withLock({ $0.objects[resource]?[key] }) else { throw .notFound(resource, name: key.name) }
        return object
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        state.withLock { state in
            ObjectList(items: Array((state.objects[resource] ?? [:]).values), resourceVersion: String(state.revision))
        }
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        let (stream, continuation) = WatchStream.makeStream()
        state.withLock { state in
            for object in (state.objects[resource] ?? [:]).values where object.revision > Int64(options.resourceVersion) ?? 0 {
                continuation.yield(.modified(object))
            }
            state.watchers[resource, default: []].append(continuation)
        }
        return stream
    }

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        var object = object
        object.json["metadata", default: [:]]["generation"] = 1
        object.uid = "uid-\(object.name)"
        return state.withLock { Self.store(object, in: resource, &$0, event: WatchEvent.added) }
    }

    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        let result: Result<EncodedObject, APIError> = state.withLock { state in
            guard let current = state.objects[resource]?[object.key] else {
                return .failure(.notFound(resource, name: object.name))
            }
            guard object.resourceVersion == String(current.revision), state.conflicts == 0 else {
                state.conflicts = max(0, state.conflicts - 1)
                return .failure(.stale(resource, name: object.name))
            }
            let old = current.decoded()
            var new = old
            if subresource == "status" {
                new.status = object.status
            } else {
                new = object
                new.status = old.status
                new.json["metadata", default: [:]]["generation"] = .integer(old.generation + (old.spec == new.spec ? 0 : 1))
            }
            return .success(Self.store(new, in: resource, &state, event: WatchEvent.modified))
        }
        return try result.get()
    }

    private static func store(
        _ object: Object, in resource: GroupVersionResource, _ state: inout State, event: (EncodedObject) -> WatchEvent
    ) -> EncodedObject {
        state.revision += 1
        let encoded = EncodedObject(object, revision: state.revision)
        state.objects[resource, default: [:]][object.key] = encoded
        state.updates[object.key, default: 0] += 1
        for watcher in state.watchers[resource] ?? [] { watcher.yield(event(encoded)) }
        return encoded
    }

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        throw .badRequest("nobody patches here")
    }

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        state.withLock { state in
            guard let object = state.objects[resource]?.removeValue(forKey: key) else { return }
            state.revision += 1
            for watcher in state.watchers[resource] ?? [] { watcher.yield(.deleted(object)) }
        }
    }

    func discover() async throws(APIError) -> DiscoveredResources { DiscoveredResources() }

    func serverVersion() async throws(APIError) -> String { "v1.32.0" }
}
