import Client
import Kubernetes
import Synchronization

/// An API server in a dictionary: as much of Kubernetes' semantics as controllers rely on. Revisions and conflicts, generations,
/// finalizers, the status subresource, label selectors, watches that can go on where a list ended.
final class MemoryCluster: ObjectClient {
    fileprivate struct Watcher {
        var resource: GroupResource
        var namespace: String?
        var selector: LabelSelector?
        var stream: WatchStream.Continuation
    }

    fileprivate struct State {
        var revision: Int64 = 0
        var objects: [GroupResource: [ObjectKey: Object]] = [:]
        var history: [(resource: GroupResource, event: WatchEvent)] = []
        var watchers: [Int: Watcher] = [:]
        var nextWatcher = 0
        var nextUID = 0
        var writes: [String] = []
        var isDown = false
    }

    private let resources: [APIResource]
    private let state = Mutex(State())

    init(_ resources: [APIResource]) { self.resources = resources }

    // MARK: What tests look at

    /// `create deployments.apps default/nginx`, `status …`, …: what was really written, in order.
    var writes: [String] { state.withLock { $0.writes } }

    func object(_ resource: GroupVersionResource, _ name: String) -> Object? { object(resource, "", name) }

    func object(_ resource: GroupVersionResource, _ namespace: String, _ name: String) -> Object? {
        state.withLock { $0.objects[resource.groupResource]?[ObjectKey(namespace: namespace, name: name)] }
    }

    func objects(_ resource: GroupVersionResource, in namespace: String? = nil) -> [Object] {
        state.withLock { state in
            (state.objects[resource.groupResource] ?? [:]).values
                .filter { namespace == nil || $0.namespace == namespace }.sorted { $0.key < $1.key }
        }
    }

    /// From now on nothing is answered, and watches end; or all is well again.
    func setDown(_ isDown: Bool) {
        let watchers = state.withLock { state in
            state.isDown = isDown
            defer { if isDown { state.watchers = [:] } }
            return isDown ? Array(state.watchers.values) : []
        }
        for watcher in watchers { watcher.stream.finish(throwing: Self.unreachable) }
    }

    private static let unreachable = APIError(code: 503, reason: .serviceUnavailable, message: "connection refused")

    // MARK: ObjectClient

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        await Task.yield()
        return try access { (state) throws(APIError) in
            guard let object = state.objects[resource.groupResource]?[key] else { throw .notFound(resource, name: key.name) }
            return object.encodedAsIs
        }
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        let selector = try Self.selector(options.labelSelector)
        return try access { (state) throws(APIError) in
            let items = (state.objects[resource.groupResource] ?? [:]).values.filter {
                (options.namespace == nil || $0.namespace == options.namespace) && selector?.matches($0.labels) ?? true
            }
            return ObjectList(items: items.map(\.encodedAsIs), resourceVersion: String(state.revision))
        }
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        let selector = try Self.selector(options.labelSelector)
        let (stream, continuation) = WatchStream.makeStream()
        let watcher = Watcher(
            resource: resource.groupResource, namespace: options.namespace, selector: selector, stream: continuation)
        try access { (state) throws(APIError) in
            let after = Int64(options.resourceVersion) ?? 0
            for (resource, event) in state.history where resource == watcher.resource {
                if let object = event.object, object.revision > after { Self.deliver(event, to: watcher) }
            }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = watcher
        }
        return stream
    }

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        await Task.yield()
        return try access { (state) throws(APIError) in
            guard state.objects[resource.groupResource]?[object.key] == nil else {
                throw .alreadyExists(resource, name: object.name)
            }
            if !object.namespace.isEmpty,
                state.objects[GroupResource(group: "", resource: "namespaces")]?[ObjectKey(name: object.namespace)] == nil
            {
                throw .notFound(
                    GroupVersionResource(group: "", version: "v1", resource: "namespaces"), name: object.namespace)
            }
            var object = object
            state.nextUID += 1
            object.uid = "uid-\(state.nextUID)"
            object.generation = 1
            object.metadata["creationTimestamp"] = .string(Timestamp.now().description)
            return state.store(object, in: resource, "create") { .added($0) }
        }
    }

    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        await Task.yield()
        return try access { (state) throws(APIError) in
            guard let current = state.objects[resource.groupResource]?[object.key] else {
                throw .notFound(resource, name: object.name)
            }
            guard object.resourceVersion.isEmpty || object.resourceVersion == current.resourceVersion else {
                throw .stale(resource, name: object.name)
            }
            return state.replace(current, with: object, in: resource, subresource)
        }
    }

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        guard case .merge(let changes) = patch else { throw .badRequest("only merge patches") }
        return try access { (state) throws(APIError) in
            guard let current = state.objects[resource.groupResource]?[key] else { throw .notFound(resource, name: key.name) }
            return state.replace(current, with: Object(current.json.merging(changes)), in: resource, subresource)
        }
    }

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        await Task.yield()
        try access { (state) throws(APIError) in
            guard var object = state.objects[resource.groupResource]?[key] else { throw .notFound(resource, name: key.name) }
            if let uid = options.uid, uid != object.uid { throw .conflict(resource, name: key.name, "uid") }
            if object.isBeingDeleted { return }
            if object.finalizers.isEmpty {
                state.remove(object, from: resource)
            } else {
                object.metadata["deletionTimestamp"] = .string(Timestamp.now().description)
                object.generation += 1
                _ = state.store(object, in: resource, "delete") { .modified($0) }
            }
        }
    }

    func discover() async throws(APIError) -> DiscoveredResources {
        try access { (_) throws(APIError) in DiscoveredResources(resources) }
    }

    func serverVersion() async throws(APIError) -> String { try access { (_) throws(APIError) in "v1.32.0" } }

    // MARK: -

    private func access<Result>(_ body: (inout State) throws(APIError) -> Result) throws(APIError) -> Result {
        let outcome = state.withLock { state -> Swift.Result<Result, APIError> in
            if state.isDown { return .failure(Self.unreachable) }
            do throws(APIError) {
                return .success(try body(&state))
            } catch {
                return .failure(error)
            }
        }
        return try outcome.get()
    }

    private static func selector(_ query: String) throws(APIError) -> LabelSelector? {
        if query.isEmpty { return nil }
        do {
            return try LabelSelector(parsing: query)
        } catch {
            throw .badRequest("\(error)")
        }
    }

    /// - Returns: whether the watcher may still be there. It is not told of its end by the stream: that would happen within the
    /// cancellation of a task, which the lock held here may be waiting for.
    @discardableResult
    fileprivate static func deliver(_ event: WatchEvent, to watcher: Watcher) -> Bool {
        guard let object = event.object, watcher.namespace == nil || watcher.namespace == object.key.namespace else {
            return true
        }
        func yield(_ event: WatchEvent) -> Bool { if case .terminated = watcher.stream.yield(event) { false } else { true } }
        if watcher.selector?.matches(object.labels) ?? true {
            return yield(event)
        } else if case .modified = event {
            // To whoever selects by label it is gone.
            return yield(.deleted(object))
        }
        return true
    }
}

