import NIOCore
import NIOSSL

/// Answers the pings of the server on an HTTP/2 connection before the connection's own handlers see them.
///
/// etcd measures the connection by a ping for nearly every request (gRPC's estimate of the bandwidth): hundreds a second under load.
/// swift-nio-http2 takes more than 200 in 30 s for an attack and closes the connection, and its limit cannot be reached through the
/// gRPC transport.
final class PingResponder: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Frames, as RFC 9113 §4.1 and §6.7 have them.
    private enum Frame {
        static let headerLength = 9
        static let pingLength = 8
        static let pingType: UInt8 = 6
        static let acknowledgement: UInt8 = 1
    }

    /// The beginning of a frame of which not enough is there yet to say what it is.
    private var pending = ByteBuffer()
    /// How many bytes of the current frame are still to be passed on.
    private var remaining = 0

    /// Adds a responder to a connection: where bytes are plain, and frames not read yet.
    static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.submit {
            let pipeline = channel.pipeline.syncOperations
            let encryption = try? pipeline.handler(type: NIOSSLClientHandler.self)
            try pipeline.addHandler(PingResponder(), position: encryption.map { .after($0) } ?? .first)
        }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var input = unwrapInboundIn(data)
        if pending.readableBytes > 0 {
            pending.writeBuffer(&input)
            swap(&pending, &input)
        } else if remaining >= input.readableBytes {
            remaining -= input.readableBytes
            return context.fireChannelRead(data)
        }
        var passed = context.channel.allocator.buffer(capacity: input.readableBytes)
        var hasAnswered = false
        while input.readableBytes > 0 {
            if remaining == 0 {
                guard let length = Self.length(of: input) else { break }
                if Self.isPing(input, length) {
                    guard var ping = input.readSlice(length: length) else { break }
                    ping.setInteger(Frame.acknowledgement, at: ping.readerIndex + 4)
                    context.write(wrapOutboundOut(ping), promise: nil)
                    hasAnswered = true
                    continue
                }
                remaining = length
            }
            guard let part = input.readSlice(length: min(remaining, input.readableBytes)) else { break }
            remaining -= part.readableBytes
            passed.writeImmutableBuffer(part)
        }
        pending = input.slice()
        if hasAnswered { context.flush() }
        if passed.readableBytes > 0 { context.fireChannelRead(wrapInboundOut(passed)) }
    }

    /// The length of the frame that `input` begins with, its header included; nil where the header is not there yet.
    private static func length(of input: ByteBuffer) -> Int? {
        guard input.readableBytes >= Frame.headerLength,
            let high: UInt8 = input.getInteger(at: input.readerIndex), let low: UInt16 = input.getInteger(at: input.readerIndex + 1)
        else { return nil }
        return Frame.headerLength + Int(high) << 16 + Int(low)
    }

    private static func isPing(_ input: ByteBuffer, _ length: Int) -> Bool {
        guard length == Frame.headerLength + Frame.pingLength,
            let type: UInt8 = input.getInteger(at: input.readerIndex + 3),
            let flags: UInt8 = input.getInteger(at: input.readerIndex + 4)
        else { return false }
        return type == Frame.pingType && flags & Frame.acknowledgement == 0
    }
}
