import HTTPTypes
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import Synchronization

/// Serves HTTP/1.1 and HTTP/2 over TLS on one address.
struct HTTPListener: Sendable {
    var host: String
    /// 0 for any free one.
    var port: Int
    var tls: TLSConfiguration
    var logger: Logger

    /// How long requests under way may take when the server shuts down.
    static let shutdownGrace = Duration.seconds(4)
    /// How long a connection may be idle, and a client be silent in the midst of a request.
    static let idleTimeout = Duration.seconds(120)
    static let maximumConcurrentConnections = 16_384

    /// Serves until the task is cancelled. Then it accepts no more, lets requests under way come to their ends, and returns.
    /// - Parameters:
    ///   - onReady: receives the port.
    ///   - onShutdown: run when shutting down begins: to end what would not end by itself.
    func run(
        identities: ConnectionIdentities, onReady: @escaping @Sendable (Int) async -> Void,
        onShutdown: @escaping @Sendable () -> Void, respond: @escaping HTTPChannelHandler.Responder
    ) async throws {
        let streams = HTTP1Channel.Configuration(
            additionalChannelHandlers: [identities.makeHandler(), ProtocolSwitch()],
            idleTimeout: .init(Self.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 32 * 1024, maxHeaderListSize: 64 * 1024, maxHeaderFieldCount: 200))
        let channels = try HTTP2UpgradeChannel(
            tlsConfiguration: tls,
            configuration: .init(
                idleTimeout: Self.idleTimeout, gracefulCloseTimeout: Self.shutdownGrace, streamConfiguration: streams),
            responder: respond)
        let server = Server(
            childChannelSetup: channels,
            configuration: ServerConfiguration(
                address: .hostname(host, port: port),
                availableConnectionsDelegate: MaximumAvailableConnections(Self.maximumConcurrentConnections)),
            onServerRunning: { channel in await onReady(channel.localAddress?.port ?? port) },
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        try await serve(server, onShutdown: onShutdown)
    }

    /// Cancelling the server's own task would cut off requests under way, so the server runs beside this one, which tells it to
    /// stop.
    private func serve(_ server: Server<HTTP2UpgradeChannel>, onShutdown: @escaping @Sendable () -> Void) async throws {
        let serving = Task {
            do {
                try await server.run()
            } catch let error as IOError {
                throw APIServerError.cannotListen(host: host, port: port, reason: error.plainReason)
            }
        }
        try await withTaskCancellationHandler {
            try await serving.value
        } onCancel: {
            onShutdown()
            Task { try? await server.shutdownGracefully() }
            Task {
                try? await Task.sleep(for: Self.shutdownGrace)
                serving.cancel()
            }
        }
    }
}

extension IOError {
    fileprivate var plainReason: String {
        switch errnoCode {
        case EADDRINUSE: "the address is in use by another process"
        case EACCES: "permission denied"
        case EADDRNOTAVAIL: "this machine has no such address"
        default: description
        }
    }
}
