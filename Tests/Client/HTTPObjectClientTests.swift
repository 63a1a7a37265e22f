import Hummingbird
import Kubernetes
import Synchronization
import Testing

@testable import Client

@Suite(.timeLimit(.minutes(1)))
struct HTTPObjectClientTests {
    private let key = ObjectKey(namespace: "default", name: "a")

    // MARK: Requests

    @Test func everyCallHasItsMethodPathAndBody() async throws {
        let server = TestServer { _ in .json(configMap("a", version: 7).json) }
        try await withClient(of: server) { client in
            _ = try await client.get(nodes, ObjectKey(name: "n:1 x"))
            _ = try await client.create(configMap("a"), in: configMaps)
            _ = try await client.update(configMap("a", version: 6), in: deployments)
            _ = try await client.updateStatus(configMap("a", version: 6), in: deployments)
            try await client.delete(deployments, key)
            try await client.delete(deployments, key, DeleteOptions(uid: "u", propagation: .foreground))
            _ = try await client.list(
                configMaps, ListOptions(namespace: "default", labelSelector: "a in (b,c)", limit: 5, continue: "t=="))
        }
        #expect(
            server.seen.map(\.line) == [
                "GET /api/v1/nodes/n:1%20x", "POST /api/v1/namespaces/default/configmaps",
                "PUT /apis/apps/v1/namespaces/default/deployments/a", "PUT /apis/apps/v1/namespaces/default/deployments/a/status",
                "DELETE /apis/apps/v1/namespaces/default/deployments/a",
                "DELETE /apis/apps/v1/namespaces/default/deployments/a",
                "GET /api/v1/namespaces/default/configmaps?labelSelector=a%20in%20%28b%2Cc%29&limit=5&continue=t%3D%3D",
            ])
        #expect(server.seen[1].body == configMap("a").json.description)
        #expect(server.seen[1].headers["content-type"] == "application/json")
        #expect(server.seen[1].headers["accept"] == "application/json")
        #expect(server.seen[4].body == #"{"apiVersion":"v1","kind":"DeleteOptions"}"#)
        #expect(
            server.seen[5].body
                == #"{"apiVersion":"v1","kind":"DeleteOptions","preconditions":{"uid":"u"},"propagationPolicy":"Foreground"}"#)
    }

    @Test(arguments: [
        (Patch.json([]), "application/json-patch+json", "", "[]"),
        (.merge(["a": 1]), "application/merge-patch+json", "", "{\"a\":1}"),
        (.strategicMerge(["a": 1]), "application/strategic-merge-patch+json", "", "{\"a\":1}"),
        (
            .apply(["a": 1], fieldManager: "me", force: true), "application/apply-patch+yaml", "?fieldManager=me&force=true",
            "{\"a\":1}"
        ),
    ])
    func patchesSayWhatTheyAre(patch: Patch, type: String, query: String, body: String) async throws {
        let server = TestServer { _ in .json(configMap("a", version: 7).json) }
        try await withClient(of: server) { client in
            let object = try await client.patch(configMaps, key, patch, subresource: "status")
            #expect(object.revision == 7)
        }
        #expect(server.seen[0].line == "PATCH /api/v1/namespaces/default/configmaps/a/status\(query)")
        #expect(server.seen[0].headers["content-type"] == type)
        #expect(server.seen[0].body == body)
    }

    @Test func itemsOfAListLearnTheirKind() async throws {
        let list: JSON = [
            "kind": "ConfigMapList", "apiVersion": "v1", "metadata": ["resourceVersion": "12", "continue": "more"],
            "items": [
                ["metadata": ["name": "a", "namespace": "default", "resourceVersion": "3", "uid": "u", "labels": ["x": "y"]]],
                ["kind": "Other", "apiVersion": "g/v2", "metadata": ["name": "b"]],
            ],
        ]
        let server = TestServer { _ in .json(list) }
        try await withClient(of: server) { client in
            let page = try await client.list(configMaps, ListOptions())
            #expect(page.resourceVersion == "12")
            #expect(page.continue == "more")
            #expect(page.items.map(\.key) == [ObjectKey(namespace: "default", name: "a"), ObjectKey(name: "b")])
            #expect(page.items[0].decoded().groupVersionKind == GroupVersionKind(group: "", version: "v1", kind: "ConfigMap"))
            #expect(page.items[1].decoded().groupVersionKind == GroupVersionKind(group: "g", version: "v2", kind: "Other"))
            #expect(page.items[0].revision == 3)
            #expect(page.items[0].uid == "u")
            #expect(page.items[0].labels == ["x": "y"])
        }
    }

    // MARK: Errors

    @Test func aStatusIsTheErrorThatItSays() async throws {
        let expected = APIError.notFound(configMaps, name: "a")
        let server = TestServer { _ in .failure(expected) }
        try await withClient(of: server) { client in
            try await expectError(where: { $0 == expected }) { _ = try await client.get(configMaps, key) }
            let answer = try await client.find(configMaps, key)
            #expect(answer == nil)
        }
    }

    @Test(arguments: [
        (502, "<html>Bad gateway</html>", APIError.Reason.serviceUnavailable, "<html>Bad gateway</html>"),
        (404, "", .notFound, "the server answered with HTTP status 404"),
        (401, "\u{0}\u{1}", .unauthorized, "the server answered with HTTP status 401"),
        (409, "{}", .alreadyExists, "{}"),
    ])
    func anErrorWithoutStatusIsToldByItsCode(code: Int, body: String, reason: APIError.Reason, message: String) async throws {
        let server = TestServer { _ in Response(status: .init(code: code), body: .init(byteBuffer: .init(string: body))) }
        try await withClient(of: server) { client in
            let error = try await apiError { _ = try await client.create(configMap("a"), in: configMaps) }
            #expect(error.code == code)
            #expect(error.reason == reason)
            #expect(error.message == message)
        }
    }

    @Test func nobodyListeningIsServiceUnavailable() async throws {
        let server = TestServer { _ in Response(status: .ok) }
        var address = ""
        try await server.run { address = $0 }
        var configuration = ClientConfiguration(server: address)
        configuration.token = "top-secret"
        let client = try HTTPObjectClient(configuration, logger: quietLogger())
        let error = try await apiError { _ = try await client.serverVersion() }
        #expect(error.reason == .serviceUnavailable)
        #expect(error.message.hasPrefix("GET \(address)/version: "))
        #expect(error.message.contains("refused"))
        #expect(!error.message.contains("top-secret"))
        await client.shutdown()
    }

    @Test func aTokenThatWouldSplitItsHeaderIsRefusedAndNotShown() throws {
        var configuration = ClientConfiguration(server: "http://127.0.0.1")
        configuration.token = "secret\r\nX: y"
        #expect {
            try HTTPObjectClient(configuration, logger: quietLogger())
        } throws: { error in
            error is ClientConfigurationError && !"\(error)".contains("secret")
        }
    }

    // MARK: Limits and retries

    @Test func aCallWithoutAnswerEndsInTime() async throws {
        let server = TestServer { _ in
            try await Task.sleep(for: .seconds(30))
            return Response(status: .ok)
        }
        try await withClient(of: server, configure: { $0.requestTimeout = .milliseconds(100) }) { client in
            let start = ContinuousClock.now
            try await expectError(where: { $0.reason == .timeout }) { _ = try await client.get(configMaps, key) }
            try await expectError(where: { $0.reason == .timeout }) {
                _ = try await client.create(configMap("a"), in: configMaps)
            }
            let watch = try await apiError { _ = try await client.watch(configMaps, WatchOptions(resourceVersion: "1")) }
            #expect(watch.reason == .timeout)
            #expect(start.duration(to: .now) < .seconds(10))
        }
    }

    @Test func anAnswerThatStallsEndsInTime() async throws {
        let server = TestServer { _ in
            Response(
                status: .ok,
                body: .init { writer in
                    try await writer.write(ByteBuffer(string: "{"))
                    try await Task.sleep(for: .seconds(30))
                    try await writer.finish(nil)
                })
        }
        try await withClient(of: server, configure: { $0.requestTimeout = .milliseconds(100) }) { client in
            try await expectError(where: { $0.reason == .timeout }) { _ = try await client.get(configMaps, key) }
        }
    }

    @Test func anAnswerIsBounded() async throws {
        let server = TestServer { _ in .json(configMap("a", value: String(repeating: "x", count: 5000)).json) }
        try await withClient(of: server, configure: { $0.maximumResponseBytes = 4000 }) { client in
            let error = try await apiError { _ = try await client.get(configMaps, key) }
            #expect(error.message.hasSuffix("the answer is larger than 4000 bytes"))
        }
        #expect(server.seen.count == 1)
    }

    @Test func readsAreTriedAgainABoundedNumberOfTimes() async throws {
        let failures = Mutex(2)
        let server = TestServer { _ in
            let fails = failures.withLock { failures in
                failures -= 1
                return failures >= 0
            }
            return fails ? Response(status: .serviceUnavailable) : .json(configMap("a", version: 7).json)
        }
        try await withClient(of: server) { client in
            let answer = try await client.get(configMaps, key).revision
            #expect(answer == 7)
            #expect(server.seen.count == 3)
            failures.withLock { $0 = 100 }
            try await expectError(where: { $0.reason == .serviceUnavailable }) { _ = try await client.get(configMaps, key) }
            #expect(server.seen.count == 3 + 4)
        }
    }

    @Test func writesAreTriedAgainOnlyWhenTheServerAsksForIt() async throws {
        let answers = Mutex<[Response]>([])
        let server = TestServer { _ in
            answers.withLock { $0.isEmpty ? .json(configMap("a", version: 7).json) : $0.removeFirst() }
        }
        try await withClient(of: server) { client in
            answers.withLock { $0 = [Response(status: .serviceUnavailable)] }
            try await expectError(where: { $0.reason == .serviceUnavailable }) {
                _ = try await client.create(configMap("a"), in: configMaps)
            }
            #expect(server.seen.count == 1)
            answers.withLock { $0 = [Response(status: .tooManyRequests, headers: [.retryAfter: "0"])] }
            #expect(try await client.create(configMap("a"), in: configMaps).revision == 7)
            #expect(server.seen.count == 3)
            // A wait that nobody should be kept in is left to the caller.
            answers.withLock { $0 = [Response(status: .tooManyRequests, headers: [.retryAfter: "3600"])] }
            let error = try await apiError { _ = try await client.create(configMap("a"), in: configMaps) }
            #expect(error.reason == .tooManyRequests)
            #expect(error.details?.retryAfterSeconds == 3600)
        }
    }

    // MARK: TLS and credentials

    @Test(arguments: [TestServer.Security.tls, .http2])
    func theServerIsVerifiedByTheGivenAuthority(security: TestServer.Security) async throws {
        let server = TestServer { _ in .json(["gitVersion": "v1.32.0"]) }
        try await withClient(of: server, security) { client in
            let answer = try await client.serverVersion()
            #expect(answer == "v1.32.0")
            // Many at a time: one connection where HTTP/2 is spoken.
            try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<50 { group.addTask { try await client.serverVersion() } }
                for try await version in group { #expect(version == "v1.32.0") }
            }
        }
        try await withClient(of: server, security, configure: { $0.certificateAuthority = Array(TestPKI.otherAuthority.utf8) }) {
            client in
            let error = try await apiError { _ = try await client.serverVersion() }
            #expect(error.reason == .serviceUnavailable)
            #expect(error.message.contains("TLS"))
        }
        try await withClient(
            of: server, security,
            configure: {
                $0.certificateAuthority = nil
                $0.insecureSkipTLSVerify = true
            }
        ) { client in
            let answer = try await client.serverVersion()
            #expect(answer == "v1.32.0")
        }
    }

    @Test func aCertificateOfAnotherNameIsTakenUnderThatNameOnly() async throws {
        let server = TestServer { _ in .json(["gitVersion": "v1.32.0"]) }
        try await withClient(of: server, .named) { client in
            try await expectError(where: { $0.message.contains("TLS") }) { _ = try await client.serverVersion() }
        }
        try await withClient(of: server, .named, configure: { $0.tlsServerName = "flotilla.test" }) { client in
            let answer = try await client.serverVersion()
            #expect(answer == "v1.32.0")
        }
        #expect(server.seen[0].headers["host"]?.hasPrefix("127.0.0.1:") == true)
    }

    @Test func aClientCertificateIsPresented() async throws {
        let server = TestServer { _ in .json(["gitVersion": "v1.32.0"]) }
        try await withClient(of: server, .mutual) { client in
            try await expectError(where: { $0.reason == .serviceUnavailable }) { _ = try await client.serverVersion() }
        }
        try await withClient(
            of: server, .mutual,
            configure: {
                $0.clientCertificate = Array(TestPKI.client.utf8)
                $0.clientKey = Array(TestPKI.clientKey.utf8)
            }
        ) { client in
            let answer = try await client.serverVersion()
            #expect(answer == "v1.32.0")
        }
    }

    @Test func aBadConfigurationNamesTheField() {
        func expect(_ message: String, _ change: (inout ClientConfiguration) -> Void) {
            var configuration = ClientConfiguration(server: "https://127.0.0.1")
            change(&configuration)
            #expect(throws: ClientConfigurationError(message)) { try HTTPObjectClient(configuration, logger: quietLogger()) }
        }
        expect("certificate-authority: not a PEM certificate") { $0.certificateAuthority = [1] }
        expect("client-key: not a PEM private key") {
            ($0.clientCertificate, $0.clientKey) = (Array(TestPKI.client.utf8), [1])
        }
        expect("a client certificate and its key go together; one is missing") { $0.clientKey = [1] }
        expect("proxy-url: the scheme \"ftp\" is not supported, only http or socks5") { $0.proxyURL = "ftp://h" }
        expect("server: not a URL with a scheme and a host") { $0.server = "nowhere" }
    }

    @Test func aTokenIsSent() async throws {
        let server = TestServer { _ in .json(["gitVersion": "v1.32.0"]) }
        try await withClient(of: server, configure: { $0.token = "abc" }) { client in _ = try await client.serverVersion() }
        #expect(server.seen[0].headers["authorization"] == "Bearer abc")
    }

    @Test func aTokenFileIsReadAgain() async throws {
        let directory = TemporaryDirectory()
        let file = directory.file("token")
        try LocalFile.replace(file, with: Array(" first\n".utf8))
        let tokens = try TokenSource(token: "fixed", file: file, maximumAge: .zero)
        #expect(try await tokens.token() == "first")
        try LocalFile.replace(file, with: Array("second".utf8))
        #expect(try await tokens.token() == "second")
        try LocalFile.replace(file, with: Array("\n".utf8))
        await #expect(throws: ClientConfigurationError("\(file): holds no token")) { try await tokens.token() }
    }

    @Test func aRawCallTakesAnyAnswer() async throws {
        let server = TestServer { _ in
            let body = ResponseBody(byteBuffer: ByteBuffer(string: "tea"))
            return Response(status: .init(code: 418), headers: [.contentType: "text/plain"], body: body)
        }
        try await withClient(of: server) { client in
            let answer = try await client.request(HTTPCall("POST", "/x?y=z", headers: [("X-Test", "1")], body: Array("b".utf8)))
            #expect(answer.status == 418)
            #expect(answer.header("Content-Type") == "text/plain")
            #expect(answer.body == Array("tea".utf8))
        }
        #expect(server.seen[0].line == "POST /x?y=z")
        #expect(server.seen[0].body == "b")
    }
}
