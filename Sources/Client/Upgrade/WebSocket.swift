import Crypto
import Kubernetes
import NIOCore

/// What a peer did that RFC 6455 does not allow.
public enum WebSocketError: Error, Equatable {
    /// A frame larger than this side takes.
    case tooLarge(limit: Int)
    case malformed(String)
}

public enum WebSocket {
    /// What a server answers to a client's `Sec-WebSocket-Key` (RFC 6455 §4.2.2).
    public static func accept(key: String) -> String {
        let digest = Insecure.SHA1.hash(data: Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        return Base64.encode(Array(digest))
    }

    /// A client's `Sec-WebSocket-Key`.
    public static func makeKey() -> String { Base64.encode((0..<16).map { _ in UInt8.random(in: 0...255) }) }

    public enum Role: Sendable { case client, server }
}

/// A frame of a WebSocket (RFC 6455 §5.2), without its mask.
public struct WebSocketFrame: Sendable, Equatable {
    public enum Opcode: UInt8, Sendable {
        case continuation = 0, text, binary
        case close = 8, ping, pong

        var isControl: Bool { rawValue >= 8 }
    }

    public var opcode: Opcode
    public var isFinal: Bool
    public var payload: ByteBuffer

    public init(_ opcode: Opcode, isFinal: Bool = true, _ payload: ByteBuffer) {
        self.opcode = opcode
        self.isFinal = isFinal
        self.payload = payload
    }

    /// - Parameter role: clients mask what they send (§5.3).
    public func encoded(by role: WebSocket.Role) -> ByteBuffer {
        let count = payload.readableBytes
        var buffer = ByteBuffer()
        buffer.reserveCapacity(count + 14)
        buffer.writeInteger(opcode.rawValue | (isFinal ? 0x80 : 0))
        let maskBit: UInt8 = role == .client ? 0x80 : 0
        switch count {
        case ..<126: buffer.writeInteger(maskBit | UInt8(count))
        case ..<65_536:
            buffer.writeInteger(maskBit | 126)
            buffer.writeInteger(UInt16(count))
        default:
            buffer.writeInteger(maskBit | 127)
            buffer.writeInteger(UInt64(count))
        }
        guard role == .client else {
            buffer.writeImmutableBuffer(payload)
            return buffer
        }
        let mask = UInt32.random(in: .min ... .max)
        buffer.writeInteger(mask)
        buffer.writeBytes(Self.masked(payload.readableBytesView, mask))
        return buffer
    }

    fileprivate static func masked(_ bytes: ByteBufferView, _ mask: UInt32) -> [UInt8] {
        let key = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: mask >> $0) }
        return bytes.enumerated().map { $1 ^ key[$0 & 3] }
    }
}

/// Takes frames out of the bytes that come.
public struct WebSocketFrames: Sendable {
    private let role: WebSocket.Role
    private let maximumPayload: Int
    private var buffer = ByteBuffer()

    /// - Parameter role: of who reads: what a client sent is masked.
    public init(role: WebSocket.Role, maximumPayload: Int = 1 << 20) {
        self.role = role
        self.maximumPayload = maximumPayload
    }

    public mutating func append(_ bytes: ByteBuffer) {
        var bytes = bytes
        buffer.writeBuffer(&bytes)
        buffer.discardReadBytes()
    }

    /// - Returns: nil until the next frame is there as a whole.
    public mutating func next() throws(WebSocketError) -> WebSocketFrame? {
        var rest = buffer
        guard let (first, second) = rest.readMultipleIntegers(as: (UInt8, UInt8).self) else { return nil }
        guard first & 0x70 == 0, let opcode = WebSocketFrame.Opcode(rawValue: first & 0x0F) else {
            throw .malformed("unknown kind of frame")
        }
        let isFinal = first & 0x80 != 0
        guard !opcode.isControl || (isFinal && second & 0x7F < 126) else { throw .malformed("control frame too long") }
        guard (second & 0x80 != 0) == (role == .server) else { throw .malformed("only clients mask") }
        let count: UInt64
        switch second & 0x7F {
        case 126:
            guard let length = rest.readInteger(as: UInt16.self) else { return nil }
            count = UInt64(length)
        case 127:
            guard let length = rest.readInteger(as: UInt64.self) else { return nil }
            count = length
        case let length: count = UInt64(length)
        }
        guard count <= UInt64(maximumPayload) else { throw .tooLarge(limit: maximumPayload) }
        var mask: UInt32?
        if role == .server {
            mask = rest.readInteger(as: UInt32.self)
            guard mask != nil else { return nil }
        }
        guard var payload = rest.readSlice(length: Int(count)) else { return nil }
        if let mask { payload = ByteBuffer(bytes: WebSocketFrame.masked(payload.readableBytesView, mask)) }
        buffer = rest
        return WebSocketFrame(opcode, isFinal: isFinal, payload)
    }
}

/// Sends frames. Each goes out as a whole, so that several tasks may send.
public struct WebSocketWriter: Sendable {
    private let role: WebSocket.Role
    private let write: @Sendable (ByteBuffer) async throws -> Void

    public init(role: WebSocket.Role, _ write: @escaping @Sendable (ByteBuffer) async throws -> Void) {
        self.role = role
        self.write = write
    }

    public func send(_ payload: ByteBuffer, _ opcode: WebSocketFrame.Opcode = .binary) async throws {
        try await write(WebSocketFrame(opcode, payload).encoded(by: role))
    }

    /// Says that nothing follows (§7.4.1: 1000 for a normal end).
    public func close(_ code: UInt16 = 1000) async throws { try await send(ByteBuffer(integer: code), .close) }
}

/// The messages that come over a WebSocket, read once. Pings are answered on the way.
public struct WebSocketMessages<Bytes: AsyncSequence>: AsyncSequence, AsyncIteratorProtocol where Bytes.Element == ByteBuffer {
    public typealias Element = ByteBuffer

    private var iterator: Bytes.AsyncIterator
    private var frames: WebSocketFrames
    private let writer: WebSocketWriter
    private let maximumMessage: Int

    public init(_ bytes: Bytes, role: WebSocket.Role, writer: WebSocketWriter, maximumMessage: Int = 1 << 20) {
        iterator = bytes.makeAsyncIterator()
        frames = WebSocketFrames(role: role, maximumPayload: maximumMessage)
        self.writer = writer
        self.maximumMessage = maximumMessage
    }

    public func makeAsyncIterator() -> Self { self }

    /// - Returns: nil when the peer has closed the WebSocket, or the connection.
    public mutating func next() async throws -> ByteBuffer? {
        var message: ByteBuffer?
        while true {
            guard let frame = try frames.next() else {
                guard let bytes = try await iterator.next() else { return nil }
                frames.append(bytes)
                continue
            }
            switch frame.opcode {
            case .close: return nil
            case .ping: try await writer.send(frame.payload, .pong)
            case .pong: break
            case .text, .binary, .continuation:
                guard (frame.opcode == .continuation) == (message != nil) else {
                    throw WebSocketError.malformed("a message within another")
                }
                message = message ?? ByteBuffer()
                message?.writeImmutableBuffer(frame.payload)
                guard message?.readableBytes ?? 0 <= maximumMessage else {
                    throw WebSocketError.tooLarge(limit: maximumMessage)
                }
                if frame.isFinal { return message }
            }
        }
    }
}
