import Kubernetes
import NIOCore
import Testing

@testable import Client

@Suite struct WebSocketTests {
    /// The example of RFC 6455 §1.3.
    @Test func serversProveThatTheyUnderstand() {
        #expect(WebSocket.accept(key: "dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        #expect(Base64.decode(WebSocket.makeKey())?.count == 16)
    }

    @Test(arguments: [0, 1, 125, 126, 65_535, 65_536, 100_000])
    func framesOfAllSizesComeAsTheyWere(size: Int) throws {
        let payload = ByteBuffer(bytes: (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7) })
        for role in [WebSocket.Role.client, .server] {
            let frame = WebSocketFrame(.binary, payload)
            let encoded = frame.encoded(by: role)
            var frames = WebSocketFrames(role: role == .client ? .server : .client)
            // In two parts, wherever the cut is.
            let cut = min(Int.random(in: 0...14), encoded.readableBytes)
            frames.append(try #require(encoded.getSlice(at: 0, length: cut)))
            if cut < encoded.readableBytes { #expect(try frames.next() == nil) }
            frames.append(try #require(encoded.getSlice(at: cut, length: encoded.readableBytes - cut)))
            #expect(try frames.next() == frame)
            #expect(try frames.next() == nil)
        }
    }

    /// The examples of RFC 6455 §5.7.
    @Test func framesLookAsTheStandardShows() throws {
        let hello = ByteBuffer(string: "Hello")
        #expect(WebSocketFrame(.text, hello).encoded(by: .server) == ByteBuffer(bytes: [0x81, 0x05] + Array("Hello".utf8)))
        var masked = WebSocketFrames(role: .server)
        masked.append(ByteBuffer(bytes: [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58]))
        #expect(try masked.next() == WebSocketFrame(.text, hello))
    }

    @Test func whatTheStandardForbidsIsRefused() {
        func expect(_ error: WebSocketError, _ bytes: [UInt8], role: WebSocket.Role = .client) {
            var frames = WebSocketFrames(role: role, maximumPayload: 1000)
            frames.append(ByteBuffer(bytes: bytes))
            #expect(throws: error) { try frames.next() }
        }
        expect(.malformed("unknown kind of frame"), [0x83, 0])
        expect(.malformed("unknown kind of frame"), [0xC2, 0])
        expect(.malformed("only clients mask"), [0x82, 0x80, 0, 0, 0, 0])
        expect(.malformed("only clients mask"), [0x82, 0], role: .server)
        expect(.malformed("control frame too long"), [0x89, 126, 0, 200])
        expect(.malformed("control frame too long"), [0x09, 0])
        expect(.tooLarge(limit: 1000), [0x82, 127, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF])
        expect(.tooLarge(limit: 1000), [0x82, 126, 0x03, 0xE9])
    }

    @Test func messagesArePutTogetherAndPingsAnswered() async throws {
        let (answers, answer) = AsyncStream<ByteBuffer>.makeStream()
        let (bytes, sender) = AsyncStream<ByteBuffer>.makeStream()
        for frame in [
            WebSocketFrame(.binary, isFinal: false, ByteBuffer(string: "a")), WebSocketFrame(.ping, ByteBuffer(string: "?")),
            WebSocketFrame(.continuation, ByteBuffer(string: "b")), WebSocketFrame(.pong, ByteBuffer()),
            WebSocketFrame(.text, ByteBuffer(string: "c")), WebSocketFrame(.close, ByteBuffer()),
            WebSocketFrame(.text, ByteBuffer(string: "too late")),
        ] { sender.yield(frame.encoded(by: .client)) }
        sender.finish()
        let writer = WebSocketWriter(role: .server) { answer.yield($0) }
        var messages = WebSocketMessages(bytes, role: .server, writer: writer)
        #expect(try await messages.next() == ByteBuffer(string: "ab"))
        #expect(try await messages.next() == ByteBuffer(string: "c"))
        #expect(try await messages.next() == nil)
        answer.finish()
        var all: [ByteBuffer] = []
        for await answer in answers { all.append(answer) }
        #expect(all == [WebSocketFrame(.pong, ByteBuffer(string: "?")).encoded(by: .server)])
    }

    @Test func messagesThatGrowWithoutEndAreCutOff() async throws {
        let (bytes, sender) = AsyncStream<ByteBuffer>.makeStream()
        for _ in 0..<3 {
            let part = WebSocketFrame(.continuation, isFinal: false, ByteBuffer(repeating: 0, count: 400))
            sender.yield(part.encoded(by: .client))
        }
        let writer = WebSocketWriter(role: .server) { _ in }
        var alone = WebSocketMessages(bytes, role: .server, writer: writer, maximumMessage: 1000)
        await #expect(throws: WebSocketError.malformed("a message within another")) { try await alone.next() }

        let (parts, more) = AsyncStream<ByteBuffer>.makeStream()
        for index in 0..<3 {
            let opcode: WebSocketFrame.Opcode = index == 0 ? .binary : .continuation
            more.yield(WebSocketFrame(opcode, isFinal: false, ByteBuffer(repeating: 0, count: 400)).encoded(by: .client))
        }
        var endless = WebSocketMessages(parts, role: .server, writer: writer, maximumMessage: 1000)
        await #expect(throws: WebSocketError.tooLarge(limit: 1000)) { try await endless.next() }
    }

    @Test func exitCodesComeInTheStatus() {
        for code: Int32 in [0, 1, 127] { #expect(RemoteCommand.exitCode(of: RemoteCommand.status(exitCode: code)) == code) }
        #expect(RemoteCommand.exitCode(of: ["status": "Failure", "reason": "InternalError"]) == nil)
    }
}
