import Client
import NIOCore
import NIOHTTP1
import NIOPosix

/// One HTTP/1.1 connection over TLS, with one call at a time: costs little beside the server that it measures.
public final class Connection: Sendable {
    private let channel: any Channel
    private let authority: String

    /// Connects to an API server with the client certificate of its kubeconfig.
    public init(_ configuration: ClientConfiguration) async throws {
        let connector = try Connector(configuration)
        authority = connector.authority
        channel = try await connector.connect(on: MultiThreadedEventLoopGroup.singleton.next()) { CallHandler() }
    }

    public func close() async throws { try await channel.close() }

    /// - Returns: the body of an answer of the status 2xx.
    @discardableResult
    public func call(_ method: HTTPMethod, _ path: String, _ body: [UInt8]? = nil) async throws -> ByteBuffer {
        var head = HTTPRequestHead(version: .http1_1, method: method, uri: path)
        head.headers = ["Host": authority, "Accept": "application/json"]
        if let body {
            head.headers.add(name: "Content-Type", value: "application/json")
            head.headers.add(name: "Content-Length", value: String(body.count))
        }
        let promise = channel.eventLoop.makePromise(of: Answer.self)
        channel.writeAndFlush(Call(head: head, body: body.map { ByteBuffer(bytes: $0) }, promise: promise), promise: nil)
        let answer = try await promise.futureResult.get()
        guard 200..<300 ~= answer.status else {
            throw BenchmarkError("\(method) \(path): \(answer.status) \(String(buffer: answer.body))")
        }
        return answer.body
    }
}

private struct Call: Sendable {
    var head: HTTPRequestHead
    var body: ByteBuffer?
    var promise: EventLoopPromise<Answer>
}

private struct Answer: Sendable {
    var status = 0
    var body = ByteBuffer()
}

private final class CallHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPClientResponsePart
    typealias OutboundIn = Call
    typealias OutboundOut = HTTPClientRequestPart

    private var answer = Answer()
    private var promise: EventLoopPromise<Answer>?

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let call = unwrapOutboundIn(data)
        guard context.channel.isActive else { return call.promise.fail(ChannelError.ioOnClosedChannel) }
        self.promise = call.promise
        answer = Answer()
        context.write(wrapOutboundOut(.head(call.head)), promise: nil)
        if let body = call.body { context.write(wrapOutboundOut(.body(.byteBuffer(body))), promise: nil) }
        context.write(wrapOutboundOut(.end(nil)), promise: promise)
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): answer.status = Int(head.status.code)
        case .body(var part): answer.body.writeBuffer(&part)
        case .end:
            promise?.succeed(answer)
            promise = nil
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        promise?.fail(ChannelError.eof)
        promise = nil
        context.fireChannelInactive()
    }
}
