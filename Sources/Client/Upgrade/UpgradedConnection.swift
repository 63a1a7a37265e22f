import NIOCore
import Synchronization

/// How a server answers the wish to speak another protocol than HTTP (RFC 9110 §7.8).
public enum UpgradeAnswer: Sendable {
    case switched(UpgradedConnection)
    case refused(HTTPAnswer)
}

/// A connection that speaks another protocol than HTTP. Closed when it was run, or is let go.
public final class UpgradedConnection: Sendable {
    public typealias Inbound = NIOAsyncChannelInboundStream<ByteBuffer>
    public typealias Outbound = NIOAsyncChannelOutboundWriter<ByteBuffer>

    /// Of the server's answer.
    public let headers: [(name: String, value: String)]
    private let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
    private let isTaken = Atomic(false)

    init(_ channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>, headers: [(name: String, value: String)]) {
        self.channel = channel
        self.headers = headers
    }

    deinit {
        // A channel insists on being run before it is let go.
        if !isTaken.load(ordering: .acquiring) { Task { [channel] in try? await channel.executeThenClose { _, _ in } } }
    }

    public func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }

    /// Hands over what comes and a place to write to, and closes the connection afterwards. To be called once.
    public func run<Result: Sendable>(
        _ body: @Sendable (_ inbound: Inbound, _ outbound: Outbound) async throws -> Result
    ) async throws -> Result {
        isTaken.store(true, ordering: .releasing)
        return try await channel.executeThenClose { try await body($0, $1) }
    }
}
