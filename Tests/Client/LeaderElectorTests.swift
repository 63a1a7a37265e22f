import Client
import Kubernetes
import Logging
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(2)))
struct LeaderElectorTests {
    private let server = LeaseServer()

    private func elector(_ name: String, _ client: any ObjectClient) -> LeaderElector {
        var configuration = LeaderElector.Configuration(namespace: "karmada-system", name: "test", identity: name)
        configuration.leaseDuration = .seconds(2)
        configuration.renewDeadline = .seconds(1)
        configuration.retryPeriod = .milliseconds(100)
        return LeaderElector(client: client, configuration: configuration, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }) {
            Issue.record("the work of \(name) did not end")
        }
    }

    /// Notes who works, and that nobody else does.
    private func work(_ name: String, _ shifts: Shifts) -> @Sendable (Leadership) async throws -> Void {
        { leadership in
            shifts.begin(name)
            while !Task.isCancelled { try? await Task.sleep(for: .milliseconds(20)) }
            shifts.end(name)
        }
    }

    @Test func aLeaderThatStopsHandsOver() async throws {
        let shifts = Shifts()
        let first = Task { try await elector("a", server.client()).run(work("a", shifts)) }
        try await shifts.wait { $0.current == "a" }
        let second = Task { try await elector("b", server.client()).run(work("b", shifts)) }
        try await Task.sleep(for: .milliseconds(500))
        #expect(shifts.log == ["+a"])
        first.cancel()
        try await first.value
        try await shifts.wait { $0.current == "b" }
        #expect(shifts.log == ["+a", "-a", "+b"])
        let spec = try #require(server.lease?.spec)
        #expect(spec["holderIdentity"]?.string == "b")
        #expect(spec["leaseTransitions"]?.int == 1)
        #expect(spec["leaseDurationSeconds"]?.int == 2)
        #expect(spec["renewTime"]?.string.flatMap { Timestamp($0) } != nil)
        second.cancel()
        try await second.value
        #expect(server.lease?.spec["holderIdentity"]?.string == "")
    }

    @Test func aLeaderThatIsCutOffStopsBeforeAnotherBegins() async throws {
        let shifts = Shifts()
        let cut = server.client()
        let first = Task { try await elector("a", cut).run(work("a", shifts)) }
        try await shifts.wait { $0.current == "a" }
        let second = Task { try await elector("b", server.client()).run(work("b", shifts)) }
        cut.isCutOff.withLock { $0 = true }
        try await shifts.wait { $0.current == "b" }
        #expect(shifts.log == ["+a", "-a", "+b"])
        // Back again, it waits its turn.
        cut.isCutOff.withLock { $0 = false }
        try await Task.sleep(for: .milliseconds(500))
        #expect(shifts.log == ["+a", "-a", "+b"])
        for task in [first, second] { task.cancel() }
        try await first.value
        try await second.value
    }

    @Test func oneOfManyWorksAtATime() async throws {
        let shifts = Shifts()
        for _ in 0..<3 {
            let tasks = ["a", "b", "c", "d"].map { name in
                Task { try await elector(name, server.client()).run(work(name, shifts)) }
            }
            try await shifts.wait { $0.current != nil }
            for task in tasks { task.cancel() }
            for task in tasks { try await task.value }
        }
        #expect(!shifts.hasOverlapped)
        #expect(shifts.log.count >= 6)
    }

    @Test func failingWorkEndsTheElection() async throws {
        struct Failure: Error {}
        await #expect(throws: Failure.self) { try await elector("a", server.client()).run { _ in throw Failure() } }
        #expect(server.lease?.spec["holderIdentity"]?.string == "")
    }

    @Test func writesEndWithLeadership() async throws {
        let client = server.client()
        let kept = Mutex<Leadership?>(nil)
        let running = Task {
            try await elector("a", client).run { leadership in
                kept.withLock { $0 = leadership }
                let fenced = FencedClient(client, leadership)
                _ = try await fenced.get(LeaseServer.resource, LeaseServer.key)
                while leadership.isHeld { try? await Task.sleep(for: .milliseconds(20)) }
                let error = await #expect(throws: APIError.self) { try await fenced.delete(LeaseServer.resource, LeaseServer.key) }
                #expect(error?.message == "another replica leads now")
            }
        }
        while kept.withLock({ $0 }) == nil { try await Task.sleep(for: .milliseconds(10)) }
        client.isCutOff.withLock { $0 = true }
        while kept.withLock({ $0?.isHeld }) == true { try await Task.sleep(for: .milliseconds(10)) }
        client.isCutOff.withLock { $0 = false }
        running.cancel()
        try await running.value
    }
}

