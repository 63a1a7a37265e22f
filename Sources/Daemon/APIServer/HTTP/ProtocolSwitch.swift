import Client
import HTTPTypes
import NIOCore
import NIOHTTP1
import NIOHTTPTypes
import NIOHTTPTypesHTTP1
import HummingbirdCore

extension HTTPFields {
    /// The protocol that the client would rather speak over the connection (RFC 9110 §7.8); nil where it offers none, or where a
    /// body stands between.
    var offeredProtocol: String? {
        guard let name = HTTPField.Name("Upgrade"), let offered = self[name],
            self[.connection]?.lowercased().split(separator: ",").contains(where: { $0.trimmingSpaces == "upgrade" }) == true,
            self[.transferEncoding] == nil, (self[.contentLength] ?? "0") == "0"
        else { return nil }
        return offered
    }
}

extension Substring {
    fileprivate var trimmingSpaces: Substring { drop { $0 == " " }.prefix { $0 != " " } }
}

/// Lets a request turn its HTTP/1.1 connection into one of another protocol.
///
/// The end of a request that offers one is held back until it is answered. Where the answer is 101 (Switching Protocols), HTTP
/// leaves the pipeline: from then on what comes is body of the request, and what is sent as body of the answer goes out as it is.
/// With any other answer the connection ends, as nothing is read as HTTP any more that comes after an offer.
final class ProtocolSwitch: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = HTTPResponsePart

    private enum State {
        case http
        /// Another protocol was offered, and the answer is to come.
        case offered
        case refused
        case switched
    }

    private var state = State.http

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head) where head.headerFields.offeredProtocol != nil: state = .offered
        case .end where state == .offered: return
        default: break
        }
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch (state, unwrapOutboundIn(data)) {
        case (.offered, .head(let head)) where head.status == .switchingProtocols:
            state = .switched
            leaveHTTP(head, context, promise)
        case (.offered, .head(var head)):
            state = .refused
            head.headerFields[.connection] = "close"
            context.write(wrapOutboundOut(.head(head)), promise: promise)
        case (.refused, .end):
            context.writeAndFlush(data, promise: promise)
            context.close(promise: nil)
        // The end of a protocol is the end of its connection.
        case (.switched, .end): promise?.succeed()
        default: context.write(data, promise: promise)
        }
    }

    private func leaveHTTP(_ head: HTTPResponse, _ context: ChannelHandlerContext, _ promise: EventLoopPromise<Void>?) {
        let pipeline = context.pipeline.syncOperations
        do {
            let decoder = try pipeline.context(handlerType: ByteToMessageHandler<HTTPRequestDecoder>.self)
            let encoder = try pipeline.context(handlerType: HTTPResponseEncoder.self)
            let codec = try pipeline.context(handlerType: HTTP1ToHTTPServerCodec.self)
            let idleness = try pipeline.context(handlerType: HTTPConnectionStateHandler.self)
            // What comes while HTTP leaves is held back until the last of it is gone.
            let raw = RawBytes()
            try pipeline.addHandler(raw, position: .before(encoder.handler))
            context.writeAndFlush(wrapOutboundOut(.head(head)), promise: nil)
            let removals = [decoder, encoder, codec, idleness].map { pipeline.removeHandler(context: $0) }
            let bound = NIOLoopBound((raw, context), eventLoop: context.eventLoop)
            EventLoopFuture.andAllSucceed(removals + [KeepAlive.enable(on: context.channel)], on: context.eventLoop)
                .assumeIsolated().map {
                    let (raw, context) = bound.value
                    raw.begin()
                    context.channel.pipeline.syncOperations.addIdleness(before: raw)
                }
                .nonisolated().cascade(to: promise)
        } catch {
            promise?.fail(error)
            context.close(promise: nil)
        }
    }
}

extension ChannelPipeline.SynchronousOperations {
    fileprivate func addIdleness(before raw: RawBytes) {
        try? addHandler(IdleStateHandler(allTimeout: RawBytes.idleTimeout), position: .before(raw))
    }
}

/// Bytes of another protocol in the place of HTTP's bodies.
private final class RawBytes: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = HTTPRequestPart
    typealias OutboundIn = HTTPResponsePart
    typealias OutboundOut = ByteBuffer

    /// As long as a kubelet leaves such connections alone (`--streaming-connection-idle-timeout`).
    static let idleTimeout = TimeAmount.hours(4)

    private var hasBegun = false
    private var held: [ByteBuffer] = []
    private weak var context: ChannelHandlerContext?

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }
    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func begin() {
        hasBegun = true
        for bytes in held { context?.fireChannelRead(wrapInboundOut(.body(bytes))) }
        if !held.isEmpty { context?.fireChannelReadComplete() }
        held = []
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bytes = unwrapInboundIn(data)
        if hasBegun { context.fireChannelRead(wrapInboundOut(.body(bytes))) } else { held.append(bytes) }
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        // HTTP's last words are bytes already.
        guard hasBegun else { return context.write(data, promise: promise) }
        if case .body(let bytes) = unwrapOutboundIn(data) {
            context.write(wrapOutboundOut(bytes), promise: promise)
        } else {
            promise?.succeed()
        }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is IdleStateHandler.IdleStateEvent { return context.close(promise: nil) }
        context.fireUserInboundEventTriggered(event)
    }
}
