import Kubernetes
import Synchronization
import Testing

@testable import Client

/// A server in memory that answers lists and watches as it is told, and breaks watches off.
private final class FakeClient: ObjectClient {
    enum Step {
        case list(ObjectList)
        case listFails(APIError)
        /// Events, and how the watch ends; nil leaves it open.
        case watch([WatchEvent], ending: Result<Void, APIError>?)
    }

    private struct State {
        var steps: [Step]
        var asked: [String] = []
    }

    private let state: Mutex<State>

    init(_ steps: [Step]) { state = Mutex(State(steps: steps)) }

    /// "list", "list <continue>" or "watch <version>" for every call.
    var asked: [String] { state.withLock { $0.asked } }

    private func next(_ call: String) -> Step? {
        state.withLock { state in
            state.asked.append(call)
            return state.steps.isEmpty ? nil : state.steps.removeFirst()
        }
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        switch next(options.continue.isEmpty ? "list" : "list \(options.continue)") {
        case .list(let list): return list
        case .listFails(let error): throw error
        default: throw .internalError("the test foresaw no list here")
        }
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        guard let step = next("watch \(options.resourceVersion)") else {
            return WatchStream { _ in }  // open, and silent
        }
        guard case .watch(let events, let ending) = step else { throw .internalError("the test foresaw no watch here") }
        return WatchStream { continuation in
            for event in events { continuation.yield(event) }
            switch ending {
            case .success: continuation.finish()
            case .failure(let error): continuation.finish(throwing: error)
            case nil: break
            }
        }
    }

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        throw .noSuchResource
    }

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        throw .noSuchResource
    }

    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject { throw .noSuchResource }

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject { throw .noSuchResource }

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        throw .noSuchResource
    }

    func discover() async throws(APIError) -> DiscoveredResources { throw .noSuchResource }

    func serverVersion() async throws(APIError) -> String { throw .noSuchResource }
}

@Suite(.timeLimit(.minutes(1)))
struct InformerTests {
    private func object(_ name: String, _ version: Int64, _ value: String = "") -> EncodedObject {
        EncodedObject(configMap(name, value: value), revision: version)
    }

    private func list(_ objects: [EncodedObject], _ version: String, continue token: String = "") -> ObjectList {
        ObjectList(items: objects, resourceVersion: version, continue: token)
    }

    private func text(_ change: Informer.Change) -> String {
        switch change {
        case .added(let object): "added \(object.key.name)@\(object.revision)"
        case .updated(let old, let new): "updated \(new.key.name)@\(old.revision)-\(new.revision)"
        case .deleted(let object): "deleted \(object.key.name)@\(object.revision)"
        }
    }

    /// Runs an informer over the steps until it has told its handler of as many changes as are expected and has made
    /// all calls that are.
    private func expect(
        _ steps: [FakeClient.Step], changes expected: [String], calls: [String], then check: (Informer) -> Void = { _ in }
    ) async throws {
        let client = FakeClient(steps)
        let byValue: Informer.IndexFunction = { [$0.decoded()["data", "value"]?.string ?? ""] }
        let informer = Informer(configMaps, client: client, indexes: ["value": byValue], logger: quietLogger())
        let seen = Mutex<[String]>([])
        informer.onChange { change in seen.withLock { $0.append(self.text(change)) } }
        let task = Task { await informer.run() }
        defer { task.cancel() }
        try await eventually { seen.withLock { $0.count } >= expected.count && client.asked.count >= calls.count }
        #expect(seen.withLock { $0 } == expected)
        #expect(client.asked == calls)
        check(informer)
        task.cancel()
        await task.value
    }

    @Test func listsInPagesAndFollows() async throws {
        try await expect(
            [
                .list(list([object("a", 1)], "5", continue: "next")), .list(list([object("b", 2)], "5")),
                .watch([.added(object("c", 6)), .modified(object("a", 7)), .deleted(object("b", 8))], ending: nil),
            ],
            changes: ["added a@1", "added b@2", "added c@6", "updated a@1-7", "deleted b@8"],
            calls: ["list", "list next", "watch 5"]
        ) { informer in
            #expect(informer.isSynced)
            #expect(Set(informer.list().map(\.key.name)) == ["a", "c"])
            #expect(informer.get(object("a", 1).key)?.revision == 7)
            #expect(informer.get(object("b", 1).key) == nil)
        }
    }

