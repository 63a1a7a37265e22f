import Client
import NIOCore
import NIOHTTP1
import NIOPosix

/// A watch on a connection of its own that counts its events and keeps none of them.
public final class Watcher: Sendable {
    private let channel: any Channel
    private let finished: EventLoopFuture<Void>

    /// Starts a watch; returns when the server has answered it.
    /// - Parameters:
    ///   - path: with its query, `watch=true` included.
    ///   - events: how many events `wait` waits for.
    public init(_ configuration: ClientConfiguration, _ path: String, events: Int) async throws {
        let connector = try Connector(configuration)
        let eventLoop = MultiThreadedEventLoopGroup.singleton.next()
        let started = eventLoop.makePromise(of: Void.self)
        let finished = eventLoop.makePromise(of: Void.self)
        self.finished = finished.futureResult
        channel = try await connector.connect(on: eventLoop) {
            EventCounter(remaining: events, started: started, finished: finished)
        }
        var head = HTTPRequestHead(version: .http1_1, method: .GET, uri: path)
        head.headers = ["Host": connector.authority, "Accept": "application/json"]
        channel.writeAndFlush(HTTPClientRequestPart.head(head), promise: nil)
        channel.writeAndFlush(HTTPClientRequestPart.end(nil), promise: nil)
        try await started.futureResult.get()
    }

    /// Returns when the events have come.
    public func wait() async throws { try await finished.get() }

    public func close() async throws { try await channel.close() }
}

/// Counts the lines of an answer: one an event.
private final class EventCounter: ChannelInboundHandler {
    typealias InboundIn = HTTPClientResponsePart

    private var remaining: Int
    private let started: EventLoopPromise<Void>
    private let finished: EventLoopPromise<Void>

    init(remaining: Int, started: EventLoopPromise<Void>, finished: EventLoopPromise<Void>) {
        self.remaining = remaining
        self.started = started
        self.finished = finished
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            guard head.status == .ok else { return fail(BenchmarkError("a watch was answered with \(head.status)")) }
            started.succeed()
        case .body(let part):
            remaining -= part.readableBytesView.count { $0 == UInt8(ascii: "\n") }
            if remaining <= 0 { finished.succeed() }
        case .end: fail(BenchmarkError("a watch ended before its events had come"))
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(ChannelError.eof)
        context.fireChannelInactive()
    }

    /// Promises that were kept stay so.
    private func fail(_ error: any Error) {
        started.fail(error)
        finished.fail(error)
    }
}
