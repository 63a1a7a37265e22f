import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import HummingbirdTLS
import Kubernetes
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle
import Synchronization
import Testing

@testable import Client

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a test's server was asked.
struct Seen: Sendable, Equatable {
    var method: String
    var path: String
    var headers: [String: String]
    var body: String

    /// "PUT /api/v1/nodes/a"
    var line: String { "\(method) \(path)" }
}

/// Answers a client's calls in a test, and remembers them.
final class TestServer: Sendable {
    typealias Handler = @Sendable (Seen) async throws -> Response

    private let calls = Mutex<[Seen]>([])
    private let handler: Handler

    init(_ handler: @escaping Handler) { self.handler = handler }

    var seen: [Seen] { calls.withLock { $0 } }

    enum Security: Sendable {
        case none, tls, http2
        /// With a certificate for `flotilla.test` only.
        case named
        /// Takes only clients that the authority knows.
        case mutual
    }

    /// Runs `body` with the server's address, for as long as it takes.
    func run(_ security: Security = .none, _ body: (String) async throws -> Void) async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test.server")
        logger.logLevel = .critical
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in try await self.respond(to: request) },
            server: try Self.builder(security), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { continuation.yield($0.localAddress?.port ?? 0) }, logger: logger)
        // Ended gracefully first: a connection that is accepted while its server is cancelled trips a precondition of NIO.
        var lifecycle = ServiceGroupConfiguration(services: [.init(service: application)], logger: logger)
        lifecycle.maximumGracefulShutdownDuration = .milliseconds(200)
        let services = ServiceGroup(configuration: lifecycle)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                try await services.run()
            }
            var iterator = ports.makeAsyncIterator()
            guard let port = await iterator.next() else { throw TestFailure("the server did not start") }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body("\(security == .none ? "http" : "https")://127.0.0.1:\(port)"))
            } catch {
                result = .failure(error)
            }
            await services.triggerGracefulShutdown()
            _ = await group.nextResult()
            try result.get()
        }
    }

    private func respond(to request: Request) async throws -> Response {
        let body = try await request.body.collect(upTo: 1 << 20)
        var headers: [String: String] = [:]
        for field in request.headers { headers[field.name.canonicalName] = field.value }
        headers["host"] = request.head.authority
        let seen = Seen(
            method: request.method.rawValue, path: request.uri.description, headers: headers, body: String(buffer: body))
        calls.withLock { $0.append(seen) }
        return try await handler(seen)
    }

    private static func builder(_ security: Security) throws -> HTTPServerBuilder {
        if security == .none { return .http1() }
        let (certificate, key) =
            security == .named ? (TestPKI.namedServer, TestPKI.namedServerKey) : (TestPKI.server, TestPKI.serverKey)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(Array(certificate.utf8)).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(key.utf8), format: .pem)))
        if security == .mutual {
            tls.certificateVerification = .noHostnameVerification
            tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(Array(TestPKI.authority.utf8)))
        }
        return security == .http2 ? try .http2Upgrade(tlsConfiguration: tls) : try .tls(.http1(), tlsConfiguration: tls)
    }
}

extension Response {
    static func json(_ json: JSON, status: HTTPResponse.Status = .ok) -> Response {
        let body = ResponseBody(byteBuffer: ByteBuffer(bytes: json.encoded()))
        return Response(status: status, headers: [.contentType: "application/json"], body: body)
    }

    static func failure(_ error: APIError) -> Response { json(error.status, status: .init(code: error.code)) }

    /// The chunks one after the other, each in a write of its own.
    static func chunks(_ chunks: [String]) -> Response {
        Response(
            status: .ok,
            body: .init { writer in
                for chunk in chunks { try await writer.write(ByteBuffer(string: chunk)) }
                try await writer.finish(nil)
            })
    }
}

let nodes = GroupVersionResource(group: "", version: "v1", resource: "nodes")
let configMaps = GroupVersionResource(group: "", version: "v1", resource: "configmaps")
let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")

/// A line of a watch's answer.
func line(_ type: String, _ object: JSON) -> String {
    JSON.object(["type": .string(type), "object": object]).description + "\n"
}

func configMap(_ name: String, version: Int64 = 0, value: String = "") -> Object {
    var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: name)
    if version > 0 { object.resourceVersion = String(version) }
    object.uid = "uid-of-\(name)"
    object["data"] = ["value": .string(value)]
    return object
}

func quietLogger() -> Logger {
    var logger = Logger(label: "test.client")
    logger.logLevel = .critical
    return logger
}

/// Runs `body` with a client of `server`, configured further by `configure`.
func withClient(
    of server: TestServer, _ security: TestServer.Security = .none, configure: (inout ClientConfiguration) -> Void = { _ in },
    _ body: (HTTPObjectClient) async throws -> Void
) async throws {
    try await server.run(security) { address in
        var configuration = ClientConfiguration(server: address)
        if security != .none { configuration.certificateAuthority = Array(TestPKI.authority.utf8) }
        configure(&configuration)
        let client = try HTTPObjectClient(configuration, logger: quietLogger())
        try await body(client)
        await client.shutdown()
    }
}

/// What `body` fails with; an error of another kind, or none, fails the test.
func apiError(_ body: () async throws -> Void) async throws -> APIError {
    do {
        try await body()
    } catch let error as APIError {
        return error
    }
    throw TestFailure("no error was thrown")
}

func expectError(
    where matches: (APIError) -> Bool, sourceLocation: SourceLocation = #_sourceLocation, _ body: () async throws -> Void
) async throws {
    let error = try await apiError(body)
    #expect(matches(error), "\(error.code) \(error.reason.rawValue): \(error)", sourceLocation: sourceLocation)
}

struct TestFailure: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}

/// Waits until `condition` holds.
func eventually(_ condition: () async -> Bool) async throws {
    let limit = ContinuousClock.now + .seconds(20)
    while !(await condition()) {
        if ContinuousClock.now > limit { throw TestFailure("what was waited for did not come") }
        try await Task.sleep(for: .milliseconds(2))
    }
}

/// A directory that goes, with the files in it, when the test is over.
final class TemporaryDirectory {
    let path: String
    private let names = Mutex<Set<String>>([])

    init() {
        var template = Array("/tmp/flotilla-client-XXXXXX".utf8CString)
        path = String(cString: mkdtemp(&template))
    }

    deinit {
        for name in names.withLock({ $0 }) { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    func file(_ name: String) -> String {
        names.withLock { _ = $0.insert(name) }
        return "\(path)/\(name)"
    }
}
