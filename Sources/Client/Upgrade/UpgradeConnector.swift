import NIOCore
import NIOExtras
import NIOHTTP1
import NIOPosix
import NIOSOCKS
import NIOSSL
import Synchronization

/// Opens connections to one server that are to speak another protocol: HTTP/1.1, one for each request.
final class UpgradeConnector: Sendable {
    private let address: ServerAddress
    private let tls: TLSConfiguration
    /// Made when it is first needed: most clients open no such connection.
    private let context = Mutex<NIOSSLContext?>(nil)
    /// The name that the server's certificate must have.
    private let serverName: String
    private let proxy: ServerAddress?
    /// Also for what a proxy on the way takes.
    private let connectTimeout: TimeAmount

    private enum Outcome: Sendable {
        case switched(UpgradedConnection)
        case refused(EventLoopFuture<HTTPAnswer>)
    }

    init(
        _ address: ServerAddress, _ tls: TLSConfiguration, serverName: String, _ proxy: ServerAddress?,
        _ configuration: ClientConfiguration
    ) {
        self.address = address
        self.tls = tls
        self.serverName = serverName
        self.proxy = proxy
        connectTimeout = TimeAmount(configuration.connectTimeout)
    }

    func head(_ call: HTTPCall, _ headers: HTTPHeaders) -> HTTPRequestHead {
        var head = HTTPRequestHead(
            version: .http1_1, method: HTTPMethod(rawValue: call.method),
            uri: PercentEncoding.path(address.basePath) + call.path, headers: headers)
        head.headers.replaceOrAdd(name: "Host", value: address.authority)
        // A body would stand between the request and the new protocol.
        if call.method != "GET" { head.headers.replaceOrAdd(name: "Content-Length", value: "0") }
        return head
    }

    /// - Parameter name: the protocol to switch to, as the header `Upgrade` names it.
    func connect(_ head: HTTPRequestHead, to name: String) async throws -> UpgradeAnswer {
        let target = proxy ?? address
        let context = try await tlsContext()
        let channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(connectTimeout)
            .channelInitializer(KeepAlive.enable)
            .connect(host: target.host, port: target.port).get()
        do {
            return try await withTaskCancellationHandler {
                switch try await ask(head, to: name, over: channel, context).get() {
                case .switched(let connection): return .switched(connection)
                case .refused(let answer):
                    defer { channel.close(promise: nil) }
                    return .refused(try await answer.get())
                }
            } onCancel: {
                channel.close(promise: nil)
            }
        } catch {
            channel.close(promise: nil)
            throw error
        }
    }

    /// - Returns: nil for a server without TLS.
    private func tlsContext() async throws -> NIOSSLContext? {
        guard address.scheme == "https" else { return nil }
        if let known = context.withLock({ $0 }) { return known }
        // Certificates are read from files where the configuration gives none.
        let made = try await NIOThreadPool.singleton.runIfActive { [tls] in try NIOSSLContext(configuration: tls) }
        context.withLock { $0 = made }
        return made
    }

    private func ask(
        _ head: HTTPRequestHead, to name: String, over channel: any Channel, _ context: NIOSSLContext?
    ) -> EventLoopFuture<Outcome> {
        channel.eventLoop.flatSubmit { self.passProxy(channel) }.flatMap {
            do {
                if let context { try self.addTLS(context, to: channel) }
                try channel.pipeline.syncOperations.addHandler(LateEnd())
                var pipeline = NIOUpgradableHTTPClientPipelineConfiguration(
                    upgradeConfiguration: NIOTypedHTTPClientUpgradeConfiguration<Outcome>(
                        upgradeRequestHead: head, upgraders: [Switch(supportedProtocol: name)],
                        notUpgradingCompletionHandler: { Self.readRefusal(on: $0) }))
                // What the server says right behind its answer belongs to the new protocol.
                pipeline.leftOverBytesStrategy = .forwardBytes
                return try channel.pipeline.syncOperations.configureUpgradableHTTPClientPipeline(configuration: pipeline)
            } catch {
                return channel.eventLoop.makeFailedFuture(error)
            }
        }
    }

    private func addTLS(_ context: NIOSSLContext, to channel: any Channel) throws {
        // Addresses have no place in TLS' server names; they are verified all the same.
        let ipAddress = try? SocketAddress(ipAddress: serverName, port: 0)
        let handler = try NIOSSLClientHandler(context: context, serverHostname: ipAddress == nil ? serverName : nil)
        try channel.pipeline.syncOperations.addHandler(handler)
    }

    private static func readRefusal(on channel: any Channel) -> EventLoopFuture<Outcome> {
        channel.eventLoop.makeCompletedFuture {
            let answer = channel.eventLoop.makePromise(of: HTTPAnswer.self)
            try channel.pipeline.syncOperations.addHandler(RefusalReader(answer))
            return .refused(answer.futureResult)
        }
    }

    // MARK: Proxies

