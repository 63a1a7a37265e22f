import Kubernetes
import Testing

@testable import Store

/// The rules of reads and writes, which hold with any log.
struct LocalStoreTests {
    let store = LocalStore()

    @Test func everyWriteGetsTheNextRevision() async throws {
        #expect(store.revision == 1)
        let created = try await store.create(configMap("a", value: "1"))
        #expect(created.revision == 2)
        #expect(created.decoded().resourceVersion == "2")
        let updated = try await store.update(configMap("a", value: "2"), expected: 2)
        #expect(updated.revision == 3)
        #expect(updated.decoded()["data", "value"] == "2")
        let deleted = try await store.delete(created.key, expected: 3)
        #expect(deleted.revision == 4)
        #expect(deleted.decoded().resourceVersion == "4")
        #expect(deleted.decoded()["data", "value"] == "2")
        #expect(store.revision == 4)
        #expect(store.get(configMaps, created.key) == nil)
    }

    @Test func aStoredObjectKnowsItsLabelsAndUID() async throws {
        try await store.create(configMap("a", labels: ["app": "web"]))
        let object = try #require(store.get(configMaps, ObjectKey(namespace: "default", name: "a")))
        #expect(object.labels == ["app": "web"])
        #expect(object.uid == "uid-of-a")
    }

    @Test func aWriteThatDoesNotApplyChangesNothing() async throws {
        let a = try await store.create(configMap("a"))
        await #expect(throws: StoreError.exists) { try await store.create(configMap("a")) }
        await #expect(throws: StoreError.notFound) { try await store.update(configMap("b"), expected: 1) }
        await #expect(throws: StoreError.conflict(current: 2)) { try await store.update(configMap("a"), expected: 1) }
        await #expect(throws: StoreError.conflict(current: 2)) { try await store.delete(a.key, expected: 1) }
        await #expect(throws: StoreError.notFound) { try await store.delete(ObjectKey(name: "a"), expected: 2) }
        #expect(store.revision == 2)
    }

    @Test func collectionsAndNamespacesAreApart() async throws {
        try await store.create(configMap("a"))
        try await store.create(configMap("a", namespace: "other"))
        try await store.create(configMap("a"), in: deployments)
        #expect(try store.list(configMaps, ListQuery()).items.count == 2)
        #expect(try store.list(configMaps, ListQuery(namespace: "other")).items.map(\.key.namespace) == ["other"])
        #expect(try store.list(deployments, ListQuery()).items.count == 1)
        #expect(try store.list(GroupResource(group: "", resource: "pods"), ListQuery()).items.isEmpty)
    }

    @Test func aListComesInPagesThatShowOneRevision() async throws {
        for name in ["c", "a", "e", "b", "d"] { try await store.create(configMap(name)) }
        let first = try store.list(configMaps, ListQuery(limit: 2))
        #expect(first.items.map(\.key.name) == ["a", "b"])
        #expect(first.hasMore)
        #expect(first.revision == 6)

        // Between the pages one object goes, one comes and one changes.
        try await store.delete(ObjectKey(namespace: "default", name: "c"), expected: 2)
        try await store.create(configMap("cc"))
        try await store.update(configMap("d", value: "new"), expected: 6)
        let second = try store.list(configMaps, ListQuery(after: first.items[1].key, limit: 2, revision: first.revision))
        #expect(second.items.map(\.key.name) == ["c", "d"])
        #expect(second.items[1].revision == 6)
        #expect(second.hasMore)
        let third = try store.list(configMaps, ListQuery(after: second.items[1].key, limit: 2, revision: first.revision))
        #expect(third.items.map(\.key.name) == ["e"])
        #expect(!third.hasMore)
        #expect(try store.names() == ["a", "b", "cc", "d", "e"])
    }

    @Test func aLimitThatIsMetExactlyLeavesNoMore() async throws {
        for name in ["a", "b"] { try await store.create(configMap(name)) }
        #expect(try store.list(configMaps, ListQuery(limit: 2)).hasMore == false)
        #expect(try store.list(configMaps, ListQuery(limit: 1)).hasMore)
    }

