import Foundation
import Hummingbird
import HummingbirdTLS
import Kubernetes
import Logging
import NIOCore
import NIOSSL
import ServiceLifecycle

/// An HTTPS server of a test that answers as webhooks do.
struct WebhookServer {
    /// The `caBundle` that clients verify it against.
    let authority: String
    private let tls: TLSConfiguration

    /// - Parameter daemon: whose certificates serve here too.
    init(certificatesOf daemon: Daemon) throws {
        func read(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: daemon.data.appending(path: name))) }
        authority = Base64.encode(try read("ca.crt"))
        tls = .makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMBytes(try read("apiserver.crt")).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: try read("apiserver.key"), format: .pem)))
    }

    /// Runs `body` with the server's address, for as long as it takes.
    /// - Parameter answer: from the path and the `request` that a body holds to the body to answer with.
    func run(
        answering answer: @escaping @Sendable (_ path: String, _ request: JSON) async throws -> JSON,
        _ body: (_ url: String) async throws -> Void
    ) async throws {
        let (ports, continuation) = AsyncStream<Int>.makeStream()
        var logger = Logger(label: "test.webhook")
        logger.logLevel = .critical
        let application = Application(
            responder: CallbackResponder { (request: Request, _: BasicRequestContext) in
                let bytes = try await request.body.collect(upTo: 4 << 20)
                let request = (request.uri.path, try JSON(parsing: Array(bytes.readableBytesView))["request"] ?? .null)
                let json = try await answer(request.0, request.1)
                return Response(
                    status: .ok, headers: [.contentType: "application/json"],
                    body: ResponseBody(byteBuffer: ByteBuffer(bytes: json.encoded())))
            },
            server: try .tls(.http1(), tlsConfiguration: tls), configuration: .init(address: .hostname("127.0.0.1", port: 0)),
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
            guard let port = await iterator.next() else { throw TimeoutError(description: "the webhook server did not start") }
            let result: Result<Void, any Error>
            do {
                result = .success(try await body("https://127.0.0.1:\(port)"))
            } catch {
                result = .failure(error)
            }
            await services.triggerGracefulShutdown()
            _ = await group.nextResult()
            try result.get()
        }
    }
}
