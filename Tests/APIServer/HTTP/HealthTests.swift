import Foundation
import Kubernetes
import Logging
import Store
import Telemetry
import Testing

@testable import APIServer

@Suite(.timeLimit(.minutes(1))) struct HealthTests {
    private func answer(_ path: String, _ query: String = "", isEnding: Bool = false) async throws -> (Int, String)? {
        let server = try await TestServer()
        let checks = HealthChecks(store: server.store) { isEnding }
        guard let reply = checks.reply(to: path, QueryParameters(parsing: query)), case .bytes(let buffer) = reply.body
        else { return nil }
        return (reply.status.code, String(buffer: buffer))
    }

    @Test func healthIsShortUnlessAskedForMore() async throws {
        #expect(try await answer("/livez")! == (200, "ok"))
        #expect(try await answer("/readyz/etcd")! == (200, "ok"))
        #expect(try await answer("/livez/nope") == nil)
        // Only readiness knows of shutting down.
        #expect(try await answer("/livez/shutdown") == nil)
        let verbose = try #require(try await answer("/livez", "verbose"))
        #expect(
            verbose.1 == "[+]ping ok\n[+]log ok\n[+]etcd ok\n[+]poststarthook/rbac/bootstrap-roles ok\nlivez check passed\n")
    }

    @Test func aServerThatShutsDownIsNotReady() async throws {
        let ready = try #require(try await answer("/readyz", isEnding: true))
        #expect(ready.0 == 500)
        #expect(ready.1.hasSuffix("[-]shutdown failed: reason withheld\nreadyz check failed\n"))
        #expect(try await answer("/livez", isEnding: true)! == (200, "ok"))
        #expect(try await answer("/readyz", "exclude=shutdown", isEnding: true)! == (200, "ok"))
    }
}

@Suite(.timeLimit(.minutes(1))) struct AuditLogTests {
    private let metrics = MetricsRegistry()

    private func withFolder(_ body: (String) async throws -> Void) async throws {
        let folder = NSTemporaryDirectory() + "flotilla-audit-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await body(folder)
    }

    private static func event(_ id: String) -> AuditEvent {
        let info = RequestInfo(method: "POST", target: "/apis/apps/v1/namespaces/default/deployments?dryRun=All")
        return AuditEvent(
            id: id, stage: .responseComplete, info: info, target: "/apis/apps/v1/namespaces/default/deployments?dryRun=All",
            user: UserInfo(name: "root", groups: ["system:masters"]), impersonated: UserInfo(name: "ann"),
            sourceAddress: "127.0.0.1", userAgent: "kubectl/v1.32", code: 422,
            failure: .invalid(GroupVersionKind(group: "apps", version: "v1", kind: "Deployment"), name: "secret", []),
            received: Timestamp(seconds: 0))
    }

    private static func isWritten(_ id: String, in path: String) -> Bool {
        (try? String(contentsOfFile: path, encoding: .utf8))?.contains("\"auditID\":\"\(id)\"") == true
    }

    private func logger() -> Logger {
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        return logger
    }

    @Test func eventsSayWhoWhatWhenAndWithWhatResult() throws {
        var json = Self.event("1").json
        #expect(json["stageTimestamp"]?.string.flatMap { Timestamp($0) } != nil)
        json["stageTimestamp"] = nil
        #expect(
            json == [
                "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata", "auditID": "1",
                "stage": "ResponseComplete",
                "requestURI": "/apis/apps/v1/namespaces/default/deployments?dryRun=All", "verb": "create",
                "user": ["username": "root", "groups": ["system:masters"]],
                "impersonatedUser": ["username": "ann", "groups": []],
                "sourceIPs": ["127.0.0.1"], "userAgent": "kubectl/v1.32",
                "objectRef": ["resource": "deployments", "namespace": "default", "apiGroup": "apps", "apiVersion": "v1"],
                "responseStatus": ["metadata": [:], "code": 422, "status": "Failure", "reason": "Invalid"],
                "requestReceivedTimestamp": "1970-01-01T00:00:00.000000Z",
                "annotations": ["authorization.k8s.io/decision": "allow"],
            ])
    }

    @Test func eventsAreWrittenInOrderAndFilesChange() async throws {
        try await withFolder { folder in
            let path = "\(folder)/audit.log"
            let log = try AuditLog(.init(path: path, maximumSize: 2000, maximumBackups: 2), metrics, logger: logger())
            let running = Task { await log.run() }
            for number in 0..<20 {
                log.record(Self.event("\(number)"))
                // So that the file changes between events.
                #expect(await eventually { Self.isWritten("\(number)", in: path) }, "event \(number) was not written")
            }
            running.cancel()
            await running.value
            let names = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
            #expect(names.count == 3)
            #expect(names.contains("audit.log"))
            let current = try String(contentsOfFile: path, encoding: .utf8)
            let lines = try current.split(separator: "\n").map { try JSON(parsing: String($0)) }
            #expect(lines.last?["auditID"] == "19")
            #expect(current.utf8.count <= 2000)
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
            #expect(mode?.intValue == 0o600)
        }
    }

    @Test func whatWasRecordedIsWrittenBeforeTheEnd() async throws {
        try await withFolder { folder in
            let path = "\(folder)/audit.log"
            let log = try AuditLog(.init(path: path), metrics, logger: logger())
            let running = Task { await log.run() }
            for number in 0..<1000 { log.record(Self.event("\(number)")) }
            running.cancel()
            await running.value
            let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            #expect(lines.count == 1000)
            #expect(metrics.text.contains("apiserver_audit_event_total 1000\n"))
            #expect(metrics.text.contains("apiserver_audit_error_total{plugin=\"log\"} 0\n"))
        }
    }

    @Test func aFileThatCannotBeOpenedIsAnError() {
        #expect(throws: APIServerError.self) { try AuditLog(.init(path: "/nowhere/audit.log"), metrics, logger: logger()) }
    }
}
