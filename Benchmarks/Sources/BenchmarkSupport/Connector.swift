import Client
import Foundation
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// Opens HTTP/1.1 connections over TLS to the API server of a kubeconfig, with its client certificate.
struct Connector {
    /// As requests' `Host` names the server.
    let authority: String
    private let host: String
    private let port: Int
    private let context: NIOSSLContext

    init(_ configuration: ClientConfiguration) throws {
        guard let url = URL(string: configuration.server), let host = url.host(), let port = url.port,
            let chain = configuration.clientCertificate, let key = configuration.clientKey,
            let certificates = configuration.certificateAuthority
        else { throw BenchmarkError("the kubeconfig has no server, client certificate or certificate authority") }
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.trustRoots = .certificates(try NIOSSLCertificate.fromPEMBytes(certificates))
        tls.certificateChain = try NIOSSLCertificate.fromPEMBytes(chain).map { .certificate($0) }
        tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
        context = try NIOSSLContext(configuration: tls)
        authority = "\(host):\(port)"
        (self.host, self.port) = (host, port)
    }

    /// - Parameter makeHandler: makes what takes the responses' parts.
    func connect(
        on eventLoop: any EventLoop, _ makeHandler: @escaping @Sendable () -> any ChannelHandler
    ) async throws -> any Channel {
        try await ClientBootstrap(group: eventLoop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { [context] channel in
                channel.eventLoop.makeCompletedFuture {
                    // No server name: it is an address, which RFC 6066 keeps out of that extension.
                    try channel.pipeline.syncOperations.addHandler(NIOSSLClientHandler(context: context, serverHostname: nil))
                    try channel.pipeline.syncOperations.addHTTPClientHandlers()
                    try channel.pipeline.syncOperations.addHandler(makeHandler())
                }
            }
            .connect(host: host, port: port).get()
    }
}
