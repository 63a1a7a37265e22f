import Dispatch
import Kubernetes
import Testing

@testable import Store

/// What a store makes of its log: groups, failures, compaction.
@Suite(.timeLimit(.minutes(1)))
struct CommitTests {
    let disk = TestLog.Disk()

    func open(_ history: HistoryLimits = HistoryLimits()) async throws -> LocalStore {
        try await LocalStore.open(history: history) { [disk] () throws(StoreError) in TestLog(disk) }
    }

    @Test func aFailedCommitLeavesNoTrace() async throws {
        let store = try await open()
        try await store.create(configMap("before"))
        let watch = try store.watch(configMaps, namespace: nil, after: store.revision)
        async let seen = watch.first(1)

        disk.contents.withLock { $0.isFailing = true }
        let failures = await withTaskGroup(of: StoreError?.self) { group in
            for number in 0..<20 {
                group.addTask {
                    do throws(StoreError) {
                        try await store.create(configMap("o\(number % 10)"))
                        return nil
                    } catch {
                        return error
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(failures.allSatisfy { $0 == .unavailable("the test's disk is full") })
        #expect(store.revision == 2)
        #expect(try store.names() == ["before"])

        disk.contents.withLock { $0.isFailing = false }
        #expect(try await store.create(configMap("after")).revision == 3)
        #expect(try await seen == ["created after@3"])
    }

    @Test func writesThatWaitShareOneCommit() async throws {
        let store = try await open()
        let gate = DispatchSemaphore(value: 0)
        disk.gate.withLock { $0 = gate }
        // Tasks that run at once up to their suspension, so all have asked before the first commit may end.
        let tasks = (0..<500).map { number in Task.immediate { try await store.create(configMap("o\(number)")).revision } }
        disk.gate.withLock { $0 = nil }
        gate.signal()
        var revisions: [Int64] = []
        for task in tasks { revisions.append(try await task.value) }
        #expect(revisions == Array(2...501))
        let (commits, changes) = disk.contents.withLock { ($0.commits, $0.changes) }
        #expect(changes.map(\.object.revision) == Array(2...501))
        #expect(commits <= 2)
    }

    @Test func aRestartContinuesStateRevisionsAndHistory() async throws {
        var store = try await open()
        for number in 0..<20 { try await store.create(configMap("o\(number)")) }
        try await store.update(configMap("o0", value: "x"), expected: 2)
        try await store.delete(ObjectKey(namespace: "default", name: "o1"), expected: 3)
        let names = try store.names()
        await store.close()

        store = try await open()
        #expect(try store.names() == names)
        #expect(store.revision == 23)
        let watch = try store.watch(configMaps, namespace: nil, after: 20)
        #expect(try await watch.first(3) == ["created o19@21", "updated o0@22", "deleted o1@23"])
        #expect(try await store.create(configMap("new")).revision == 24)
    }

    @Test func supersededVersionsLeaveTheLogAndTheStateStays() async throws {
        let limits = HistoryLimits(events: 100)
        var store = try await open(limits)
        var revision = try await store.create(configMap("a")).revision
        for _ in 0..<5000 { revision = try await store.update(configMap("a"), expected: revision).revision }
        try await store.create(configMap("b"))
        try await store.delete(ObjectKey(namespace: "default", name: "b"), expected: revision + 1)
        await store.close()
        let kept = disk.contents.withLock { $0.changes.count }
        #expect(kept < 100 + 600)

        store = try await open(limits)
        #expect(store.revision == revision + 2)
        #expect(try store.names() == ["a"])
        #expect(throws: StoreError.self) { try store.watch(configMaps, namespace: nil, after: 100) }
        let watch = try store.watch(configMaps, namespace: nil, after: revision - 50)
        #expect(try await watch.first(52).suffix(2) == ["created b@\(revision + 1)", "deleted b@\(revision + 2)"])
    }

    /// When the newest change was a deletion that history forgot, nothing in the log has the revision any more.
    @Test func revisionsNeverGoBack() async throws {
        let limits = HistoryLimits(events: 0)
        var store = try await open(limits)
        for _ in 0..<1100 {
            let object = try await store.create(configMap("a"))
            try await store.delete(object.key, expected: object.revision)
        }
        let revision = store.revision
        await store.close()
        store = try await open(limits)
        #expect(store.revision == revision)
    }
}
