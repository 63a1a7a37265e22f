import Client
import Kubernetes
import Logging
import Synchronization
import Testing

@testable import Gateway

@Suite struct SearchTests {
    @Test func combinedVersionsAreKarmadas() {
        var version = CombinedVersion()
        #expect(version.description == "")
        version["member2"] = 7
        version["member1"] = 12
        // base64url of {"member1":"12","member2":"7"}
        #expect(version.description == "eyJtZW1iZXIxIjoiMTIiLCJtZW1iZXIyIjoiNyJ9")
        #expect(CombinedVersion(version.description) == version)
        #expect(CombinedVersion("12") == CombinedVersion(), "another server's version says nothing")
        #expect(CombinedVersion("") == CombinedVersion())
    }

    private final class Seen: Sendable {
        private let events = Mutex<[String]>([])
        func note(_ event: CachedResource.Event) {
            events.withLock { $0.append("\(event.kind.rawValue) \(event.object.key.name)") }
        }
        var all: [String] { events.withLock { $0 } }
    }

    @Test(.timeLimit(.minutes(1))) func watchesGoOnFromAVersionOrSayThatTheyCannot() async throws {
        let server = OneResource()
        let cached = CachedResource(.configMaps, namespace: nil, of: "member1", client: server, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cached.run() }
            /// In the cache, and told to whoever watches it.
            func isThere(_ name: String) async throws {
                let key = ObjectKey(namespace: "default", name: name)
                while cached.get(key).map({ $0.revision > cached.revision }) ?? true {
                    try await Task.sleep(for: .milliseconds(1))
                }
            }
            try await isThere("first")
            let seen = cached.revision
            server.add("second")
            try await isThere("second")
            let late = Seen()
            let watcher = try cached.watch(after: seen) { late.note($0) }
            let anew = Seen()
            _ = try cached.watch(after: nil) { anew.note($0) }
            server.add("third")
            try await isThere("third")
            while anew.all.count < 3 { try await Task.sleep(for: .milliseconds(1)) }
            #expect(late.all == ["ADDED second", "ADDED third"])
            #expect(anew.all == ["ADDED first", "ADDED second", "ADDED third"])
            cached.forget(watcher: watcher)
            #expect(throws: APIError.self) { try cached.watch(after: 0) { _ in } }
            group.cancelAll()
        }
    }
}

/// A server of ConfigMaps, as far as an informer needs one.
private final class OneResource: ObjectClient {
    private let added = AsyncStream<EncodedObject>.makeStream()
    private let revision = Mutex<Int64>(10)

    private static func object(_ name: String, _ revision: Int64) -> EncodedObject {
        EncodedObject(
            Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: name), revision: revision)
    }

    func add(_ name: String) {
        let next = revision.withLock { revision in
            revision += 1
            return revision
        }
        added.continuation.yield(Self.object(name, next))
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        ObjectList(items: [Self.object("first", 10)], resourceVersion: "10")
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        let objects = added.stream
        return WatchStream { continuation in
            let task = Task {
                for await object in objects { continuation.yield(.added(object)) }
                continuation.finish()
            }
            continuation.onTermination = { _ in task.cancel() }
        }
    }

    private static let unused = APIError.badRequest("nothing asks for this")

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject { throw Self.unused }
    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject { throw Self.unused }
    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject { throw Self.unused }
    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject { throw Self.unused }
    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        throw Self.unused
    }
    func discover() async throws(APIError) -> DiscoveredResources { DiscoveredResources() }
    func serverVersion() async throws(APIError) -> String { "" }
}
