import Kubernetes
import Testing

@testable import Store

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite(.timeLimit(.minutes(2)))
struct SQLiteLogTests {
    let directory = TemporaryDirectory()
    var path: String { directory.file("store.db") }

    @Test func everythingIsThereAfterARestart() async throws {
        var store = try await LocalStore.open(sqlite: path)
        #expect(store.revision == 1)
        try await store.create(configMap("a", value: "grüße\u{0}", labels: ["app": "web", "tier": "ü"]))
        var policy = Object(apiVersion: "policy.karmada.io/v1alpha1", kind: "ClusterPropagationPolicy", name: "p")
        policy["spec"] = ["resourceSelectors": []]
        let policies = GroupResource(group: "policy.karmada.io", resource: "clusterpropagationpolicies")
        try await store.create(policy, in: policies)
        try await store.create(configMap("b"))
        try await store.delete(ObjectKey(namespace: "default", name: "b"), expected: 4)
        let before = try store.list(configMaps, ListQuery()).items[0]
        await store.close()

        store = try await LocalStore.open(sqlite: path)
        #expect(store.revision == 5)
        let after = try #require(store.get(configMaps, before.key))
        #expect(after.bytes == before.bytes)
        #expect(after.labels == before.labels)
        #expect(after.uid == before.uid)
        #expect(after.revision == before.revision)
        #expect(store.get(policies, policy.key)?.decoded().spec == policy.spec)
        let watch = try store.watch(configMaps, namespace: nil, after: 2)
        #expect(try await watch.first(2) == ["created b@4", "deleted b@5"])
        await store.close()
    }

    /// A crash leaves the files as they are at some moment. Copies taken while writers are at work must open, hold every write
    /// acknowledged before the copy began, and nothing that is half-written.
    @Test func aCopyTakenMidStreamHoldsEverythingAcknowledged() async throws {
        let store = try await LocalStore.open(sqlite: path)
        var copies = 0
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<400 where !Task.isCancelled {
                        _ = try? await store.create(configMap("o\(writer)-\(number)", value: String(repeating: "x", count: 2000)))
                    }
                }
            }
            for round in 0..<5 {
                while store.revision < Int64(round * 200) { await Task.yield() }
                let acknowledged = store.revision
                // The database first: what a checkpoint writes to it is in the log too, until the log is started over, which
                // its header tells.
                let header = (readFile(path + "-wal") ?? []).prefix(32)
                let database = readFile(path) ?? []
                let log = readFile(path + "-wal") ?? []
                guard log.starts(with: header) else { continue }
                copies += 1
                // Also with a torn page at its end, as a power cut may leave it.
                for (suffix, bytes) in [("", log), ("-torn", log + [UInt8](repeating: 0xA5, count: 1000))] {
                    let copy = directory.file("copy\(round)\(suffix).db")
                    writeFile(database, to: copy)
                    writeFile(bytes, to: copy + "-wal")
                    await expectCopy(at: copy, holdsRevision: acknowledged)
                }
            }
            group.cancelAll()
        }
        #expect(copies > 0)
        await store.close()
    }

    private func expectCopy(at path: String, holdsRevision acknowledged: Int64) async {
        do {
            let copy = try await LocalStore.open(sqlite: path)
            #expect(copy.revision >= acknowledged)
            let revisions = try copy.list(configMaps, ListQuery()).items.map(\.revision).sorted()
            #expect(revisions == Array(2..<copy.revision + 1))
            await copy.close()
        } catch {
            Issue.record(error)
        }
    }

    @Test func theFileDoesNotGrowWithEveryUpdate() async throws {
        let store = try await LocalStore.open(sqlite: path, history: HistoryLimits(events: 100))
        var object = configMap("a", value: String(repeating: "x", count: 4000))
        let key = object.key
        object = try await store.create(object).decoded()
        for _ in 0..<4000 { object = try await store.update(object, expected: Int64(object.resourceVersion) ?? 0).decoded() }
        await store.close()
        let size = try #require(readFile(path)).count
        #expect(size < 8 << 20, "4,000 versions of 4 kB would be 16 MB")
        let again = try await LocalStore.open(sqlite: path)
        #expect(again.get(configMaps, key)?.revision == 4002)
        await again.close()
    }

    @Test func theFileIsTheOwnersAlone() async throws {
        let store = try await LocalStore.open(sqlite: path)
        try await store.create(configMap("secret"))
        for suffix in ["", "-wal"] {
            var status = stat()
            #expect(stat(path + suffix, &status) == 0)
            #expect(status.st_mode & 0o777 == 0o600)
        }
        await store.close()
    }

    @Test func twoStoresCannotShareAFile() async throws {
        let store = try await LocalStore.open(sqlite: path)
        let path = path
        await #expect(throws: StoreError.inUse(path)) {
            _ = try await LocalStore.open(sqlite: path)
        }
        try await store.create(configMap("a"))
        await store.close()
        let next = try await LocalStore.open(sqlite: path)
        #expect(try next.names() == ["a"])
        await next.close()
    }

    @Test func filesOfOthersAreRefused() async throws {
        let newer = directory.file("newer.db")
        let store = try await LocalStore.open(sqlite: newer)
        await store.close()
        do {
            let connection = try SQLiteConnection(path: newer)
            try connection.execute("PRAGMA user_version = 2")
        }
        await expectRefusal(of: newer, "the store has version 2, made by a newer release; this one reads up to version 1")

        let foreign = directory.file("foreign.db")
        do {
            let connection = try SQLiteConnection(path: foreign)
            try connection.execute("CREATE TABLE contacts (name TEXT)")
        }
        await expectRefusal(of: foreign, "this is an SQLite database, but no store of Flotilla")

        let text = directory.file("text.db")
        writeFile(Array(repeating: UInt8(ascii: "x"), count: 5000), to: text)
        await expectRefusal(of: text, "this is no SQLite database")

        await expectRefusal(of: directory.file("absent/store.db"), "No such file or directory")
    }

    @Test func aDamagedFileIsRefused() async throws {
        let store = try await LocalStore.open(sqlite: path)
        for number in 0..<300 { try await store.create(configMap("o\(number)", value: String(repeating: "x", count: 500))) }
        await store.close()
        var bytes = try #require(readFile(path))
        for index in stride(from: 4096 * 10, to: 4096 * 12, by: 1) { bytes[index] = 0xFF }
        writeFile(bytes, to: path)
        let path = path
        await #expect {
            _ = try await LocalStore.open(sqlite: path)
        } throws: { error in
            "\(error)".hasPrefix("\(path): the database is damaged")
        }
    }

    private func expectRefusal(of path: String, _ message: String) async {
        await #expect(throws: StoreError.unavailable("\(path): \(message)")) { _ = try await LocalStore.open(sqlite: path) }
    }

    /// SQLite's page limit fails as a full disk does.
    @Test func aFullDiskRefusesWritesUntilThereIsRoom() async throws {
        let log = try SQLiteLog(path: path)
        let megabyte = configMap("a", value: String(repeating: "x", count: 1 << 20))
        let big = Change(collection: configMaps, object: EncodedObject(megabyte, revision: 3), isDeletion: false)
        let small = Change(collection: configMaps, object: encoded("b", revision: 2), isDeletion: false)
        try log.commit([small])
        try log.connection.execute("PRAGMA max_page_count = 50")
        #expect(throws: StoreError.full("\(path): no space is left")) { try log.commit([big]) }
        try log.connection.execute("PRAGMA max_page_count = 1000")
        try log.commit([big])
        var revisions: [Int64] = []
        _ = try log.load { revisions.append($0.object.revision) }
        #expect(revisions == [2, 3])
    }
}
