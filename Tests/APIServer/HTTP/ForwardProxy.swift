import NIOCore
import NIOPosix
import Synchronization

/// A proxy that leads to wherever it is asked for, by HTTP's CONNECT or by SOCKS 5.
final class ForwardProxy: Sendable {
    let port: Int
    private let listener: any Channel
    private let counter: Counter

    private final class Counter: Sendable {
        let count = Atomic(0)
    }

    /// How many connections it has led on.
    var passed: Int { counter.count.load(ordering: .sequentiallyConsistent) }

    init() async throws {
        let counter = Counter()
        listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(
                        Guide { counter.count.add(1, ordering: .sequentiallyConsistent) })
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        port = listener.localAddress?.port ?? 0
        self.counter = counter
    }

    func stop() async { try? await listener.close() }

    /// Finds out where a client wants to go, and becomes a pipe to there.
    private final class Guide: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let onPass: @Sendable () -> Void
        private var heard = ByteBuffer()
        private var hasGreeted = false
        private var onward: (any Channel)?

        init(onPass: @escaping @Sendable () -> Void) { self.onPass = onPass }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var bytes = unwrapInboundIn(data)
            if let onward { return onward.writeAndFlush(bytes, promise: nil) }
            heard.writeBuffer(&bytes)
            guard let first = heard.getInteger(at: heard.readerIndex, as: UInt8.self) else { return }
            if first == 5 { readSOCKS(context) } else { readConnect(context) }
        }

        private func readConnect(_ context: ChannelHandlerContext) {
            let text = String(buffer: heard)
            guard text.hasSuffix("\r\n\r\n") else { return }
            let parts = text.split(separator: " ")[1].split(separator: ":")
            lead(to: String(parts[0]), Int(parts[1]) ?? 0, context, ByteBuffer(string: "HTTP/1.1 200 OK\r\n\r\n"))
        }

        private func readSOCKS(_ context: ChannelHandlerContext) {
            if !hasGreeted, heard.readableBytes >= 3 {
                hasGreeted = true
                heard.clear()
                return context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: [5, 0])), promise: nil)
            }
            // Version, command, nothing, kind of address: 1 is IPv4's, 3 a name with its length before it. Then the port.
            var request = heard
            guard let kind = request.readBytes(length: 4)?.last else { return }
            let host =
                kind == 1
                ? request.readBytes(length: 4)?.map(String.init).joined(separator: ".")
                : request.readInteger(as: UInt8.self).flatMap { request.readString(length: Int($0)) }
            guard let host, let port = request.readInteger(as: UInt16.self) else { return }
            lead(to: host, Int(port), context, ByteBuffer(bytes: [5, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
        }

        private func lead(to host: String, _ port: Int, _ context: ChannelHandlerContext, _ answer: ByteBuffer) {
            heard.clear()
            let near = context.channel
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            ClientBootstrap(group: context.eventLoop)
                .channelInitializer { far in
                    far.eventLoop.makeCompletedFuture { try far.pipeline.syncOperations.addHandler(Pipe(to: near)) }
                }
                .connect(host: host, port: port)
                .whenSuccess { far in
                    bound.value.onward = far
                    bound.value.onPass()
                    near.closeFuture.whenComplete { _ in far.close(promise: nil) }
                    near.writeAndFlush(answer, promise: nil)
                }
        }
    }

    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let other: any Channel

        init(to other: any Channel) { self.other = other }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            other.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
    }
}
