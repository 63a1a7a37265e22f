import NIOCore

/// Lets the kernel find out that a connection's peer is gone without a word (its machine died, the network was cut), within half
/// a minute: what waits for it would wait forever otherwise.
public enum KeepAlive {
    public static func enable(on channel: any Channel) -> EventLoopFuture<Void> {
        var options: [(ChannelOptions.Types.SocketOption, Int)] = [(.socketOption(.so_keepalive), 1)]
        #if os(Linux)
            // tcp(7): TCP_KEEPIDLE and TCP_KEEPINTVL in seconds, TCP_KEEPCNT, and TCP_USER_TIMEOUT in milliseconds.
            for (name, value) in [(4, 15), (5, 5), (6, 3), (18, 30_000)] as [(CInt, Int)] {
                options.append((.init(level: .tcp, name: .init(rawValue: name)), value))
            }
        #endif
        let settings = options.map { option, value in
            channel.setOption(option, value: value).flatMapErrorThrowing { _ in }  // no TCP socket: nothing to watch over
        }
        return EventLoopFuture.andAllSucceed(settings, on: channel.eventLoop)
    }
}