    @Test func resumesFromTheLastVersionSeen() async throws {
        try await expect(
            [
                .list(list([], "5")), .watch([.added(object("a", 6))], ending: .success(())),
                .watch([.bookmark(resourceVersion: "9")], ending: .failure(.internalError("connection lost"))),
                .watch([.modified(object("a", 10))], ending: nil),
            ],
            changes: ["added a@6", "updated a@6-10"], calls: ["list", "watch 5", "watch 6", "watch 9"])
    }

    @Test func listsAnewWhenTheVersionIsTooOldAndTellsOfDeletions() async throws {
        for error in [APIError.expired("too old"), APIError(code: 410, reason: .gone, message: "gone")] {
            try await expect(
                [
                    .list(list([object("stays", 1), object("goes", 2), object("changes", 3)], "5")),
                    .watch([], ending: .failure(error)),
                    .list(list([object("stays", 1), object("changes", 7), object("new", 8)], "9")), .watch([], ending: nil),
                ],
                changes: [
                    "added stays@1", "added goes@2", "added changes@3", "deleted goes@2", "updated changes@3-7", "added new@8",
                ],
                calls: ["list", "watch 5", "list", "watch 9"])
        }
    }

    @Test func aFailedListIsTriedAgain() async throws {
        try await expect(
            [.listFails(.internalError("no")), .listFails(.expired("token")), .list(list([object("a", 1)], "1"))],
            changes: ["added a@1"], calls: ["list", "list", "list", "watch 1"])
    }

    /// A server that ends every watch at once must not be asked without a pause.
    @Test func watchesThatBringNothingAreTriedLessAndLess() async throws {
        let client = FakeClient([.list(list([], "1"))] + Array(repeating: .watch([], ending: .success(())), count: 1000))
        let informer = Informer(configMaps, client: client, logger: quietLogger())
        let task = Task { await informer.run() }
        try await Task.sleep(for: .milliseconds(300))
        task.cancel()
        await task.value
        // 25, 50, 100 milliseconds at least between them.
        #expect(client.asked.count >= 2 && client.asked.count <= 6)
    }

    @Test func objectsAreFoundByIndex() async throws {
        try await expect(
            [
                .list(list([object("a", 1, "x"), object("b", 2, "x"), object("c", 3, "y")], "3")),
                .watch([.modified(object("a", 4, "y")), .deleted(object("b", 5, "x"))], ending: nil),
            ],
            changes: ["added a@1", "added b@2", "added c@3", "updated a@1-4", "deleted b@5"], calls: ["list", "watch 3"]
        ) { informer in
            #expect(informer.objects(index: "value", value: "x").isEmpty)
            #expect(Set(informer.objects(index: "value", value: "y").map(\.key.name)) == ["a", "c"])
            #expect(informer.objects(index: "absent", value: "y").isEmpty)
        }
    }

    @Test func aHandlerAddedLateHearsOfWhatIsThere() async throws {
        try await expect(
            [.list(list([object("a", 1)], "3"))], changes: ["added a@1"], calls: ["list", "watch 3"]
        ) { informer in
            let seen = Mutex<[String]>([])
            informer.onChange { change in seen.withLock { $0.append(self.text(change)) } }
            #expect(seen.withLock { $0 } == ["added a@1"])
        }
    }

    @Test func waitingEndsWithTheFirstListOrWithCancellation() async throws {
        let informer = Informer(configMaps, client: FakeClient([.list(list([object("a", 1)], "1"))]), logger: quietLogger())
        // Nobody runs it: only cancellation ends this wait.
        let cancelled = Task { await informer.waitUntilSynced() }
        cancelled.cancel()
        await cancelled.value
        #expect(!informer.isSynced)

        let task = Task { await informer.run() }
        await informer.waitUntilSynced()
        #expect(informer.isSynced)
        #expect(informer.list().count == 1)
        task.cancel()
        await task.value
    }
}
