import NIOCore
import NIOPosix

/// One `port-forward`: pairs of SPDY streams, one for a connection's bytes and one for what goes wrong with it (Kubernetes'
/// protocol `portforward.k8s.io`).
struct PortForwarding: Sendable {
    private let host: String
    private let write: @Sendable (ByteBuffer) async throws -> Void

    /// Connections at a time.
    private static let maximumStreams = 256
    private static let connectTimeout = TimeAmount.seconds(5)

    /// - Parameters:
    ///   - host: where the pod's ports are.
    ///   - write: sends bytes to the client.
    init(to host: String, _ write: @escaping @Sendable (ByteBuffer) async throws -> Void) {
        self.host = host
        self.write = write
    }

    /// A stream that the client has opened.
    private enum Stream {
        case errors
        case data(any Channel)
    }

    /// Forwards until the client has enough.
    func run<Bytes: AsyncSequence>(_ bytes: Bytes) async throws where Bytes.Element == ByteBuffer {
        try await withThrowingDiscardingTaskGroup { group in
            defer { group.cancelAll() }
            var streams: [UInt32: Stream] = [:]
            defer { for case .data(let socket) in streams.values { socket.close(promise: nil) } }
            /// The error streams, by the request that they belong to.
            var complaints: [String: UInt32] = [:]
            let (decoder, encoder) = (SPDYHeaders(compresses: false), SPDYHeaders(compresses: true))
            var buffer = ByteBuffer()
            for try await more in bytes {
                buffer.writeImmutableBuffer(more)
                buffer.discardReadBytes()
                while let frame = try SPDYFrame.read(from: &buffer) {
                    switch frame {
                    case .open(let id, let compressed):
                        let headers = try decoder.decode(compressed)
                        guard streams.count < Self.maximumStreams else { throw SPDYError.tooLarge }
                        try await send(.reply(stream: id, headers: encoder.encode([])))
                        let request = headers["requestid"] ?? ""
                        if headers["streamtype"] == "error" {
                            complaints[request] = id
                            streams[id] = .errors
                        } else if let socket = try await connect(headers["port"] ?? "", id, complaints[request]) {
                            streams[id] = .data(socket.channel)
                            let errors = complaints[request]
                            group.addTask { try await pump(socket, to: id, errors) }
                        }
                    case .data(let id, let isLast, let bytes):
                        guard case .data(let socket) = streams[id] else { continue }
                        // Where the pod has hung up, its own stream says so.
                        if bytes.readableBytes > 0 { try? await socket.writeAndFlush(bytes).get() }
                        if isLast { try? await socket.close(mode: .output).get() }
                    case .reset(let id):
                        if case .data(let socket) = streams.removeValue(forKey: id) { socket.close(promise: nil) }
                        complaints = complaints.filter { $0.value != id }
                    case .ping(let id): try await send(.ping(id))
                    case .goAway: return
                    case .reply, .other: break
                    }
                }
            }
        }
    }

    private typealias Socket = NIOAsyncChannel<ByteBuffer, ByteBuffer>

    /// Connects to a port of the pod.
    /// - Returns: nil where that fails, of which the client has been told.
    private func connect(_ port: String, _ stream: UInt32, _ errors: UInt32?) async throws -> Socket? {
        do {
            guard let number = UInt16(port), number > 0 else { throw SPDYError.malformed("there is no port \(port)") }
            return try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connectTimeout(Self.connectTimeout)
                .channelOption(.allowRemoteHalfClosure, value: true)
                .connect(host: host, port: Int(number)) { channel in
                    channel.eventLoop.makeCompletedFuture { try Socket(wrappingChannelSynchronously: channel) }
                }
        } catch {
            if let errors {
                let text = "error forwarding port \(port) to the pod: \(error)"
                try await send(.data(stream: errors, isLast: true, ByteBuffer(string: text)))
            }
            try await send(.data(stream: stream, isLast: true, ByteBuffer()))
            return nil
        }
    }

    /// Carries what the pod says to the client.
    private func pump(_ socket: Socket, to stream: UInt32, _ errors: UInt32?) async throws {
        try await socket.executeThenClose { inbound, _ in
            do {
                for try await bytes in inbound { try await send(.data(stream: stream, isLast: false, bytes)) }
            } catch is IOError {}  // the pod hung up
        }
        try await send(.data(stream: stream, isLast: true, ByteBuffer()))
        if let errors { try await send(.data(stream: errors, isLast: true, ByteBuffer())) }
    }

    private func send(_ frame: SPDYFrame) async throws { try await write(frame.encoded) }
}
