import HTTPTypes
import HummingbirdCore
import NIOCore
import NIOHTTPTypes
import Synchronization

/// A connection that has come to speak another protocol than HTTP.
public struct SwitchedConnection: Sendable {
    public typealias Inbound = RequestBody

    /// Read as it comes, once.
    public let inbound: Inbound
    fileprivate let channel: any Channel

    /// Returns when the connection has taken the bytes: who reads slowly is written to slowly.
    public func write(_ bytes: ByteBuffer) async throws {
        try await channel.writeAndFlush(HTTPResponsePart.body(bytes)).get()
    }
}

/// The connections that speak other protocols, so that the server can end them when it shuts down.
final class SwitchedConnections: Sendable {
    private struct State {
        var channels: [ObjectIdentifier: any Channel] = [:]
        var isClosed = false
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.channels.count } }

    func endAll() {
        let channels = state.withLock { state in
            state.isClosed = true
            return state.channels.values
        }
        for channel in channels { channel.close(promise: nil) }
    }

    /// Switches protocols and runs `body` over what the connection is then, until it returns, the client is gone or the server
    /// shuts down. Then the connection is closed.
    func serve(
        _ body: @escaping @Sendable (SwitchedConnection) async throws -> Void, head: HTTPResponse, of request: Request,
        over channel: any Channel
    ) async throws {
        try await channel.writeAndFlush(HTTPResponsePart.head(head)).get()
        let connection = SwitchedConnection(inbound: request.body, channel: channel)
        let isClosed = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = channel
            return state.isClosed
        }
        if isClosed { channel.close(promise: nil) }
        defer { state.withLock { _ = $0.channels.removeValue(forKey: ObjectIdentifier(channel)) } }
        let task = Task { try await body(connection) }
        channel.closeFuture.whenComplete { _ in task.cancel() }
        // How the conversation went is between its ends.
        _ = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        try? await channel.close().get()
    }
}
