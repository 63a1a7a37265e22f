import Client
import Kubernetes
import Store
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(1))) struct ObjectWatchTests {
    private func describe(_ event: WatchEvent?) -> String {
        switch event {
        case .added(let object): "ADDED \(object.key.name)"
        case .modified(let object): "MODIFIED \(object.key.name)"
        case .deleted(let object): "DELETED \(object.key.name)"
        case .bookmark: "BOOKMARK"
        case nil: "end"
        }
    }

    private func take(_ count: Int, from watch: ObjectWatch) async throws -> [String] {
        var iterator = watch.makeAsyncIterator()
        var events: [String] = []
        while events.count < count { events.append(describe(try await iterator.next())) }
        return events
    }

    @Test func beginsWithWhatThereIs() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        try await test.create(resource, TestServer.configMap("a"))
        try await test.create(resource, TestServer.configMap("b"))
        let watch = try await test.objects.watch(resource, WatchRequest(namespace: "default", sendInitialEvents: true))
        try await test.create(resource, TestServer.configMap("c"))
        #expect(try await take(4, from: watch) == ["ADDED a", "ADDED b", "BOOKMARK", "ADDED c"])
    }

    @Test func goesOnFromARevision() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        let first = try await test.create(resource, TestServer.configMap("a"))
        try await test.patch(resource, first.key, ["data": ["k": "v"]])
        _ = try await test.objects.delete(resource, first.key, DeletionRequest())
        try await test.create(resource, TestServer.configMap("elsewhere", namespace: "kube-system"))
        try await test.create(resource, TestServer.configMap("b"))
        let watch = try await test.objects.watch(resource, WatchRequest(namespace: "default", revision: first.revision))
        #expect(try await take(3, from: watch) == ["MODIFIED a", "DELETED a", "ADDED b"])
    }

    @Test func selectorsTurnChangesIntoComingsAndGoings() async throws {
        let test = try await TestServer()
        let resource = try test.configMaps
        let start = test.store.revision
        let key = try await test.create(resource, TestServer.configMap("a")).key
        try await test.patch(resource, key, ["metadata": ["labels": ["on": "1"]]])
        try await test.patch(resource, key, ["data": ["k": "v"]])
        let last = try await test.patch(resource, key, ["metadata": ["labels": ["on": .null]]])
        try await test.patch(resource, key, ["data": ["k": "w"]])
        try await test.create(resource, TestServer.configMap("b") { $0.labels = ["on": "1"] })
        let watch = try await test.objects.watch(resource, WatchRequest(labelSelector: "on=1", revision: start))
        #expect(try await take(4, from: watch) == ["ADDED a", "MODIFIED a", "DELETED a", "ADDED b"])
        // The deletion shows the object as the watcher knew it, at the revision at which it went.
        var iterator = watch.makeAsyncIterator()
        for _ in 0..<2 { _ = try await iterator.next() }
        guard case .deleted(let object)? = try await iterator.next() else {
            Issue.record("no deletion")
            return
        }
        #expect(object.labels == ["on": "1"])
        #expect(String(object.revision) == last.resourceVersion)
    }

    @Test func forgottenRevisionsAreGone() async throws {
        let test = try await TestServer(history: HistoryLimits(events: 4, supersededBytes: 1 << 20))
        let resource = try test.configMaps
        let first = try await test.create(resource, TestServer.configMap("a"))
        for index in 0..<20 { try await test.patch(resource, first.key, ["data": ["k": .string("\(index)")]]) }
        let error = await #expect(throws: APIError.self) {
            try await test.objects.watch(resource, WatchRequest(revision: first.revision))
        }
        #expect(error?.code == 410)
        #expect(error?.reason == .expired)
    }

    @Test func otherVersionsShowTheSameObjects() async throws {
        let test = try await TestServer()
        let core = try test.resource("", "events")
        let served = try #require(
            test.objects.catalog.served(GroupVersionResource(group: "events.k8s.io", version: "v1", resource: "events")))
        var event = Object(apiVersion: "v1", kind: "Event", namespace: "default", name: "e")
        event["involvedObject"] = ["kind": "Pod", "namespace": "default", "name": "p"]
        event["message"] = "hello"
        event["reason"] = "Tested"
        event["type"] = "Normal"
        let key = try await test.create(core, event).key
        let seen = try test.objects.get(served, key).decoded()
        #expect(seen.apiVersion == "events.k8s.io/v1")
        #expect(seen["note"] == "hello")
        #expect(seen["regarding", "name"] == "p")
        let found = try await test.objects.list(served, ListRequest(fieldSelector: "regarding.name=p"))
        #expect(found.items.count == 1)
        #expect(VersionConversion.convert(seen, to: core.kind)["message"] == "hello")
    }
}
