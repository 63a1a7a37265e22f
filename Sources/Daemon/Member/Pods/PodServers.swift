import Kubernetes
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// Answers HTTP in the containers' stead: with the pod's name, on each TCP port that a container declares, at the loopback
/// address that mirrors the pod's own (10.129.0.3 is answered for at 127.129.0.3).
final class PodServers: Sendable {
    /// How long a deleted pod still answers, as one does that ends gracefully: callers hear late of its end.
    private static let draining = TimeAmount.seconds(5)

    private let logger: Logger
    /// Those listening, by the pod's uid.
    private let listeners = Mutex<[String: [EventLoopFuture<any Channel>]]>([:])

    init(logger: Logger) { self.logger = logger }

    /// Listens for the pods as they come, and until they go.
    func serve(_ pods: PodCache) {
        pods.onChange { [self] change in
            let pod = change.pod
            if case .deleted = change {
                stop(pod)
            } else if pod.isFinished {
                stop(pod)
            } else if pod.phase == .running, let ip = pod.ip.flatMap(IPv4.init) {
                start(pod, at: ip.onLoopback.description)
            }
        }
    }

    private func start(_ pod: Pod, at host: String) {
        let ports = pod.object.decoded().spec["containers"]?.array?.flatMap { $0["ports"]?.array ?? [] } ?? []
        let numbers = ports.filter { $0["protocol"]?.string ?? "TCP" == "TCP" }.compactMap { $0["containerPort"]?.int }
        guard !numbers.isEmpty else { return }
        listeners.withLock { listeners in
            guard listeners[pod.uid] == nil else { return }
            listeners[pod.uid] = numbers.map { listen(host, $0, answer: pod.key.name) }
        }
    }

    private func stop(_ pod: Pod) {
        for listener in listeners.withLock({ $0.removeValue(forKey: pod.uid) }) ?? [] {
            listener.whenSuccess { channel in
                channel.eventLoop.scheduleTask(in: Self.draining) { channel.close(promise: nil) }
            }
        }
    }

    private func listen(_ host: String, _ port: Int, answer: String) -> EventLoopFuture<any Channel> {
        let listener = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 128)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline()
                    try channel.pipeline.syncOperations.addHandler(PodResponder(answer: answer))
                }
            }
            .bind(host: host, port: port)
        listener.whenFailure { [logger] error in logger.warning("pod \(answer) cannot listen on \(host):\(port): \(error)") }
        return listener
    }
}

/// Answers every request with the pod's name.
private final class PodResponder: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let answer: String
    private var isKeptAlive = true

    init(answer: String) { self.answer = answer + "\n" }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head(let head) = unwrapInboundIn(data) { isKeptAlive = head.isKeepAlive }
        guard case .end = unwrapInboundIn(data) else { return }
        var headers: HTTPHeaders = ["Content-Type": "text/plain", "Content-Length": String(answer.utf8.count)]
        if !isKeptAlive { headers.add(name: "Connection", value: "close") }
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: .ok, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: answer)))), promise: nil)
        let written = context.eventLoop.makePromise(of: Void.self)
        if !isKeptAlive {
            let channel = context.channel
            written.futureResult.whenComplete { _ in channel.close(promise: nil) }
        }
        context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: written)
    }
}
