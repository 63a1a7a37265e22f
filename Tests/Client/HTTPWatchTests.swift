import Hummingbird
import Kubernetes
import Synchronization
import Testing

@testable import Client

@Suite(.timeLimit(.minutes(1)))
struct HTTPWatchTests {
    private func names(_ watch: WatchStream) async throws -> [String] {
        var names: [String] = []
        for try await event in watch { names.append(event.object.map { "\($0.key.name)@\($0.revision)" } ?? "bookmark") }
        return names
    }

    @Test(arguments: [TestServer.Security.none, .http2])
    func eventsComeInChunksOfAnySize(security: TestServer.Security) async throws {
        let text =
            line("ADDED", configMap("a", version: 2).json) + line("MODIFIED", configMap("a", version: 3).json)
            + line("BOOKMARK", ["metadata": ["resourceVersion": "9"]]) + line("DELETED", configMap("a", version: 10).json)
        let characters = Array(text)
        let chunks = stride(from: 0, to: characters.count, by: 37).map { start in
            String(characters[start..<min(start + 37, characters.count)])
        }
        let server = TestServer { _ in .chunks(chunks) }
        try await withClient(of: server, security) { client in
            let watch = try await client.watch(
                configMaps, WatchOptions(namespace: "default", labelSelector: "a=b", resourceVersion: "1"))
            #expect(try await names(watch) == ["a@2", "a@3", "bookmark", "a@10"])
        }
        let path = try #require(server.seen.first?.path)
        #expect(
            path.hasPrefix(
                "/api/v1/namespaces/default/configmaps?watch=true&labelSelector=a%3Db&resourceVersion=1&allowWatchBookmarks=true"
                    + "&timeoutSeconds="))
    }

    @Test func tooOldIsExpiredHoweverItIsSaid() async throws {
        let expired = APIError.expired("too old resource version: 1 (5)")
        let answers = Mutex([
            Response.failure(expired), .chunks([line("ADDED", configMap("a", version: 2).json), line("ERROR", expired.status)]),
        ])
        let server = TestServer { _ in answers.withLock { $0.removeFirst() } }
        try await withClient(of: server) { client in
            let refused = try await apiError { _ = try await client.watch(configMaps, WatchOptions(resourceVersion: "1")) }
            #expect(refused == expired)
            let watch = try await client.watch(configMaps, WatchOptions(resourceVersion: "1"))
            try await expectError(where: { $0 == expired }) { _ = try await names(watch) }
        }
    }

    /// Watches do not take the connections of calls, also where every watch needs one of its own (HTTP/1.1).
    @Test(arguments: [TestServer.Security.tls, .http2])
    func manyWatchesLeaveRoomForCalls(security: TestServer.Security) async throws {
        let server = TestServer { seen in
            guard seen.path.contains("watch=true") else { return .json(["gitVersion": "v1.32.0"]) }
            return Response(
                status: .ok,
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: "\n"))
                    try await Task.sleep(for: .seconds(60))
                })
        }
        try await withClient(of: server, security) { client in
            var watches: [WatchStream] = []
            for _ in 0..<150 { watches.append(try await client.watch(configMaps, WatchOptions(resourceVersion: "1"))) }
            let answer = try await client.serverVersion()
            #expect(answer == "v1.32.0")
            #expect(watches.count == 150)
        }
    }

    @Test(arguments: [TestServer.Security.none, .http2])
    func cancellingTheConsumerClosesTheWatch(security: TestServer.Security) async throws {
        let isClosed = Mutex(false)
        let server = TestServer { _ in
            Response(
                status: .ok,
                body: .init { writer in
                    do {
                        while true {
                            try await writer.write(ByteBuffer(string: line("BOOKMARK", ["metadata": ["resourceVersion": "2"]])))
                            try await Task.sleep(for: .milliseconds(5))
                        }
                    } catch {
                        isClosed.withLock { $0 = true }
                        throw error
                    }
                })
        }
        try await withClient(of: server, security) { client in
            let seen = Mutex(0)
            let task = Task {
                for try await _ in try await client.watch(configMaps, WatchOptions(resourceVersion: "1")) {
                    seen.withLock { $0 += 1 }
                }
            }
            try await eventually { seen.withLock { $0 } > 2 }
            task.cancel()
            try? await task.value
            try await eventually { isClosed.withLock { $0 } }
        }
    }

    @Test func anInformerFollowsAServerOverHTTP() async throws {
        let server = TestServer { seen in
            if seen.path.contains("watch=true") {
                return .chunks([line("ADDED", configMap("b", version: 6).json), line("DELETED", configMap("a", version: 7).json)])
            }
            return .json([
                "kind": "ConfigMapList", "apiVersion": "v1", "metadata": ["resourceVersion": "5"],
                "items": [configMap("a", version: 4).json],
            ])
        }
        try await withClient(of: server) { client in
            let informer = Informer(configMaps, client: client, logger: quietLogger())
            let task = Task { await informer.run() }
            await informer.waitUntilSynced()
            try await eventually { informer.list().map(\.key.name) == ["b"] }
            // The second watch goes on where the first one ended.
            try await eventually { server.seen.contains { $0.path.contains("resourceVersion=7") } }
            task.cancel()
            await task.value
        }
    }
}
