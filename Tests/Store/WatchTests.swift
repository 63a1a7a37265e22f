import Kubernetes
import Testing

@testable import Store

@Suite(.timeLimit(.minutes(1)))
struct WatchTests {
    let store = LocalStore()

    @Test func replaysTheHistoryAndGoesOn() async throws {
        try await store.create(configMap("a"))
        try await store.create(configMap("b"))
        let watch = try store.watch(configMaps, namespace: nil, after: 2)
        async let seen = watch.first(3)
        try await store.update(configMap("a", value: "x"), expected: 2)
        try await store.delete(ObjectKey(namespace: "default", name: "b"), expected: 3)
        #expect(try await seen == ["created b@3", "updated a@4", "deleted b@5"])
    }

    @Test func anEventHasTheVersionBefore() async throws {
        let first = try await store.create(configMap("a", labels: ["tier": "old"]))
        let second = try await store.update(configMap("a", labels: ["tier": "new"]), expected: first.revision)
        let third = try await store.delete(first.key, expected: second.revision)
        var events: [StoreEvent] = []
        for try await event in try store.watch(configMaps, namespace: nil, after: 1) {
            events.append(event)
            if events.count == 3 { break }
        }
        #expect(events.map { $0.previous?.revision } == [nil, first.revision, second.revision])
        #expect(events.map(\.object.revision) == [first.revision, second.revision, third.revision])
        #expect(events[1].previous?.labels == ["tier": "old"])
    }

    @Test func aNamespaceOrAnotherCollectionIsNotDisturbed() async throws {
        let other = try store.watch(configMaps, namespace: "other", after: 1)
        let apps = try store.watch(deployments, namespace: nil, after: 1)
        async let seen = other.first(2)
        async let seenApps = apps.first(1)
        for number in 0..<20 { try await store.create(configMap("o\(number)")) }
        try await store.create(configMap("first", namespace: "other"))
        try await store.create(configMap("d"), in: deployments)
        for number in 20..<40 { try await store.create(configMap("o\(number)")) }
        try await store.create(configMap("second", namespace: "other"))
        #expect(try await seen == ["created first@22", "created second@44"])
        #expect(try await seenApps == ["created d@23"])
    }

    @Test func watchersUnderConcurrentWritesSeeEverythingOnceAndInOrder() async throws {
        let (writers, each) = (8, 100)
        let total = Int64(writers * each)
        try await withThrowingTaskGroup(of: [Int64].self) { group in
            for start in 0..<4 {
                group.addTask { [store] in
                    // Each starts somewhere else in the stream.
                    while store.revision < Int64(start) * total / 8 { await Task.yield() }
                    let watch = try store.watch(configMaps, namespace: nil, after: 1)
                    var revisions: [Int64] = []
                    for try await event in watch {
                        revisions.append(event.object.revision)
                        if event.object.revision == total + 1 { break }
                    }
                    return revisions
                }
            }
            await withTaskGroup(of: Void.self) { writing in
                for writer in 0..<writers {
                    writing.addTask { [store] in
                        for number in 0..<each { _ = try? await store.create(configMap("o\(writer)-\(number)")) }
                    }
                }
            }
            for try await revisions in group { #expect(revisions == Array(2...total + 1)) }
        }
    }

    @Test func aSlowWatcherEndsAndHurtsNobody() async throws {
        let store = LocalStore(history: HistoryLimits(events: 10))
        var slow = try store.watch(configMaps, namespace: nil, after: 1).makeAsyncIterator()
        try await store.create(configMap("first"))
        #expect(try await slow.next()?.text == "created first@2")
        var quick = try store.watch(configMaps, namespace: nil, after: 2).makeAsyncIterator()
        for number in 0..<50 {
            try await store.create(configMap("o\(number)"))
            #expect(try await quick.next()?.object.key.name == "o\(number)")
        }
        await #expect(throws: StoreError.compacted(oldest: 42)) { _ = try await slow.next() }
    }

    @Test func historyIsBoundedByBytesToo() async throws {
        let store = LocalStore(history: HistoryLimits(events: 1000, supersededBytes: 10_000))
        var object = try await store.create(configMap("a"))
        for _ in 0..<20 {
            object = try await store.update(configMap("a", value: String(repeating: "x", count: 1000)), expected: object.revision)
        }
        #expect(throws: StoreError.self) { try store.watch(configMaps, namespace: nil, after: object.revision - 12) }
        let watch = try store.watch(configMaps, namespace: nil, after: object.revision - 5)
        #expect(try await watch.first(5).count == 5)
    }

    /// A busy collection pushes the events of a quiet one out, but not the watchers that have seen them.
    @Test func aWatcherOfAQuietCollectionLosesNothingToABusyOne() async throws {
        let store = LocalStore(history: HistoryLimits(events: 10))
        try await store.create(configMap("d1"), in: deployments)
        var quiet = try store.watch(deployments, namespace: nil, after: 1).makeAsyncIterator()
        #expect(try await quiet.next()?.text == "created d1@2")
        for number in 0..<50 { try await store.create(configMap("o\(number)")) }
        try await store.create(configMap("d2"), in: deployments)
        #expect(try await quiet.next()?.text == "created d2@53")
    }

    /// The same within one collection, where a watcher waits for a namespace in which nothing happens.
    @Test func aWaitingWatcherOfAQuietNamespaceLosesNothing() async throws {
        let store = LocalStore(history: HistoryLimits(events: 10))
        let watch = try store.watch(configMaps, namespace: "quiet", after: 1)
        // The task runs up to its first suspension at once, so the watcher waits before the first write.
        let seen = Task.immediate { try await watch.first(1) }
        for number in 0..<50 { try await store.create(configMap("o\(number)")) }
        try await store.create(configMap("q", namespace: "quiet"))
        #expect(try await seen.value == ["created q@52"])
    }

    @Test func cancellationEndsAWatch() async throws {
        let watch = try store.watch(configMaps, namespace: nil, after: 1)
        let task = Task { try await watch.first(1) }
        await Task.yield()
        task.cancel()
        #expect(try await task.value.isEmpty)
    }

    @Test func closingTheStoreEndsWatches() async throws {
        let watch = try store.watch(configMaps, namespace: nil, after: 1)
        let task = Task { try await watch.first(2) }
        try await store.create(configMap("a"))
        await store.close()
        #expect(try await task.value.count <= 1)
    }
}
