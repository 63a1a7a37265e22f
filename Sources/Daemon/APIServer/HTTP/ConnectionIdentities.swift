import NIOCore
import NIOSSL
import Synchronization
import X509

/// The users of the open connections, by their client certificates.
///
/// A certificate is read once, when the connection's HTTP pipeline is set up; requests only look it up. With HTTP/2 every
/// request has a channel of its own, whose parent is the connection.
final class ConnectionIdentities: Sendable {
    private let users = Mutex<[ObjectIdentifier: UserInfo]>([:])

    /// Nil where the client showed no certificate.
    func user(of channel: any Channel) -> UserInfo? {
        users.withLock { users in
            users[ObjectIdentifier(channel)] ?? channel.parent.flatMap { users[ObjectIdentifier($0)] }
        }
    }

    /// To be put into the pipeline of every HTTP/1.1 connection and every HTTP/2 stream.
    func makeHandler() -> any RemovableChannelHandler & Sendable { Handler(self) }

    /// Notes the connection's user; forgets it when the connection ends.
    fileprivate func note(_ connection: any Channel, _ handler: NIOSSLServerHandler) {
        let identifier = ObjectIdentifier(connection)
        guard users.withLock({ $0[identifier] == nil }), let peer = handler.peerCertificate,
            let bytes = try? peer.toDERBytes(), let certificate = try? Certificate(derEncoded: bytes),
            let user = UserInfo(certificate: certificate)
        else { return }
        users.withLock { $0[identifier] = user }
        connection.closeFuture.whenComplete { [weak self] _ in
            self?.users.withLock { $0[identifier] = nil }
        }
    }

    /// Also closes an HTTP/1.1 connection whose client has stopped sending: it is gone, and its watch would go on otherwise.
    private final class Handler: ChannelInboundHandler, RemovableChannelHandler, Sendable {
        typealias InboundIn = NIOAny

        private let identities: ConnectionIdentities

        init(_ identities: ConnectionIdentities) { self.identities = identities }

        func handlerAdded(context: ChannelHandlerContext) {
            if let handler = tls(of: context.channel) {
                identities.note(context.channel, handler)
            } else if let parent = context.channel.parent, let handler = tls(of: parent) {
                identities.note(parent, handler)
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if case ChannelEvent.inputClosed? = event as? ChannelEvent, tls(of: context.channel) != nil {
                context.close(promise: nil)
            } else {
                context.fireUserInboundEventTriggered(event)
            }
        }

        private func tls(of channel: any Channel) -> NIOSSLServerHandler? {
            // A listening socket, the parent of an HTTP/1.1 connection, may live on another event loop.
            guard channel.eventLoop.inEventLoop else { return nil }
            return try? channel.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self)
        }
    }
}
