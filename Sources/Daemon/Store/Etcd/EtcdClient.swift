import EtcdProtocol
import FoundationEssentials
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Logging
import Synchronization

/// A client of an etcd cluster. It talks to one endpoint at a time, and goes on to the next when that one fails.
final class EtcdClient: Sendable {
    typealias Connection = GRPCClient<HTTP2ClientTransport.Posix>

    /// What a call is made with.
    struct Call: Sendable {
        var connection: Connection
        var metadata: Metadata
        var options: CallOptions
    }

    /// How long one endpoint has to answer before the next is asked.
    private static let attemptTimeout = Duration.seconds(4)
    private static let pauses = (first: Duration.milliseconds(20), last: Duration.milliseconds(500))
    /// Pages of objects, and changes that come in one message.
    private static let messageLimit = 512 << 20

    private let endpoints: [EtcdEndpoint]
    private let connections: [Connection]
    private let tokens: EtcdTokens?
    private let current = Mutex(0)
    private let logger: Logger

    /// - Throws: `StoreError.unavailable` where a certificate cannot be read.
    init(_ configuration: EtcdConfiguration, logger: Logger) throws(StoreError) {
        precondition(!configuration.endpoints.isEmpty, "etcd has an endpoint")
        endpoints = configuration.endpoints
        tokens = configuration.credentials.map { EtcdTokens($0) }
        self.logger = logger
        for file in [configuration.caFile, configuration.certificateFile, configuration.keyFile] {
            if let file, !FileManager.default.isReadableFile(atPath: file) { throw .unavailable("\(file): cannot be read") }
        }
        do {
            connections = try configuration.endpoints.map { endpoint in
                Connection(transport: try Self.transport(to: endpoint, configuration))
            }
        } catch {
            throw .unavailable("etcd: \(error)")
        }
    }

    private static func transport(
        to endpoint: EtcdEndpoint, _ configuration: EtcdConfiguration
    ) throws -> HTTP2ClientTransport.Posix {
        let target: any ResolvableTarget
        if endpoint.host.contains(":") {
            target = .ipv6(address: endpoint.host, port: endpoint.port)
        } else if endpoint.host.allSatisfy({ $0.isNumber || $0 == "." }) {
            target = .ipv4(address: endpoint.host, port: endpoint.port)
        } else {
            target = .dns(host: endpoint.host, port: endpoint.port)
        }
        let security: HTTP2ClientTransport.Posix.TransportSecurity =
            endpoint.isSecure
            ? .tls { tls in
                if let file = configuration.caFile { tls.trustRoots = .certificates([.file(path: file, format: .pem)]) }
                if let file = configuration.certificateFile { tls.certificateChain = [.file(path: file, format: .pem)] }
                if let file = configuration.keyFile { tls.privateKey = .file(path: file, format: .pem) }
            }
            : .plaintext
        return try .http2NIOPosix(
            target: target, transportSecurity: security,
            config: .defaults { config in
                config.backoff = .init(
                    initial: .milliseconds(100), max: .seconds(2), multiplier: 1.6, jitter: 0.2)
                // etcd refuses pings that come more often than every five seconds.
                config.connection.keepalive = .init(time: .seconds(10), timeout: .seconds(5), allowWithoutCalls: false)
                config.connection.maxIdleTime = nil
                config.channelDebuggingCallbacks.onCreateTCPConnection = PingResponder.add
            })
    }

