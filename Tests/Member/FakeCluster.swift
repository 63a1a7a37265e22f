import Client
import Kubernetes
import Synchronization

/// An API server in memory, without schemas, authorization and garbage collection: what the simulation needs of one.
final class FakeCluster: ObjectClient {
    fileprivate struct State {
        var revision: Int64 = 0
        var objects: [GroupVersionResource: [ObjectKey: EncodedObject]] = [:]
        var watches: [Int: (resource: GroupVersionResource, stream: WatchStream.Continuation)] = [:]
        var nextWatch = 0
        /// Every event, for watches that begin at an older revision.
        var history: [(resource: GroupVersionResource, event: WatchEvent)] = []
        var writes = 0
    }

    private let state = Mutex(State())

    /// How many creates, updates and deletes were done.
    var writes: Int { state.withLock { $0.writes } }

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        guard let object = state.withLock({ $0.objects[resource]?[key] }) else { throw .notFound(resource, name: key.name) }
        return object
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        state.withLock { state in
            let items = (state.objects[resource] ?? [:]).values.sorted { $0.key < $1.key }
            return ObjectList(items: items, resourceVersion: String(state.revision))
        }
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        let (stream, continuation) = WatchStream.makeStream()
        let since = Int64(options.resourceVersion) ?? 0
        let number = state.withLock { state in
            for (of, event) in state.history where of == resource && event.object?.revision ?? 0 > since {
                continuation.yield(event)
            }
            state.nextWatch += 1
            state.watches[state.nextWatch] = (resource, continuation)
            return state.nextWatch
        }
        continuation.onTermination = { [weak self] _ in self?.state.withLock { $0.watches[number] = nil } }
        return stream
    }

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        try write { state throws(APIError) in
            var object = object
            if object.name.isEmpty { object.name = object.generateName + String(Int.random(in: 10000..<100_000)) }
            guard state.objects[resource]?[object.key] == nil else { throw .alreadyExists(resource, name: object.name) }
            object.uid = "uid-\(state.revision + 1)"
            object.generation = 1
            object.metadata["creationTimestamp"] = .string(Timestamp.now().description)
            return (resource, .added(state.store(object, in: resource)))
        }
    }

    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        try write { state throws(APIError) in
            guard let stored = state.objects[resource]?[object.key] else { throw .notFound(resource, name: object.name) }
            if !object.resourceVersion.isEmpty, object.resourceVersion != String(stored.revision) {
                throw .stale(resource, name: object.name)
            }
            let old = stored.decoded()
            var new = old
            if subresource == "status" {
                new["status"] = object["status"]
            } else {
                new = object
                new["status"] = old["status"]
                new.generation = old.generation + (old["spec"] == new["spec"] ? 0 : 1)
            }
            return (resource, .modified(state.store(new, in: resource)))
        }
    }

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        _ = try write { state throws(APIError) in
            guard let stored = state.objects[resource]?[key] else { throw .notFound(resource, name: key.name) }
            if let uid = options.uid, uid != stored.uid { throw .conflict(resource, name: key.name, "another uid") }
            state.objects[resource]?[key] = nil
            state.revision += 1
            return (resource, .deleted(EncodedObject(stored.decoded(), revision: state.revision)))
        }
    }

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        throw .badRequest("the fake cluster knows no patches")
    }

    func discover() async throws(APIError) -> DiscoveredResources { DiscoveredResources() }
    func serverVersion() async throws(APIError) -> String { "v1.32.0" }

    private func write(
        _ change: (inout State) throws(APIError) -> (GroupVersionResource, WatchEvent)
    ) throws(APIError) -> EncodedObject {
        let result = state.withLock { state -> Result<EncodedObject, APIError> in
            do throws(APIError) {
                let (resource, event) = try change(&state)
                state.writes += 1
                state.history.append((resource, event))
                for watch in state.watches.values where watch.resource == resource { watch.stream.yield(event) }
                guard let object = event.object else { return .failure(.internalError("event without object")) }
                return .success(object)
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

extension FakeCluster.State {
    fileprivate mutating func store(_ object: Object, in resource: GroupVersionResource) -> EncodedObject {
        revision += 1
        let encoded = EncodedObject(object, revision: revision)
        objects[resource, default: [:]][object.key] = encoded
        return encoded
    }
}
