import CZlib
import NIOCore

/// What a peer did that SPDY/3.1 does not allow.
enum SPDYError: Error, Equatable {
    case tooLarge
    case malformed(String)
}

/// A frame of SPDY/3.1, as far as Kubernetes' streams use it.
enum SPDYFrame: Equatable {
    /// - Parameter headers: compressed.
    case open(stream: UInt32, headers: ByteBuffer)
    case reply(stream: UInt32, headers: ByteBuffer)
    case reset(stream: UInt32)
    case data(stream: UInt32, isLast: Bool, ByteBuffer)
    case ping(UInt32)
    case goAway
    /// Settings, windows: nothing that these streams obey.
    case other

    private static let version: UInt16 = 3
    private static let lastFlag: UInt8 = 1
    /// Bytes that a frame may have.
    private static let maximumLength = 1 << 20

    private enum Kind {
        static let open: UInt16 = 1, reply: UInt16 = 2, reset: UInt16 = 3, ping: UInt16 = 6, goAway: UInt16 = 7
    }

    /// Takes the next frame out of the buffer.
    /// - Returns: nil until it is there as a whole.
    static func read(from buffer: inout ByteBuffer) throws(SPDYError) -> SPDYFrame? {
        var rest = buffer
        guard let (first, flagsAndLength) = rest.readMultipleIntegers(as: (UInt32, UInt32).self) else { return nil }
        let flags = UInt8(flagsAndLength >> 24)
        let length = Int(flagsAndLength & 0xFF_FFFF)
        guard length <= maximumLength else { throw .tooLarge }
        guard var body = rest.readSlice(length: length) else { return nil }
        buffer = rest
        guard first & 0x8000_0000 != 0 else { return .data(stream: first, isLast: flags & lastFlag != 0, body) }
        guard UInt16(first >> 16 & 0x7FFF) == version else { throw .malformed("not SPDY/3") }
        let kind = UInt16(truncatingIfNeeded: first)
        guard [Kind.open, Kind.reply, Kind.reset, Kind.ping].contains(kind) else { return kind == Kind.goAway ? .goAway : .other }
        guard let id = body.readInteger(as: UInt32.self) else { throw .malformed("frame too short") }
        switch kind {
        case Kind.open:
            // The stream that it belongs to, its priority, a slot.
            guard body.readBytes(length: 6) != nil else { throw .malformed("frame too short") }
            return .open(stream: id, headers: body)
        case Kind.reply: return .reply(stream: id, headers: body)
        case Kind.reset: return .reset(stream: id)
        default: return .ping(id)
        }
    }

    var encoded: ByteBuffer {
        var buffer = ByteBuffer()
        func control(_ kind: UInt16, _ id: UInt32, _ rest: ByteBuffer = ByteBuffer()) {
            buffer.writeInteger(0x8000 | Self.version)
            buffer.writeInteger(kind)
            buffer.writeInteger(UInt32(4 + rest.readableBytes))
            buffer.writeInteger(id)
            buffer.writeImmutableBuffer(rest)
        }
        switch self {
        case .open(let stream, let headers):
            var rest = ByteBuffer(repeating: 0, count: 6)
            rest.writeImmutableBuffer(headers)
            control(Kind.open, stream, rest)
        case .reply(let stream, let headers): control(Kind.reply, stream, headers)
        // 5: CANCEL
        case .reset(let stream): control(Kind.reset, stream, ByteBuffer(integer: UInt32(5)))
        case .ping(let id): control(Kind.ping, id)
        case .goAway: control(Kind.goAway, 0, ByteBuffer(integer: UInt32(0)))
        case .data(let stream, let isLast, let bytes):
            buffer.writeInteger(stream)
            buffer.writeInteger(UInt32(isLast ? Self.lastFlag : 0) << 24 | UInt32(bytes.readableBytes))
            buffer.writeImmutableBuffer(bytes)
        case .other: break
        }
        return buffer
    }
}

/// The headers of SPDY's streams: one compressed text for all of a direction (SPDY/3 §2.6.10).
final class SPDYHeaders {
    /// Bytes that the headers of a stream may have.
    private static let maximumSize = 16 * 1024

    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let compresses: Bool

    init(compresses: Bool) {
        self.compresses = compresses
        stream.initialize(to: z_stream())
        let size = Int32(MemoryLayout<z_stream>.size)
        if compresses {
            deflateInit_(stream, Z_BEST_COMPRESSION, ZLIB_VERSION, size)
            deflateSetDictionary(stream, SPDYDictionary.bytes, UInt32(SPDYDictionary.bytes.count))
        } else {
            inflateInit_(stream, ZLIB_VERSION, size)
        }
    }