    /// Has the proxy, where there is one, connect to the server.
    private func passProxy(_ channel: any Channel) -> EventLoopFuture<Void> {
        guard let proxy else { return channel.eventLoop.makeSucceededVoidFuture() }
        let passed = channel.eventLoop.makePromise(of: Void.self)
        do {
            let handlers: [any ChannelHandler & RemovableChannelHandler] =
                proxy.scheme == "http" ? connectHandlers(passed) : socksHandlers(passed)
            try channel.pipeline.syncOperations.addHandlers(handlers)
            // The last of HTTP's leaves by itself.
            let leftovers = proxy.scheme == "http" ? handlers.dropLast() : handlers[...]
            let bound = NIOLoopBound(Array(leftovers), eventLoop: channel.eventLoop)
            return passed.futureResult.flatMap {
                let removals = bound.value.map { channel.pipeline.syncOperations.removeHandler($0) }
                return EventLoopFuture.andAllSucceed(removals, on: channel.eventLoop)
            }
        } catch {
            passed.fail(error)
            return passed.futureResult
        }
    }

    private func connectHandlers(_ passed: EventLoopPromise<Void>) -> [any ChannelHandler & RemovableChannelHandler] {
        [
            HTTPRequestEncoder(), ByteToMessageHandler(HTTPResponseDecoder(leftOverBytesStrategy: .forwardBytes)),
            NIOHTTP1ProxyConnectHandler(
                targetHost: address.bracketedHost, targetPort: address.port, headers: ["Host": address.authority],
                deadline: .now() + connectTimeout, promise: passed),
        ]
    }

    private func socksHandlers(_ passed: EventLoopPromise<Void>) -> [any ChannelHandler & RemovableChannelHandler] {
        let ipAddress = try? SocketAddress(ipAddress: address.host, port: address.port)
        return [
            SOCKSClientHandler(targetAddress: ipAddress.map { .address($0) } ?? .domain(address.host, port: address.port)),
            SOCKSPassage(passed, timeout: connectTimeout),
        ]
    }

    /// Takes whatever protocol the server switches to.
    private struct Switch: NIOTypedHTTPClientProtocolUpgrader {
        let supportedProtocol: String
        var requiredUpgradeHeaders: [String] { [] }

        func addCustom(upgradeRequestHeaders: inout HTTPHeaders) {}

        func shouldAllowUpgrade(upgradeResponse: HTTPResponseHead) -> Bool { true }

        func upgrade(channel: any Channel, upgradeResponse: HTTPResponseHead) -> EventLoopFuture<Outcome> {
            channel.eventLoop.makeCompletedFuture {
                let bytes = try NIOAsyncChannel<ByteBuffer, ByteBuffer>(wrappingChannelSynchronously: channel)
                return .switched(
                    UpgradedConnection(bytes, headers: upgradeResponse.headers.map { ($0.name, $0.value) }))
            }
        }
    }
}

/// Tells of the connection's end one turn of the event loop later: HTTP takes as long to leave the pipeline, and drops what it has
/// not passed on by then when it hears of the end before.
private final class LateEnd: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    func channelInactive(context: ChannelHandlerContext) {
        context.eventLoop.assumeIsolated().execute { context.fireChannelInactive() }
    }
}

/// Says when a SOCKS proxy has connected to the server.
private final class SOCKSPassage: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = NIOAny

    private let passed: EventLoopPromise<Void>
    private let timeout: TimeAmount
    private var cutoff: Scheduled<Void>?

    init(_ passed: EventLoopPromise<Void>, timeout: TimeAmount) {
        self.passed = passed
        self.timeout = timeout
    }

    func handlerAdded(context: ChannelHandlerContext) {
        cutoff = context.eventLoop.scheduleTask(in: timeout) { [passed, timeout] in
            passed.fail(ChannelError.connectTimeout(timeout))
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        cutoff?.cancel()
        passed.fail(ChannelError.eof)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is SOCKSProxyEstablishedEvent { passed.succeed() }
        context.fireUserInboundEventTriggered(event)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { passed.fail(error) }
}

/// Reads an answer that is no switch of protocols.
private final class RefusalReader: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    /// Bytes of a body that says why.
    private static let maximumBody = 1 << 20

    private let promise: EventLoopPromise<HTTPAnswer>
    private var answer = HTTPAnswer(status: 0, headers: [], body: [])

    init(_ promise: EventLoopPromise<HTTPAnswer>) { self.promise = promise }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            answer.status = Int(head.status.code)
            answer.headers = head.headers.map { ($0.name, $0.value) }
        case .body(let bytes):
            answer.body += bytes.readableBytesView
            if answer.body.count > Self.maximumBody { fail(TransportFailure.tooLarge(limit: Self.maximumBody), context) }
        case .end: promise.succeed(answer)
        }
    }

    func channelInactive(context: ChannelHandlerContext) { promise.fail(ChannelError.eof) }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { fail(error, context) }

    private func fail(_ error: any Error, _ context: ChannelHandlerContext) {
        promise.fail(error)
        context.close(promise: nil)
    }
}