/// Who worked when.
private final class Shifts: Sendable {
    struct State {
        var current: String?
        var log: [String] = []
        var hasOverlapped = false
    }

    private let state = Mutex(State())

    var log: [String] { state.withLock { $0.log } }
    var hasOverlapped: Bool { state.withLock { $0.hasOverlapped } }

    func begin(_ name: String) {
        state.withLock { state in
            if state.current != nil { state.hasOverlapped = true }
            state.current = name
            state.log.append("+\(name)")
        }
    }

    func end(_ name: String) {
        state.withLock { state in
            if state.current == name { state.current = nil }
            state.log.append("-\(name)")
        }
    }

    func wait(for condition: (State) -> Bool) async throws {
        for _ in 0..<6000 {
            if state.withLock({ condition($0) }) { return }
            try await Task.sleep(for: .milliseconds(10))
        }
        Issue.record("not within a minute")
    }
}

/// A server of one lease.
private final class LeaseServer: Sendable {
    static let resource = GroupVersionResource(group: "coordination.k8s.io", version: "v1", resource: "leases")
    static let key = ObjectKey(namespace: "karmada-system", name: "test")

    struct State {
        var lease: Object?
        var revision: Int64 = 0
        var hasNamespace = false
    }

    fileprivate let state = Mutex(State())

    var lease: Object? { state.withLock { $0.lease } }

    func client() -> LeaseClient { LeaseClient(self) }
}

private final class LeaseClient: ObjectClient {
    let server: LeaseServer
    let isCutOff = Mutex(false)

    init(_ server: LeaseServer) { self.server = server }

    private func connect() throws(APIError) {
        if isCutOff.withLock({ $0 }) { throw APIError(code: 503, reason: .serviceUnavailable, message: "cut off") }
    }

    func get(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) -> EncodedObject {
        try connect()
        guard let (lease, revision) = server.state.withLock({ state in state.lease.map { ($0, state.revision) } }) else {
            throw .notFound(resource, name: key.name)
        }
        return EncodedObject(lease, revision: revision)
    }

    func create(_ object: Object, in resource: GroupVersionResource) async throws(APIError) -> EncodedObject {
        try connect()
        let result: Result<EncodedObject, APIError> = server.state.withLock { state in
            if resource.resource == "namespaces" {
                state.hasNamespace = true
                return .success(EncodedObject(object, revision: 1))
            }
            guard state.hasNamespace else { return .failure(.notFound(resource, name: object.namespace)) }
            guard state.lease == nil else { return .failure(.alreadyExists(resource, name: object.name)) }
            state.lease = object
            state.revision += 1
            return .success(EncodedObject(object, revision: state.revision))
        }
        return try result.get()
    }

    func update(
        _ object: Object, in resource: GroupVersionResource, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        try connect()
        let result: Result<EncodedObject, APIError> = server.state.withLock { state in
            guard object.resourceVersion == String(state.revision) else { return .failure(.stale(resource, name: object.name)) }
            state.lease = object
            state.revision += 1
            return .success(EncodedObject(object, revision: state.revision))
        }
        return try result.get()
    }

    func delete(_ resource: GroupVersionResource, _ key: ObjectKey, _ options: DeleteOptions) async throws(APIError) {
        server.state.withLock { $0.lease = nil }
    }

    func list(_ resource: GroupVersionResource, _ options: ListOptions) async throws(APIError) -> ObjectList {
        throw .internalError("not served here")
    }

    func watch(_ resource: GroupVersionResource, _ options: WatchOptions) async throws(APIError) -> WatchStream {
        throw .internalError("not served here")
    }

    func patch(
        _ resource: GroupVersionResource, _ key: ObjectKey, _ patch: Patch, subresource: String?
    ) async throws(APIError) -> EncodedObject {
        throw .internalError("not served here")
    }

    func discover() async throws(APIError) -> DiscoveredResources { DiscoveredResources() }

    func serverVersion() async throws(APIError) -> String { "v1.32.0" }
}
