import Foundation
import Synchronization

/// A port that passes on what it gets to another: a network between two programs that a test may cut or slow down.
final class TCPForwarder: Sendable {
    enum Link: Sendable, Equatable {
        case open
        /// Nothing gets through, and nobody is told: what is sent waits.
        case cut
        /// Everything takes so much longer, each way.
        case slow(Duration)
    }

    let port: UInt16
    private let listener: Int32
    private let link: SharedLink

    private final class SharedLink: Sendable {
        let value = Mutex(Link.open)

        /// Returns when the next bytes may pass.
        func pass() {
            while true {
                switch value.withLock({ $0 }) {
                case .open: return
                case .cut: Thread.sleep(forTimeInterval: 0.02)
                case .slow(let delay): return Thread.sleep(forTimeInterval: delay / .seconds(1))
                }
            }
        }
    }

    /// Both ends of a connection, closed when neither direction needs them any more.
    private final class Sockets: Sendable {
        let ends: [Int32]
        init(_ ends: [Int32]) { self.ends = ends }
        deinit { for end in ends { close(end) } }
    }

    init(to target: UInt16) throws {
        let link = SharedLink()
        let listener = Self.makeSocket()
        var address = Self.loopback(port: 0)
        let bound = Self.withSocketAddress(of: &address) { bind(listener, $0, $1) }
        guard bound == 0, listen(listener, 128) == 0 else { throw TimeoutError(description: "no port to listen on") }
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = Self.withSocketAddress(of: &address) { pointer, _ in getsockname(listener, pointer, &size) }
        port = UInt16(bigEndian: address.sin_port)
        self.listener = listener
        self.link = link
        Thread.detachNewThread {
            while true {
                let inbound = accept(listener, nil, nil)
                guard inbound >= 0 else { return }
                let outbound = Self.makeSocket()
                let sockets = Sockets([inbound, outbound])
                var upstream = Self.loopback(port: target)
                guard Self.withSocketAddress(of: &upstream, { connect(outbound, $0, $1) }) == 0 else { continue }
                Thread.detachNewThread { Self.pump(inbound, outbound, link, sockets) }
                Thread.detachNewThread { Self.pump(outbound, inbound, link, sockets) }
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
        link.value.withLock { $0 = .open }
    }

    func set(_ condition: Link) { link.value.withLock { $0 = condition } }

    private static func pump(_ source: Int32, _ sink: Int32, _ link: SharedLink, _ sockets: Sockets) {
        var buffer = [UInt8](repeating: 0, count: 65536)
        pumping: while true {
            let count = recv(source, &buffer, buffer.count, 0)
            link.pass()
            guard count > 0 else { break }
            var sent = 0
            while sent < count {
                let written = buffer.withUnsafeBytes { send(sink, $0.baseAddress! + sent, count - sent, Int32(MSG_NOSIGNAL)) }
                guard written > 0 else { break pumping }
                sent += written
            }
        }
        withExtendedLifetime(sockets) { _ = shutdown(sink, Int32(SHUT_RDWR)) }
    }

    private static func makeSocket() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    private static func withSocketAddress(
        of address: inout sockaddr_in, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
    ) -> Int32 {
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
