import Foundation
import HTTPTypes
import HummingbirdCore
import Kubernetes
import Logging
import NIOCore
import NIOSSL
import Synchronization
import Testing

@testable import APIServer

/// Admission webhooks, asked over TLS on this machine.
@Suite(.timeLimit(.minutes(1))) struct WebhookTests {
    private static let group = "admissionregistration.k8s.io"
    private static let ann = WriteOptions(user: UserInfo(name: "ann", groups: ["system:authenticated"]))

    /// What a webhook was asked, in order.
    private final class Requests: Sendable {
        private let all = Mutex<[JSON]>([])
        func append(_ request: JSON) { all.withLock { $0.append(request) } }
        var list: [JSON] { all.withLock { $0 } }
    }

    /// Runs a webhook that answers `answer` (without the uid) while `body` runs.
    private func withWebhook(
        _ answer: @escaping @Sendable (JSON) -> JSON,
        _ body: (TestServer, _ client: JSON, Requests) async throws -> Void
    ) async throws {
        let path = NSTemporaryDirectory() + "flotilla-webhook-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let directory = try DataDirectory(path: path)
        let authority = try CertificateAuthority(in: directory)
        let credential = try authority.credential(named: "webhook", for: .server(names: ["127.0.0.1"]), in: directory)
        let tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: Array(credential.certificatePEM.utf8), format: .pem))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(credential.keyPEM.utf8), format: .pem)))
        let requests = Requests()
        let (ready, signal) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let listener = HTTPListener(host: "127.0.0.1", port: 0, tls: tls, logger: logger)
        let running = Task {
            try await listener.run(
                identities: ConnectionIdentities(), onReady: { signal.yield($0) }, onShutdown: {},
                respond: { request, writer, _ in
                    let bytes = Array(buffer: try await request.body.collect(upTo: 1 << 20))
                    let asked = try JSON(parsing: bytes)["request"] ?? [:]
                    requests.append(asked)
                    var response = answer(asked)
                    response["uid"] = asked["uid"]
                    let review: JSON = [
                        "apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response,
                    ]
                    let head = HTTPResponse(status: .ok, headerFields: [.contentType: "application/json"])
                    try await writer.write(
                        response: head, body: ResponseBody(byteBuffer: ByteBuffer(bytes: review.encoded())))
                })
        }
        var ports = ready.makeAsyncIterator()
        let port = try #require(await ports.next())
        let client: JSON = [
            "url": .string("https://127.0.0.1:\(port)/check"), "caBundle": .string(Base64.encode(authority.pem.utf8)),
        ]
        do {
            try await body(try await TestServer(), client, requests)
        } catch {
            running.cancel()
            throw error
        }
        running.cancel()
        try? await running.value
    }

    /// Configures a webhook for the ConfigMaps and Deployments of the namespaces that are not excluded.
    private func configure(
        _ server: TestServer, _ kind: String, _ client: JSON, _ change: (inout JSON) -> Void = { _ in }
    ) async throws {
        var webhook: JSON = [
            "name": "check.example.com", "clientConfig": client, "sideEffects": "None", "admissionReviewVersions": ["v1"],
            "rules": [
                [
                    "operations": ["*"], "apiGroups": ["", "apps"], "apiVersions": ["v1"],
                    "resources": ["configmaps", "deployments"],
                ]
            ],
        ]
        change(&webhook)
        var configuration = Object(apiVersion: "\(Self.group)/v1", kind: kind, name: "test")
        configuration["webhooks"] = [webhook]
        try await server.create(try server.resource(Self.group, kind.lowercased() + "s"), configuration)
        try server.objects.admission.webhooks.load()
    }

    private static func patch(_ operations: JSON) -> JSON {
        ["allowed": true, "patchType": "JSONPatch", "patch": .string(Base64.encode(operations.encoded()))]
    }

    @Test func mutatingWebhooksChangeWhatIsStored() async throws {
        try await withWebhook { _ in
            Self.patch([["op": "add", "path": "/metadata/labels", "value": ["added": "yes"]]])
        } _: {
            server, client, requests in
            try await configure(server, "MutatingWebhookConfiguration", client)
            let created = try await server.create(try server.configMaps, TestServer.configMap("a"), Self.ann)
            #expect(created.labels == ["added": "yes"])
            let asked = try #require(requests.list.first)
            #expect(asked["operation"] == "CREATE")
            #expect(asked["userInfo", "username"] == "ann")
            #expect(asked["object", "metadata", "name"] == "a")
            #expect(asked["oldObject"] == .null)
            #expect(asked["resource"] == ["group": "", "version": "v1", "resource": "configmaps"])
            #expect(asked["namespace"] == "default")
            // Defaults are filled in before, and after.
            _ = try await server.create(try server.deployments, TestServer.deployment("d"), Self.ann)
            #expect(requests.list.last?["object", "spec", "progressDeadlineSeconds"] == 600)
            // The server's own writes pass.
            let count = requests.list.count
            try await server.create(try server.configMaps, TestServer.configMap("b"))
            #expect(requests.list.count == count)
        }
    }

    @Test func validatingWebhooksRefuse() async throws {
        try await withWebhook { request in
            request["operation"] == "UPDATE"
                ? ["allowed": true, "warnings": ["careful"]]
                : ["allowed": false, "status": ["message": "no", "code": 403, "reason": "Forbidden"]]
        } _: { server, client, requests in
            try await server.create(try server.configMaps, TestServer.configMap("old"))
            try await configure(server, "ValidatingWebhookConfiguration", client)
            let maps = try server.configMaps
            let refusal = await #expect(throws: APIError.self) {
                try await server.create(maps, TestServer.configMap("a"), Self.ann)
            }
            #expect(refusal?.message == "admission webhook \"check.example.com\" denied the request: no")
            #expect(refusal?.code == 403)
            #expect(refusal?.reason == .forbidden)
            let key = ObjectKey(namespace: "default", name: "old")
            let outcome = try await server.objects.patch(maps, key, subresource: nil, .merge(["data": ["k": "v"]]), Self.ann)
            #expect(outcome.warnings == ["careful"])
            #expect(requests.list.last?["oldObject", "data"] == nil)
            #expect(requests.list.last?["object", "data", "k"] == "v")
            let deletion = await #expect(throws: APIError.self) {
                try await server.objects.delete(maps, key, DeletionRequest(user: Self.ann.user))
            }
            #expect(deletion?.code == 403)
            #expect(requests.list.last?["object"] == .null)
            #expect(server.store.get(maps.collection, key) != nil)
        }
    }

    @Test func selectorsAndConditionsDecideWhatIsAsked() async throws {
        try await withWebhook { _ in
            ["allowed": false]
        } _: { server, client, requests in
            try await configure(server, "ValidatingWebhookConfiguration", client) { webhook in
                webhook["namespaceSelector"] = [
                    "matchExpressions": [
                        ["key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"]]
                    ]
                ]
                webhook["objectSelector"] = ["matchLabels": ["checked": "yes"]]
                webhook["matchConditions"] = [
                    [
                        "name": "not-bob",
                        "expression": "request.userInfo.username != 'bob' && object.metadata.name.startsWith('a')",
                    ]
                ]
            }
            let maps = try server.configMaps
            func isRefused(
                _ name: String, namespace: String = "default", labels: [String: String] = ["checked": "yes"], user: String = "ann"
            ) async throws -> Bool {
                do throws(APIError) {
                    let object = TestServer.configMap(name, namespace: namespace) { $0.labels = labels }
                    _ = try await server.objects.create(
                        maps, object, namespace: namespace, WriteOptions(user: UserInfo(name: user)))
                    return false
                } catch {
                    #expect(error.message == "admission webhook \"check.example.com\" denied the request without explanation")
                    return true
                }
            }
            #expect(try await isRefused("a"))
            #expect(try await !isRefused("a", namespace: "kube-system"))
            #expect(try await !isRefused("a1", labels: [:]))
            #expect(try await !isRefused("a2", user: "bob"))
            #expect(try await !isRefused("b"))
            #expect(requests.list.count == 1)
        }
    }

    @Test func failurePoliciesDecideWhatAnUnreachableWebhookMeans() async throws {
        let server = try await TestServer()
        // Nobody listens on a port of its own that was closed again: 1 is never used.
        let client: JSON = ["url": "https://127.0.0.1:1/"]
        try await configure(server, "ValidatingWebhookConfiguration", client)
        let maps = try server.configMaps
        let failure = await #expect(throws: APIError.self) {
            try await server.create(maps, TestServer.configMap("a"), Self.ann)
        }
        #expect(failure?.code == 500)
        #expect(
            failure?.message.hasPrefix(
                "Internal error occurred: failed calling webhook \"check.example.com\": failed to call webhook: ") == true)
        let key = ObjectKey(name: "test")
        _ = try await server.objects.update(
            try server.resource(Self.group, "validatingwebhookconfigurations"), key, subresource: nil, WriteOptions()
        ) { current in
            var changed = current
            changed.json.forEach(in: "webhooks") { $0["failurePolicy"] = "Ignore" }
            return changed
        }
        try server.objects.admission.webhooks.load()
        try await server.create(maps, TestServer.configMap("a"), Self.ann)
    }

    @Test func aSlowWebhookIsGivenUp() async throws {
        try await withWebhook { _ in
            Thread.sleep(forTimeInterval: 3)
            return ["allowed": true]
        } _: { server, client, _ in
            try await configure(server, "ValidatingWebhookConfiguration", client) { $0["timeoutSeconds"] = 1 }
            let failure = await #expect(throws: APIError.self) {
                try await server.create(try server.configMaps, TestServer.configMap("a"), Self.ann)
            }
            #expect(failure?.code == 500)
        }
    }

    @Test func dryRunsAreAskedOnlyOfWebhooksWithoutSideEffects() async throws {
        try await withWebhook { _ in
            ["allowed": true]
        } _: { server, client, requests in
            try await configure(server, "ValidatingWebhookConfiguration", client)
            var options = Self.ann
            options.isDryRun = true
            try await server.create(try server.configMaps, TestServer.configMap("a"), options)
            #expect(requests.list.first?["dryRun"] == true)
        }
        #expect(Webhook(["sideEffects": "NoneOnDryRun"], isMutating: true).allowsDryRun)
        #expect(!Webhook(["sideEffects": "Some"], isMutating: true).allowsDryRun)
    }

    @Test func otherVersionsAreAskedAboutInTheVersionThatTheWebhookKnows() async throws {
        try await withWebhook { _ in
            Self.patch([["op": "replace", "path": "/spec/targetCPUUtilizationPercentage", "value": 70]])
        } _: {
            server, client, requests in
            try await configure(server, "MutatingWebhookConfiguration", client) { webhook in
                webhook["rules"] = [
                    [
                        "operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": ["v1"],
                        "resources": ["horizontalpodautoscalers"],
                    ]
                ]
            }
            var scaler = Object(apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", namespace: "default", name: "h")
            scaler.spec = [
                "maxReplicas": 3, "scaleTargetRef": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "d"],
                "metrics": [
                    [
                        "type": "Resource",
                        "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": 50]],
                    ]
                ],
            ]
            let created = try await server.create(
                try server.resource("autoscaling", "horizontalpodautoscalers"), scaler, Self.ann
            ).decoded()
            #expect(requests.list.first?["kind"] == ["group": "autoscaling", "version": "v1", "kind": "HorizontalPodAutoscaler"])
            #expect(requests.list.first?["requestKind", "version"] == "v2")
            #expect(created.spec["metrics"]?[0]?["resource", "target", "averageUtilization"] == 70)
        }
    }

    @Test func faultyConfigurationsAreRefused() async throws {
        let server = try await TestServer()
        func faults(_ change: @escaping (inout JSON) -> Void) async throws -> [String]? {
            let client: JSON = ["url": "https://127.0.0.1:1/"]
            let refusal = await #expect(throws: APIError.self) {
                try await configure(server, "ValidatingWebhookConfiguration", client, change)
            }
            return refusal?.details?.causes.map(\.field)
        }
        #expect(try await faults { $0["name"] = "short" } == ["webhooks[0].name"])
        #expect(try await faults { $0["sideEffects"] = nil } == ["webhooks[0].sideEffects"])
        #expect(try await faults { $0["timeoutSeconds"] = 31 } == ["webhooks[0].timeoutSeconds"])
        #expect(try await faults { $0["clientConfig"] = [:] } == ["webhooks[0].clientConfig"])
        #expect(try await faults { $0["clientConfig"] = ["url": "http://x"] } == ["webhooks[0].clientConfig.url"])
        #expect(
            try await faults { $0["matchConditions"] = [["name": "c", "expression": "nope == 1"]] }
                == ["webhooks[0].matchConditions[0].expression"])
    }
}
