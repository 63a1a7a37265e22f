import Kubernetes
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(2)))
struct SQLiteBackupTests {
    let directory = TemporaryDirectory()
    var path: String { directory.file("store.db") }
    var backup: String { directory.file("backup.db") }

    @Test func aBackupTakenWhileWritersAreAtWorkIsWhole() async throws {
        let store = try await LocalStore.open(sqlite: path)
        for number in 0..<500 { try await store.create(configMap("before-\(number)", value: String(repeating: "x", count: 4000))) }
        let before = store.revision
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<4 {
                group.addTask {
                    for number in 0..<1000 where !Task.isCancelled {
                        _ = try? await store.create(configMap("during-\(writer)-\(number)"))
                    }
                }
            }
            await #expect(throws: Never.self) { try await store.backup(to: backup) }
            group.cancelAll()
        }
        let after = store.revision
        await store.close()
        let restored = directory.file("restored.db")
        let revision = try LocalStore.restore(sqlite: restored, from: backup)
        #expect((before...after).contains(revision))
        let copy = try await LocalStore.open(sqlite: restored)
        let names = try copy.names()
        #expect(names.filter { $0.hasPrefix("before-") }.count == 500)
        #expect(Int64(names.count) == revision - 1)
        await copy.close()
    }

    @Test func revisionsGoOnAboveAllThatClientsSaw() async throws {
        var store = try await LocalStore.open(sqlite: path)
        let first = try await store.create(configMap("a"))
        try await store.backup(to: backup)
        let lost = try await store.create(configMap("b"))
        await store.close()
        #expect(try LocalStore.restore(sqlite: path, from: backup) == first.revision)
        store = try await LocalStore.open(sqlite: path)
        #expect(try store.names() == ["a"])
        #expect(store.revision > lost.revision)
        #expect(throws: StoreError.self) { try store.watch(configMaps, namespace: nil, after: lost.revision) }
        let next = try await store.create(configMap("c"))
        #expect(try await store.watch(configMaps, namespace: nil, after: next.revision - 1).first(1) == ["created c@\(next.revision)"])
        await store.close()
    }

    @Test func badBackupsAndDatabasesInUseAreRefused() async throws {
        let store = try await LocalStore.open(sqlite: path)
        try await store.create(configMap("a"))
        try await store.backup(to: backup)
        await #expect(throws: StoreError.self) { try await store.backup(to: backup) }
        #expect(throws: StoreError.inUse(path)) { try LocalStore.restore(sqlite: path, from: backup) }
        await store.close()
        for (name, bytes) in [("empty", []), ("text", Array("not a database".utf8))] {
            writeFile(bytes, to: directory.file(name))
            #expect(throws: StoreError.self, "\(name)") { try LocalStore.restore(sqlite: path, from: directory.file(name)) }
        }
        #expect(throws: StoreError.self) { try LocalStore.restore(sqlite: path, from: directory.file("missing")) }
        // What was there is there still.
        let again = try await LocalStore.open(sqlite: path)
        #expect(try again.names() == ["a"])
        await again.close()
    }

    @Test func damagedPagesAreFoundAtTheStart() async throws {
        let store = try await LocalStore.open(sqlite: path)
        for number in 0..<200 { try await store.create(configMap("\(number)", value: String(repeating: "x", count: 1000))) }
        await store.close()
        var bytes = try #require(readFile(path))
        for index in bytes.count / 2..<bytes.count / 2 + 4096 { bytes[index] = 0xAA }
        writeFile(bytes, to: path)
        let error = await #expect(throws: StoreError.self) { try await LocalStore.open(sqlite: path) }
        #expect("\(error.map { "\($0)" } ?? "")".contains("damaged"))
    }

    @Test func aFullDiskRefusesWritesAndGoesOnWhenThereIsSpace() async throws {
        let path = path
        let store = try await LocalStore.open(history: HistoryLimits()) { () throws(StoreError) in
            let opened = try SQLiteLog(path: path)
            do {
                try opened.connection.execute("PRAGMA max_page_count = 40")
            } catch {
                throw .unavailable("\(error)")
            }
            return opened
        }
        var written = 0
        var refusal: StoreError?
        while refusal == nil, written < 1000 {
            do {
                try await store.create(configMap("\(written)", value: String(repeating: "x", count: 2000)))
                written += 1
            } catch {
                refusal = error
            }
        }
        #expect(refusal == .full("\(path): no space is left"))
        #expect(try store.names().count == written)
        let revision = store.revision
        await #expect(throws: StoreError.self) { try await store.create(configMap("big", value: String(repeating: "x", count: 9000))) }
        #expect(store.revision == revision)
        await store.close()
        let again = try await LocalStore.open(sqlite: path)
        #expect(try again.names().count == written)
        try await again.create(configMap("after"))
        await again.close()
    }
}