    deinit {
        if compresses { deflateEnd(stream) } else { inflateEnd(stream) }
        stream.deallocate()
    }

    func encode(_ headers: [(name: String, value: String)]) -> ByteBuffer {
        var plain = ByteBuffer(integer: UInt32(headers.count))
        for text in headers.flatMap({ [$0.name.lowercased(), $0.value] }) {
            plain.writeInteger(UInt32(text.utf8.count))
            plain.writeString(text)
        }
        return ByteBuffer(bytes: transform(Array(plain.readableBytesView)) ?? [])
    }

    func decode(_ bytes: ByteBuffer) throws(SPDYError) -> [String: String] {
        guard let plain = transform(Array(bytes.readableBytesView)) else { throw .malformed("headers cannot be decompressed") }
        var buffer = ByteBuffer(bytes: plain)
        var headers: [String: String] = [:]
        for _ in 0..<(buffer.readInteger(as: UInt32.self) ?? 0) {
            guard let name = Self.readText(from: &buffer), let value = Self.readText(from: &buffer) else {
                throw .malformed("headers end early")
            }
            headers[name] = value
        }
        return headers
    }

    private static func readText(from buffer: inout ByteBuffer) -> String? {
        buffer.readInteger(as: UInt32.self).flatMap { buffer.readString(length: Int($0)) }
    }

    /// - Returns: nil for what cannot be decompressed, or is too much then.
    private func transform(_ bytes: [UInt8]) -> [UInt8]? {
        var input = bytes
        var output = [UInt8](repeating: 0, count: Self.maximumSize)
        let isWhole = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.pointee.next_in = input.baseAddress
                stream.pointee.avail_in = UInt32(input.count)
                stream.pointee.next_out = output.baseAddress
                stream.pointee.avail_out = UInt32(output.count)
                defer {
                    stream.pointee.next_in = nil
                    stream.pointee.next_out = nil
                }
                if compresses { return deflate(stream, Z_SYNC_FLUSH) == Z_OK }
                var result = inflate(stream, Z_SYNC_FLUSH)
                if result == Z_NEED_DICT {
                    guard inflateSetDictionary(stream, SPDYDictionary.bytes, UInt32(SPDYDictionary.bytes.count)) == Z_OK else {
                        return false
                    }
                    result = inflate(stream, Z_SYNC_FLUSH)
                }
                return result == Z_OK || result == Z_BUF_ERROR
            }
        }
        guard isWhole, stream.pointee.avail_in == 0, stream.pointee.avail_out > 0 else { return nil }
        return Array(output.dropLast(Int(stream.pointee.avail_out)))
    }
}

/// What compressed headers begin as if they came after (SPDY/3 §2.6.10.1).
private enum SPDYDictionary {
    static let bytes: [UInt8] = {
        let words = """
            options head post put delete trace accept accept-charset accept-encoding accept-language accept-ranges age allow
            authorization cache-control connection content-base content-encoding content-language content-length
            content-location content-md5 content-range content-type date etag expect expires from host if-match
            if-modified-since if-none-match if-range if-unmodified-since last-modified location max-forwards pragma
            proxy-authenticate proxy-authorization range referer retry-after server te trailer transfer-encoding upgrade
            user-agent vary via warning www-authenticate method get status 200_OK version HTTP/1.1 url public set-cookie
            keep-alive origin
            """
        let rest = [
            "100101201202205206300302303304305306307402405406407408409410411412413414415416417502504505",
            "203 Non-Authoritative Information204 No Content301 Moved Permanently400 Bad Request401 Unauthorized",
            "403 Forbidden404 Not Found500 Internal Server Error501 Not Implemented503 Service Unavailable",
            "Jan Feb Mar Apr May Jun Jul Aug Sept Oct Nov Dec 00:00:00 Mon, Tue, Wed, Thu, Fri, Sat, Sun, GMT",
            "chunked,text/html,image/png,image/jpg,image/gif,application/xml,application/xhtml+xml,text/plain,",
            "text/javascript,publicprivatemax-age=gzip,deflate,sdchcharset=utf-8charset=iso-8859-1,utf-,*,enq=0.",
        ]
        var bytes: [UInt8] = []
        for word in words.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
            bytes += [0, 0, 0, UInt8(word.utf8.count)]
            bytes += word.replacing("_", with: " ").utf8
        }
        for text in rest { bytes += text.utf8 }
        return bytes
    }()
}
