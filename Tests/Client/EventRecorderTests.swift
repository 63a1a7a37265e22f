import Kubernetes
import Testing

@testable import Client

@Suite(.timeLimit(.minutes(1)))
struct EventRecorderTests {
    private let subject = ObjectReference(
        kind: GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"),
        key: ObjectKey(namespace: "default", name: "web"), uid: "u")

    /// Runs a recorder whose events go to `server`, until `isDone`.
    private func record(
        to server: TestServer, _ body: (EventRecorder) async throws -> Void, until isDone: () -> Bool
    ) async throws {
        try await withClient(of: server) { client in
            let recorder = EventRecorder(client: client, logger: quietLogger())
            let running = Task { await recorder.run() }
            try await body(recorder)
            try await eventually(isDone)
            running.cancel()
            await running.value
        }
    }

    private func server() -> TestServer { TestServer { _ in .json(configMap("e", version: 1).json) } }

    @Test func repetitionsCountUp() async throws {
        let server = server()
        let say = { (recorder: EventRecorder, reason: String) in
            recorder.record(.normal, reason, "as it is", about: subject, from: "test")
        }
        try await record(to: server) { recorder in
            for _ in 1...3 { say(recorder, "Done") }
            say(recorder, "Other")
            try await eventually { server.seen.count == 2 }
            for _ in 1...2 { say(recorder, "Done") }
        } until: {
            server.seen.count == 3
        }
        let written = try server.seen.prefix(2).map { try JSON(parsing: Array($0.body.utf8)) }
        #expect(server.seen.prefix(2).allSatisfy { $0.line == "POST /api/v1/namespaces/default/events" })
        #expect(written.first { $0["reason"] == "Done" }?["count"] == 3)
        #expect(written.first { $0["reason"] == "Other" }?["count"] == 1)
        #expect(written.allSatisfy { $0["involvedObject", "name"] == "web" && $0["source", "component"] == "test" })
        #expect(server.seen[2].method == "PATCH")
        #expect(try JSON(parsing: Array(server.seen[2].body.utf8))["count"] == 5)
    }

    /// Where there is too much to tell, bad news is told.
    @Test func warningsComeThroughAFlood() async throws {
        let server = server()
        try await record(to: server) { recorder in
            for number in 1...500 { recorder.record(.normal, "Fine", "\(number)", about: subject, from: "test") }
            for number in 1...20 { recorder.record(.warning, "Bad", "\(number)", about: subject, from: "test") }
        } until: {
            server.seen.filter { $0.body.contains("\"Bad\"") }.count == 20
        }
        // Half of a second's worth, and what the flood took longer than a moment for.
        #expect(50..<150 ~= server.seen.filter { $0.body.contains("\"Fine\"") }.count)
    }
}