    /// Keeps the connections until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for (endpoint, connection) in zip(endpoints, connections) {
                group.addTask {
                    do {
                        try await connection.runConnections()
                    } catch is CancellationError {
                        // Ended on demand.
                    } catch {
                        if !Task.isCancelled { self.logger.error("etcd \(endpoint): \(error)") }
                    }
                }
            }
        }
    }

    /// Makes a call, again and elsewhere as long as it fails for a reason that may pass and the time is not up: so `call` must be
    /// such that a repetition does no harm.
    /// - Parameter call: receives besides what it is made with whether an earlier attempt may have had its effect. It may give up
    ///   for good with a `StoreError`.
    func perform<Response: Sendable>(
        within limit: Duration, _ call: @Sendable (Call, _ isRepeated: Bool) async throws -> Response
    ) async throws(StoreError) -> Response {
        let deadline = ContinuousClock.now + limit
        var pause = Self.pauses.first
        var isRepeated = false
        var refused: String?
        while true {
            let index = current.withLock { $0 }
            do {
                let timeout = min(Self.attemptTimeout, deadline - .now)
                let (prepared, token) = try await prepare(index, timeout: timeout, refused: refused)
                refused = nil
                do {
                    return try await call(prepared, isRepeated)
                } catch let error as RPCError where error.isAboutToken && token != nil {
                    refused = token
                    throw error
                }
            } catch let error as StoreError {
                throw error
            } catch {
                let failure = EtcdFailure(error)
                guard failure.mayPass, !Task.isCancelled else { throw failure.storeError }
                guard ContinuousClock.now + pause < deadline else {
                    throw .unavailable("etcd did not answer in time: \(failure.message)")
                }
                if refused == nil { rotate(from: index) }
                isRepeated = true
            }
            try? await Task.sleep(for: pause * Double.random(in: 0.5...1))
            pause = min(pause * 2, Self.pauses.last)
        }
    }

    /// A stream of changes; each message goes to `handle`, one after the other. Ends by failing, or as soon as `handle` throws.
    func watch(
        _ request: EtcdWatchCreateRequest, _ handle: @escaping @Sendable (EtcdWatchResponse) async throws -> Void
    ) async throws {
        let index = current.withLock { $0 }
        do {
            var (call, _) = try await prepare(index, timeout: nil, refused: nil)
            // A member that has lost its leader ends the stream rather than keep silent.
            call.metadata.replaceOrAddString("true", forKey: "hasleader")
            try await EtcdWatch.Client(wrapping: call.connection).watch(metadata: call.metadata, options: call.options) { writer in
                var message = EtcdWatchRequest()
                message.createRequest = request
                try await writer.write(message)
                // The stream lasts as long as it may be written to.
                while true { try await Task.sleep(for: .seconds(3600)) }
            } onResponse: { response in
                for try await message in response.messages { try await handle(message) }
            }
        } catch {
            rotate(from: index)
            if let error = error as? RPCError, error.isAboutToken { await tokens?.forget() }
            throw error
        }
    }

    private func prepare(_ index: Int, timeout: Duration?, refused: String?) async throws -> (call: Call, token: String?) {
        var options = CallOptions.defaults
        options.timeout = timeout
        options.maxResponseMessageBytes = Self.messageLimit
        let token = try await tokens?.token(refused: refused, from: connections[index], options)
        var metadata = Metadata()
        if let token { metadata.addString(token, forKey: "token") }
        return (Call(connection: connections[index], metadata: metadata, options: options), token)
    }

    /// Goes on to the next endpoint, unless somebody else did already.
    private func rotate(from index: Int) {
        current.withLock { if $0 == index { $0 = (index + 1) % connections.count } }
    }
}

/// Why a call to etcd failed.
private struct EtcdFailure {
    var message: String
    /// Whether it is worth another try.
    var mayPass: Bool
    private var isFull = false
    private var isTooLarge = false

    init(_ error: any Error) {
        guard let error = error as? RPCError else {
            message = "\(error)"
            mayPass = !(error is CancellationError)
            return
        }
        message = error.message
        switch error.code {
        case .unavailable, .deadlineExceeded, .cancelled, .unknown, .internalError, .aborted: mayPass = true
        case .resourceExhausted:
            isFull = error.message.contains("space exceeded")
            mayPass = !isFull
        case .invalidArgument where error.message.contains("request is too large"):
            isTooLarge = true
            mayPass = false
        default: mayPass = error.isAboutToken
        }
    }

    var storeError: StoreError {
        if isFull { return .full("etcd: \(message)") }
        return isTooLarge ? .tooLarge("etcd: \(message)") : .unavailable("etcd: \(message)")
    }
}

extension RPCError {
    /// Whether etcd wants its user to sign in anew.
    fileprivate var isAboutToken: Bool {
        code == .unauthenticated || message.contains("invalid auth token") || message.contains("revision of auth store is old")
    }
}
