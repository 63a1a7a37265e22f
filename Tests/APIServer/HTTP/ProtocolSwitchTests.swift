import Client
import Foundation
import Kubernetes
import Logging
import NIOCore
import NIOPosix
import Store
import Testing

@testable import APIServer

/// Connections that come to speak another protocol than HTTP.
@Suite(.timeLimit(.minutes(1))) struct ProtocolSwitchTests {
    /// `pods/exec`: says all that it hears.
    private struct Echo: RequestExtension {
        func answers(_ resource: GroupResource, subresource: String?) -> Bool { subresource == "exec" }

        func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply {
            guard request.offeredProtocol == "echo" else { throw .badRequest("not \(request.offeredProtocol ?? "nothing")") }
            return ExtensionReply(
                status: 101,
                headers: [("Connection", "Upgrade"), ("Upgrade", "echo"), ("X-Heard", request.header("X-Say") ?? "")],
                .connection { connection in
                    for try await bytes in connection.inbound { try await connection.write(bytes) }
                })
        }
    }

    private static let path = "/api/v1/namespaces/default/pods/a/exec"

    private func serve(_ body: (ClientConfiguration) async throws -> Void) async throws {
        let directory = NSTemporaryDirectory() + "flotilla-switch-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let server = try await APIServer(
            store: LocalStore(), catalog: .member, configuration: .init(port: 0, dataDirectory: directory), logger: logger)
        server.extend(by: Echo())
        let (ready, signal) = AsyncStream<String>.makeStream()
        let running = Task {
            defer { signal.finish() }
            try await server.run { signal.yield($0) }
        }
        var urls = ready.makeAsyncIterator()
        _ = await urls.next()
        let result: Result<Void, any Error>
        do {
            result = .success(try await body(try Kubeconfig.load("\(directory)/admin.kubeconfig").configuration(context: nil)))
        } catch {
            result = .failure(error)
        }
        running.cancel()
        try await running.value
        try result.get()
    }

    private func client(_ configuration: ClientConfiguration) throws -> HTTPObjectClient {
        try HTTPObjectClient(configuration, logger: Logger(label: "test"))
    }

    private func switched(_ answer: UpgradeAnswer) throws -> UpgradedConnection {
        switch answer {
        case .switched(let connection): return connection
        case .refused(let answer):
            throw APIError(code: answer.status, reason: .unknown, message: String(decoding: answer.body, as: UTF8.self))
        }
    }

    /// Sends and hears so many bytes, in pieces.
    private func exchange(_ count: Int, over connection: UpgradedConnection) async throws -> Bool {
        try await connection.run { inbound, outbound in
            let piece = ByteBuffer(repeating: 7, count: 1000)
            async let sent: Void = { for _ in 0..<count / 1000 { try await outbound.write(piece) } }()
            var heard = 0
            for try await bytes in inbound {
                guard bytes.readableBytesView.allSatisfy({ $0 == 7 }) else { return false }
                heard += bytes.readableBytes
                if heard >= count { break }
            }
            try await sent
            return heard == count
        }
    }

    @Test(arguments: ["GET", "POST"]) func bytesGoBothWays(method: String) async throws {
        try await serve { configuration in
            let client = try client(configuration)
            let call = HTTPCall(method, Self.path + "?stdin=true", headers: [("X-Say", "hello")])
            let connection = try switched(try await client.upgrade(call, to: "echo"))
            #expect(connection.header("x-heard") == "hello")
            #expect(try await exchange(3_000_000, over: connection))
            await client.shutdown()
        }
    }

    @Test func whoOffersInVainIsAnsweredAndTheConnectionEnds() async throws {
        try await serve { configuration in
            let client = try client(configuration)
            func refusal(_ path: String, _ name: String = "other") async throws -> HTTPAnswer {
                guard case .refused(let answer) = try await client.upgrade(HTTPCall("GET", path), to: name) else {
                    throw CancellationError()
                }
                return answer
            }
            let list = try await refusal("/api/v1/namespaces/default/configmaps")
            #expect(list.status == 200)
            #expect(list.header("connection") == "close")
            #expect(try JSON(parsing: list.body)["kind"]?.string == "ConfigMapList")
            #expect(try await refusal(Self.path).status == 400)
            // What would be read as a body is the other protocol's.
            guard
                case .refused(let created) = try await client.upgrade(
                    HTTPCall("POST", "/api/v1/namespaces/default/configmaps"), to: "other")
            else { throw CancellationError() }
            #expect(created.status == 400)
            await client.shutdown()
        }
    }

    @Test func strangersAreRefusedBeforeTheSwitch() async throws {
        try await serve { configuration in
            var configuration = configuration
            configuration.clientCertificate = nil
            configuration.clientKey = nil
            let client = try client(configuration)
            guard case .refused(let answer) = try await client.upgrade(HTTPCall("GET", Self.path), to: "echo") else {
                throw CancellationError()
            }
            #expect(answer.status == 403)
            await client.shutdown()
        }
    }

    @Test func shuttingDownEndsConversations() async throws {
        let (ended, signal) = AsyncStream<Void>.makeStream()
        try await serve { configuration in
            let client = try client(configuration)
            let connection = try switched(try await client.upgrade(HTTPCall("GET", Self.path), to: "echo"))
            let (started, start) = AsyncStream<Void>.makeStream()
            Task {
                _ = try? await connection.run { inbound, outbound in
                    try await outbound.write(ByteBuffer(string: "x"))
                    for try await _ in inbound { start.finish() }
                }
                await client.shutdown()
                signal.finish()
            }
            for await _ in started {}
        }
        for await _ in ended {}
    }

    @Test(arguments: ["http", "socks5"]) func proxiesLeadToTheServer(scheme: String) async throws {
        try await serve { configuration in
            let proxy = try await ForwardProxy()
            var configuration = configuration
            configuration.proxyURL = "\(scheme)://127.0.0.1:\(proxy.port)"
            let client = try client(configuration)
            #expect(try await client.serverVersion() == ServerDocuments.gitVersion)
            let connection = try switched(try await client.upgrade(HTTPCall("GET", Self.path), to: "echo"))
            #expect(try await exchange(100_000, over: connection))
            #expect(proxy.passed >= 2)
            await client.shutdown()
            await proxy.stop()
        }
    }

    /// Answers each connection with 101 and a word, all at once, and closes it.
    private final class Curt: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let answer = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\nbye"
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
            context.close(promise: nil)
        }
    }

    @Test func whatIsSaidBeforeTheEndIsHeard() async throws {
        let curt = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Curt()) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let client = try client(ClientConfiguration(server: "http://127.0.0.1:\(curt.localAddress?.port ?? 0)"))
        for _ in 1...100 {
            let connection = try switched(try await client.upgrade(HTTPCall("GET", "/"), to: "echo"))
            let heard = try await connection.run { inbound, _ in
                try await inbound.reduce(into: ByteBuffer()) { $0.writeImmutableBuffer($1) }
            }
            #expect(heard == ByteBuffer(string: "bye"))
        }
        await client.shutdown()
        try await curt.close()
    }

    @Test func aServerThatNeverAnswersIsGivenUp() async throws {
        // Takes connections and says nothing.
        let silent = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        var configuration = ClientConfiguration(server: "http://127.0.0.1:\(silent.localAddress?.port ?? 0)")
        configuration.requestTimeout = .milliseconds(200)
        let client = try client(configuration)
        let error = await #expect(throws: APIError.self) { try await client.upgrade(HTTPCall("GET", "/"), to: "echo") }
        #expect(error?.code == 504)
        await client.shutdown()
        try await silent.close()
    }
}