    @Test func revisionsOutOfReachAreRefused() async throws {
        let store = LocalStore(history: HistoryLimits(events: 2))
        for name in ["a", "b", "c", "d"] { try await store.create(configMap(name)) }
        #expect(throws: StoreError.future(current: 5)) { try store.list(configMaps, ListQuery(revision: 6)) }
        #expect(throws: StoreError.compacted(oldest: 3)) { try store.list(configMaps, ListQuery(revision: 2)) }
        #expect(try store.names(ListQuery(revision: 3)) == ["a", "b"])
        #expect(throws: StoreError.future(current: 5)) { try store.watch(configMaps, namespace: nil, after: 6) }
        #expect(throws: StoreError.compacted(oldest: 3)) { try store.watch(configMaps, namespace: nil, after: 2) }
    }

    /// Random writes, and every revision's list taken at its time, is given again later, in pages of any size.
    @Test(arguments: [1, 2, 3] as [UInt64])
    func olderRevisionsAreListedAsTheyWere(seed: UInt64) async throws {
        var random = SeededGenerator(state: seed)
        var lists: [Int64: [Int64]] = [1: []]
        for step in 0..<300 {
            let object = configMap("o\(Int.random(in: 0..<30, using: &random))", value: "\(step)")
            if let current = store.get(configMaps, object.key) {
                if Bool.random(using: &random) {
                    try await store.update(object, expected: current.revision)
                } else {
                    try await store.delete(object.key, expected: current.revision)
                }
            } else {
                try await store.create(object)
            }
            lists[store.revision] = try store.list(configMaps, ListQuery()).items.map(\.revision)
        }
        for (revision, expected) in lists {
            #expect(try store.list(configMaps, ListQuery(revision: revision)).items.map(\.revision) == expected)
            var paged: [Int64] = []
            var query = ListQuery(namespace: "default", limit: Int.random(in: 1..<12, using: &random), revision: revision)
            while true {
                let page = try store.list(configMaps, query)
                paged += page.items.map(\.revision)
                query.after = page.items.last?.key
                if !page.hasMore { break }
            }
            #expect(paged == expected)
        }
    }

    @Test func concurrentWritersGetDenseRevisionsAndOneOfThemWins() async throws {
        let (writers, each) = (16, 50)
        let revisions = await withTaskGroup(of: [Int64].self) { group in
            for writer in 0..<writers {
                group.addTask { [store] in
                    var revisions: [Int64] = []
                    for number in 0..<each {
                        // Every object is wanted by two writers.
                        let object = configMap("o\(writer / 2)-\(number)", value: "\(writer)")
                        if let stored = try? await store.create(object) { revisions.append(stored.revision) }
                    }
                    return revisions
                }
            }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(revisions.sorted() == Array(2...Int64(writers / 2 * each + 1)))
        #expect(try store.list(configMaps, ListQuery()).items.count == writers / 2 * each)
    }

    @Test func aCounterThatManyIncrementLosesNothing() async throws {
        try await store.create(configMap("counter", value: "0"))
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask { [store] in
                    var left = 25
                    while left > 0, let current = store.get(configMaps, ObjectKey(namespace: "default", name: "counter")) {
                        var object = current.decoded()
                        object["data", "value"] = .string(String((Int(object["data", "value"]?.string ?? "") ?? 0) + 1))
                        if (try? await store.update(object, expected: current.revision)) != nil { left -= 1 }
                    }
                }
            }
        }
        let counter = try #require(store.get(configMaps, ObjectKey(namespace: "default", name: "counter")))
        #expect(counter.decoded()["data", "value"] == "200")
        #expect(store.revision == 202)
    }

    @Test func aWriteIsSeenByTheNextRead() async throws {
        for number in 0..<100 {
            let object = try await store.create(configMap("o\(number)"))
            #expect(store.get(configMaps, object.key) === object)
            #expect(store.revision >= object.revision)
        }
    }

    @Test func aClosedStoreRefusesWrites() async throws {
        try await store.create(configMap("a"))
        await store.close()
        await #expect(throws: StoreError.unavailable("the store is closed")) { try await store.create(configMap("b")) }
    }
}
