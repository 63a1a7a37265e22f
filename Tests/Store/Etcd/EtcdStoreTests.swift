import EtcdServer
import Foundation
import Kubernetes
import Logging
import Synchronization
import Testing

@testable import Store

private let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private func open(
    _ server: EtcdServer, _ change: (inout EtcdConfiguration) -> Void = { _ in }
) async throws -> EtcdStore {
    var configuration = EtcdConfiguration(endpoints: [try #require(EtcdEndpoint(server.endpoint))])
    change(&configuration)
    return try await EtcdStore.open(configuration, logger: logger)
}

/// Awaits what another process's write brings about.
private func eventually(_ what: String, _ condition: () throws -> Bool) async throws {
    for _ in 0..<600 {
        if try condition() { return }
        try await Task.sleep(for: .milliseconds(50))
    }
    Issue.record("not within 30 s: \(what)")
}

@Suite(.enabled(if: EtcdServer.program != nil, "etcd is not installed"), .serialized)
struct EtcdStoreTests {
    @Test func writesAreTransactionsAndVisibleAtOnce() async throws {
        let server = try await EtcdServer()
        let store = try await open(server)
        let created = try await store.create(configMap("a", value: "1"))
        #expect(store.get(configMaps, created.key)?.revision == created.revision)
        #expect(store.revision >= created.revision)
        await #expect(throws: StoreError.exists) { try await store.create(configMap("a")) }
        let updated = try await store.update(configMap("a", value: "2"), expected: created.revision)
        #expect(updated.revision > created.revision)
        #expect(updated.decoded().resourceVersion == String(updated.revision))
        await #expect(throws: StoreError.conflict(current: updated.revision)) {
            try await store.update(configMap("a", value: "3"), expected: created.revision)
        }
        #expect(try store.names() == ["a"])
        let deleted = try await store.delete(created.key, expected: updated.revision)
        #expect(deleted.revision > updated.revision)
        #expect(store.get(configMaps, created.key) == nil)
        await #expect(throws: StoreError.notFound) { try await store.delete(created.key, expected: updated.revision) }
        await #expect(throws: StoreError.notFound) { try await store.update(configMap("a"), expected: updated.revision) }
        let events = try await store.watch(configMaps, namespace: nil, after: created.revision - 1).first(3)
        #expect(
            events == ["created a@\(created.revision)", "updated a@\(updated.revision)", "deleted a@\(deleted.revision)"])
        await store.close()
    }

    @Test func storesOnOneEtcdSeeEachOthersWrites() async throws {
        let server = try await EtcdServer()
        let one = try await open(server)
        let two = try await open(server)
        let created = try await one.create(configMap("a"))
        try await eventually("the other store has it") { two.get(configMaps, created.key) != nil }
        // Whoever meets another's write sees it before being told of the conflict.
        let updated = try await two.update(configMap("a", value: "2"), expected: created.revision)
        await #expect(throws: StoreError.conflict(current: updated.revision)) {
            try await one.update(configMap("a", value: "3"), expected: created.revision)
        }
        #expect(one.get(configMaps, created.key)?.revision == updated.revision)
        let other = try await open(server) { $0.prefix = "/other" }
        #expect(try other.names() == [])
        for store in [one, two, other] { await store.close() }
    }

    /// etcd pings for nearly every request, which is no reason to hang up.
    @Test func aBusyConnectionStays() async throws {
        let server = try await EtcdServer()
        let warnings = Warnings()
        let store = try await EtcdStore.open(
            EtcdConfiguration(endpoints: [try #require(EtcdEndpoint(server.endpoint))]),
            logger: Logger(label: "test") { _ in warnings })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<16 {
                group.addTask { for number in 0..<150 { try await store.create(configMap("w\(writer)-\(number)")) } }
            }
            try await group.waitForAll()
        }
        #expect(warnings.messages.withLock { $0 } == [])
        await store.close()
    }

    @Test func concurrentWritersLoseNothing() async throws {
        let server = try await EtcdServer()
        let stores = [try await open(server), try await open(server)]
        let first = try await stores[0].create(configMap("counter", value: "0"))
        try await eventually("both have it") { stores[1].get(configMaps, first.key) != nil }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    let store = stores[writer % 2]
                    for _ in 0..<10 {
                        while true {
                            let current = try #require(store.get(configMaps, first.key))
                            let count = Int(current.decoded()["data", "value"]?.string ?? "") ?? -1
                            do {
                                try await store.update(configMap("counter", value: "\(count + 1)"), expected: current.revision)
                                break
                            } catch StoreError.conflict {}
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        try await eventually("both have counted to 80") {
            stores.allSatisfy { $0.get(configMaps, first.key)?.decoded()["data", "value"]?.string == "80" }
        }
        for store in stores { await store.close() }
    }

    @Test func watchesGoOnAfterARestart() async throws {
        let server = try await EtcdServer()
        var store = try await open(server)
        let first = try await store.create(configMap("a"))
        let second = try await store.create(configMap("b"))
        _ = try await store.delete(second.key, expected: second.revision)
        await store.close()
        store = try await open(server)
        #expect(try store.names() == ["a"])
        let events = try await store.watch(configMaps, namespace: nil, after: first.revision).first(2)
        #expect(events == ["created b@\(second.revision)", "deleted b@\(second.revision + 1)"])
        #expect(try store.names(ListQuery(revision: second.revision)) == ["a", "b"])
        await store.close()
    }

    @Test func readsGoOnAndWritesWaitWhileEtcdIsAway() async throws {
        let server = try await EtcdServer()
        let store = try await open(server)
        let first = try await store.create(configMap("a"))
        let watch = try store.watch(configMaps, namespace: nil, after: first.revision)
        try await server.stop()
        #expect(store.get(configMaps, first.key) != nil)
        async let waiting = store.create(configMap("b"))
        try await Task.sleep(for: .milliseconds(300))
        #expect(try store.names() == ["a"])
        try await server.start()
        let second = try await waiting
        #expect(try await watch.first(1) == ["created b@\(second.revision)"])
        await store.close()
    }

    @Test func writesFailClearlyWhenEtcdStaysAway() async throws {
        let server = try await EtcdServer()
        let store = try await open(server) { $0.requestTimeout = .seconds(1) }
        try await server.stop()
        let error = await #expect(throws: StoreError.self) { try await store.create(configMap("a")) }
        #expect("\(error.map { "\($0)" } ?? "")".hasPrefix("etcd did not answer in time: "))
        await store.close()
    }

    @Test func aSilentEtcdDoesNotHangWriters() async throws {
        let server = try await EtcdServer()
        let store = try await open(server) { $0.requestTimeout = .seconds(1) }
        server.pause(true)
        await #expect(throws: StoreError.self) { try await store.create(configMap("a")) }
        #expect(try store.names() == [])
        server.pause(false)
        try await eventuallyWrites(store, "b")
        await store.close()
    }

    @Test func missedHistoryEndsWatchesAndLoadsAnew() async throws {
        let server = try await EtcdServer()
        let store = try await open(server)
        for index in 0..<20 { _ = try await store.create(configMap("c\(index)")) }
        let last = try await store.create(configMap("last"))
        await store.close()
        try server.control("compaction", String(last.revision))
        // A feed that was away since revision 1.
        var configuration = EtcdConfiguration(endpoints: [try #require(EtcdEndpoint(server.endpoint))])
        configuration.requestTimeout = .seconds(5)
        let client = try EtcdClient(configuration, logger: logger)
        let cache = StoreCache(limits: HistoryLimits())
        cache.replace(with: [], revision: 1)
        let feed = EtcdFeed(
            client: client, keys: EtcdKeys(prefix: "/registry"), cache: cache, requestTimeout: .seconds(5), logger: logger)
        let watch = StoreWatch(cache: cache, collection: configMaps, namespace: nil, revision: 1)
        let running = Task {
            await withDiscardingTaskGroup { group in
                group.addTask { await client.run() }
                group.addTask { await feed.run() }
            }
        }
        await #expect(throws: StoreError.compacted(oldest: last.revision)) { try await watch.first(1) }
        #expect(try cache.list(configMaps, ListQuery()).items.count == 21)
        running.cancel()
        await running.value
        let reopened = try await open(server)
        #expect(throws: StoreError.compacted(oldest: last.revision)) {
            try reopened.watch(configMaps, namespace: nil, after: last.revision - 1)
        }
        await reopened.close()
    }

    /// What happened meanwhile cannot be told any more: watchers learn it, and what there is now is read anew.
    @Test func historyThatIsCompactedWhileTheWatchIsDownIsNotMissed() async throws {
        let server = try await EtcdServer()
        let store = try await open(server)
        let first = try await store.create(configMap("a"))
        let watch = try store.watch(configMaps, namespace: nil, after: first.revision)
        try await server.stop()
        try await server.start(hidden: true)
        try server.control("del", "/registry/core/configmaps/default/a")
        let object = configMap("b").json.description
        let put = try JSON(parsing: server.control("put", "/registry/core/configmaps/default/b", object, "--write-out", "json"))
        let revision = try #require(put["header", "revision"]?.integer)
        try server.control("compaction", String(revision))
        try await server.stop()
        #expect(try store.names() == ["a"])
        try await server.start()
        await #expect(throws: StoreError.compacted(oldest: revision)) { try await watch.first(1) }
        #expect(try store.names() == ["b"])
        let next = try await store.create(configMap("c"))
        #expect(try await store.watch(configMaps, namespace: nil, after: revision).first(1) == ["created c@\(next.revision)"])
        await store.close()
    }

    /// Reads, writes and watches go on while any one of three members is away.
    @Test func oneOfSeveralMembersMayDie() async throws {
        let members = try await EtcdServer.cluster(of: 3)
        let store = try await open(members[0]) { $0.endpoints = members.compactMap { EtcdEndpoint($0.endpoint) } }
        let first = try await store.create(configMap("start"))
        let watch = try store.watch(configMaps, namespace: nil, after: first.revision)
        var expected: [String] = []
        for (index, member) in members.enumerated() {
            try await member.stop()
            #expect(store.get(configMaps, first.key) != nil)
            for step in 0..<5 {
                let name = "without-\(index)-\(step)"
                let created = try await store.create(configMap(name))
                expected.append("created \(name)@\(created.revision)")
            }
            try await member.start()
        }
        #expect(try await watch.first(expected.count) == expected)
        await store.close()
    }

    @Test func historyIsCompacted() async throws {
        let server = try await EtcdServer()
        let store = try await open(server) { $0.compactionInterval = .seconds(1) }
        let first = try await store.create(configMap("a"))
        _ = try await store.update(configMap("a", value: "2"), expected: first.revision)
        try await eventually("etcd has forgotten the first revision") {
            (try? server.control("get", "/registry/core/configmaps/default/a", "--rev", String(first.revision))) == nil
        }
        #expect(store.get(configMaps, first.key)?.decoded()["data", "value"]?.string == "2")
        await store.close()
    }

    @Test func foreignValuesAreIgnored() async throws {
        let server = try await EtcdServer()
        try server.control("put", "/registry/core/configmaps/default/bad", "not json")
        let store = try await open(server)
        try server.control("put", "/registry/nonsense", "x")
        try server.control("put", "/elsewhere", "x")
        let created = try await store.create(configMap("good"))
        #expect(try store.names() == ["good"])
        // Several deletions in one revision.
        _ = try await store.create(configMap("better"))
        try server.control("del", "--prefix", "/registry/core/configmaps/default/")
        let events = try await store.watch(configMaps, namespace: nil, after: created.revision).first(3)
        #expect(events.map { $0.prefix { $0 != "@" } } == ["created better", "deleted better", "deleted good"])
        await store.close()
    }

    @Test func usersSignInWithPasswords() async throws {
        let server = try await EtcdServer()
        for command in [
            ["user", "add", "root:secret"], ["user", "add", "flotilla:hidden"], ["role", "add", "registry"],
            ["role", "grant-permission", "registry", "--prefix=true", "readwrite", "/registry/"],
            ["user", "grant-role", "flotilla", "registry"], ["user", "grant-role", "root", "root"], ["auth", "enable"],
        ] {
            try server.control(command)
        }
        let store = try await open(server) { $0.credentials = .init(user: "flotilla", password: "hidden") }
        let created = try await store.create(configMap("a"))
        #expect(store.get(configMaps, created.key) != nil)
        await store.close()
        await #expect(throws: StoreError.self) {
            try await open(server) { $0.credentials = .init(user: "flotilla", password: "wrong") }
        }
        await #expect(throws: StoreError.self) { try await open(server) }
    }

    @Test func sharedValuesAreReplacedByOneAtATime() async throws {
        let server = try await EtcdServer()
        let one = try await open(server)
        let two = try await open(server)
        #expect(try await one.shared("keys") == nil)
        #expect(try await one.share([1], as: "keys", replacing: 0))
        #expect(try await !two.share([2], as: "keys", replacing: 0))
        let first = try #require(try await two.shared("keys"))
        #expect(first.value == [1])
        #expect(try await two.share([3], as: "keys", replacing: first.revision))
        #expect(try await !one.share([4], as: "keys", replacing: first.revision))
        #expect(try await one.shared("keys")?.value == [3])
        await one.close()
        await two.close()
    }

    @Test func endpoints() {
        #expect(EtcdEndpoint("http://127.0.0.1:2379")?.description == "http://127.0.0.1:2379")
        #expect(EtcdEndpoint("https://etcd.example/")?.description == "https://etcd.example:2379")
        #expect(EtcdEndpoint("https://[::1]:5")?.description == "https://[::1]:5")
        for bad in ["", "127.0.0.1:2379", "ftp://a", "http://", "http://a:x", "http://a:0", "http://a:1/b", "http://u@a"] {
            #expect(EtcdEndpoint(bad) == nil, "\(bad)")
        }
    }

    @Test func keys() {
        let keys = EtcdKeys(prefix: "/registry")
        let deployment = ObjectKey(namespace: "default", name: "web")
        #expect(keys.key(deployments, deployment) == "/registry/apps/deployments/default/web")
        let place = keys.place(of: "/registry/apps/deployments/default/web")
        #expect(place?.collection == deployments && place?.key == deployment)
        let role = GroupResource(group: "rbac.authorization.k8s.io", resource: "clusterroles")
        let key = keys.key(role, ObjectKey(name: "system:basic-user"))
        #expect(keys.place(of: key)?.collection == role)
        #expect(keys.place(of: "/registry/core/configmaps/default/a")?.collection == configMaps)
        for foreign in ["/registry/a", "/registry/a/b", "/registry/a/b/c/d/e", "/other/core/pods/a/b", "/registry/a//b/c"] {
            #expect(keys.place(of: foreign) == nil)
        }
        #expect(keys.isPrivate(keys.privateKey("compacted")))
        #expect(keys.range.key == "/registry/" && keys.range.end == "/registry0")
    }
}

/// Keeps what is logged as a warning or worse.
private final class Warnings: LogHandler {
    let messages = Mutex<[String]>([])
    var logLevel: Logger.Level { get { .warning } set {} }
    var metadata: Logger.Metadata { get { [:] } set {} }

    subscript(metadataKey _: String) -> Logger.Metadata.Value? { get { nil } set {} }

    func log(event: LogEvent) { messages.withLock { $0.append("\(event.message)") } }
}

/// Creates a ConfigMap as soon as the store takes it.
@discardableResult
private func eventuallyWrites(_ store: EtcdStore, _ name: String) async throws -> EncodedObject {
    for _ in 0..<60 {
        if let created = try? await store.create(configMap(name)) { return created }
        if let present = store.get(configMaps, ObjectKey(namespace: "default", name: name)) { return present }
        try await Task.sleep(for: .milliseconds(100))
    }
    return try await store.create(configMap(name))
}