extension MemoryCluster.State {
    fileprivate mutating func store(
        _ object: Object, in resource: GroupVersionResource, _ verb: String, _ event: (EncodedObject) -> WatchEvent
    ) -> EncodedObject {
        revision += 1
        var object = object
        object.resourceVersion = String(revision)
        objects[resource.groupResource, default: [:]][object.key] = object
        let encoded = object.encodedAsIs
        emit(event(encoded), resource, verb, object.key)
        return encoded
    }

    fileprivate mutating func replace(
        _ current: Object, with object: Object, in resource: GroupVersionResource, _ subresource: String?
    ) -> EncodedObject {
        var new = object
        if subresource == "status" {
            new = current
            new.json["status"] = object.json["status"]
        } else {
            new.json["status"] = current.json["status"]
            new.uid = current.uid
            new.metadata["deletionTimestamp"] = current.metadata["deletionTimestamp"]
            new.generation = current.generation + (new.spec == current.spec ? 0 : 1)
        }
        new.resourceVersion = current.resourceVersion
        if new == current { return current.encodedAsIs }
        if new.isBeingDeleted && new.finalizers.isEmpty {
            remove(new, from: resource)
            return new.encodedAsIs
        }
        return store(new, in: resource, subresource ?? "update") { .modified($0) }
    }

    fileprivate mutating func remove(_ object: Object, from resource: GroupVersionResource) {
        revision += 1
        var object = object
        object.resourceVersion = String(revision)
        objects[resource.groupResource]?[object.key] = nil
        emit(.deleted(object.encodedAsIs), resource, "remove", object.key)
    }

    private mutating func emit(_ event: WatchEvent, _ resource: GroupVersionResource, _ verb: String, _ key: ObjectKey) {
        writes.append("\(verb) \(resource.groupResource) \(key)")
        history.append((resource.groupResource, event))
        for (id, watcher) in watchers where watcher.resource == resource.groupResource {
            if !MemoryCluster.deliver(event, to: watcher) { watchers[id] = nil }
        }
    }
}

extension Object {
    fileprivate var encodedAsIs: EncodedObject {
        EncodedObject(
            bytes: json.encoded(), key: key, uid: uid, revision: Int64(resourceVersion) ?? 0, labels: labels)
    }
}
