import AsyncHTTPClient
import Kubernetes
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

/// A call as the server sees it.
public struct HTTPCall: Sendable {
    public var method: String
    /// With its query, percent-encoded: `/api/v1/nodes?limit=1`.
    public var path: String
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]?

    public init(_ method: String, _ path: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil) {
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body
    }
}

/// An answer, whatever its status.
public struct HTTPAnswer: Sendable {
    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: [UInt8]

    public init(status: Int, headers: [(name: String, value: String)], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value
    }
}

extension HTTPAnswer {
    fileprivate init(_ status: HTTPResponseStatus, _ headers: HTTPHeaders, _ body: ByteBuffer?) {
        self.init(
            status: Int(status.code), headers: headers.map { ($0.name, $0.value) },
            body: body.map { Array($0.readableBytesView) } ?? [])
    }
}

/// Makes HTTP calls to one server: connections, TLS, credentials, time limits and retries. Knows nothing of Kubernetes' kinds.
final class HTTPTransport: Sendable {
    private let configuration: ClientConfiguration
    private let baseURL: String
    /// Where the server's certificate has another name, connections are asked for by that name: this is the `Host` to send then.
    private let hostHeader: String?
    private let tokens: TokenSource
    private let limit: RateLimit?
    private let breaker: CircuitBreaker?
    private let client: HTTPClient
    /// Watches have connections of their own, so that they can never take the last one (or the last HTTP/2 stream) from calls.
    private let watchConnections: WatchConnections
    private let connector: UpgradeConnector
    private let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(2))
    private let logger: Logger

    /// Servers end watches after the time that the request asks for, at most 10 minutes; silence beyond that is a fault.
    static let watchTimeouts = 300..<600
    private static let watchIdleLimit = TimeAmount.seconds(630)
    private static let longestRetryAfter = Duration.seconds(10)

    init(_ configuration: ClientConfiguration, logger: Logger) throws(ClientConfigurationError) {
        self.configuration = configuration
        self.logger = logger
        let address = try ServerAddress(configuration.server, defaultPorts: ["https": 443, "http": 80], field: "server")
        let serverName = configuration.tlsServerName
        baseURL = address.origin(host: serverName ?? address.host) + PercentEncoding.path(address.basePath)
        hostHeader = serverName.map { _ in address.authority }
        tokens = try TokenSource(token: configuration.token, file: configuration.tokenFile)
        limit = configuration.queriesPerSecond.map { RateLimit(rate: $0, burst: configuration.burst) }
        breaker = configuration.breaksCircuit ? CircuitBreaker() : nil

        let tls = try Self.tls(configuration)
        let proxy = try configuration.proxyURL.map { (text) throws(ClientConfigurationError) in try Self.proxy(text) }
        connector = UpgradeConnector(address, tls, serverName: serverName ?? address.host, proxy, configuration)
        var settings = HTTPClient.Configuration(
            tlsConfiguration: tls, redirectConfiguration: .disallow,
            timeout: .init(connect: .init(configuration.connectTimeout)),
            connectionPool: .init(idleTimeout: .seconds(90), concurrentHTTP1ConnectionsPerHostSoftLimit: 32),
            proxy: proxy.map { proxy in
                proxy.scheme == "http"
                    ? .server(host: proxy.host, port: proxy.port) : .socksServer(host: proxy.host, port: proxy.port)
            },
            http1_1ConnectionDebugInitializer: KeepAlive.enable, http2ConnectionDebugInitializer: KeepAlive.enable)
        // Retries are ours: the caller's deadline is for an answer, not for knocking at a closed door.
        settings.connectionPool.retryConnectionEstablishment = false
        if let serverName { settings.dnsOverride = [serverName: address.host] }
        client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        settings.timeout.read = Self.watchIdleLimit
        settings.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 1024
        watchConnections = WatchConnections { [settings] in
            HTTPClient(eventLoopGroupProvider: .singleton, configuration: settings)
        }
    }

    deinit {
        // Nobody waits for it; after `shutdown()` it does nothing.
        for client in clients { client.shutdown { _ in } }
    }

    /// Closes the connections. Returns after a second at the latest: TLS says good-bye, and a busy server may not answer that.
    func shutdown() async {
        let (closed, close) = AsyncStream<Void>.makeStream()
        let clients = clients
        for client in clients { client.shutdown { _ in close.yield() } }
        try? await withDeadline(.seconds(1)) { for await _ in closed.prefix(clients.count) {} }
    }

    private var clients: [HTTPClient] { [client] + watchConnections.clients }

    // MARK: Calls

    /// Makes a call, again where that is harmless, and takes the whole answer.
    func perform(_ call: HTTPCall) async throws(APIError) -> HTTPAnswer {
        do {
            return try await attempt(call, until: .now + configuration.requestTimeout)
        } catch {
            throw failure(error, call)
        }
    }

    private func attempt(_ call: HTTPCall, until deadline: ContinuousClock.Instant) async throws -> HTTPAnswer {
        var attempts = 0
        while true {
            attempts += 1
            let isLast = attempts >= configuration.maximumAttempts
            let delay: Duration
            do {
                let answer = try await inTurn(until: deadline) { try await exchange(call, until: deadline) }
                guard !isLast, let wait = retryDelay(after: answer, to: call, attempts: attempts) else { return answer }
                delay = wait
            } catch where !isLast && Self.mayRepeat(call, after: error) {
                logger.debug("\(call.method) \(configuration.server)\(call.path): \(TransportFailure.text(of: error)); again")
                delay = backoff.delay(afterFailures: attempts)
            }
            try await wait(delay, until: deadline)
        }
    }

    /// Makes a call once. Its answer comes whole, by a future: to stream each small one through a task, with another task to watch
    /// the time, costs as much as the call.
    private func exchange(_ call: HTTPCall, until deadline: ContinuousClock.Instant) async throws -> HTTPAnswer {
        let request = try HTTPClient.Request(
            url: baseURL + call.path, method: HTTPMethod(rawValue: call.method), headers: try await headers(of: call),
            body: call.body.map { .byteBuffer(ByteBuffer(bytes: $0)) })
        let limit = configuration.maximumResponseBytes
        let exchange = client.execute(
            request: request, delegate: ResponseAccumulator(request: request, maxBodySize: min(limit, Int(UInt32.max))),
            deadline: .now() + TimeAmount(ContinuousClock.now.duration(to: deadline)))
        do {
            let response = try await withTaskCancellationHandler {
                try await exchange.futureResult.get()
            } onCancel: {
                exchange.cancel()
            }
            return HTTPAnswer(response.status, response.headers, response.body)
        } catch is ResponseAccumulator.ResponseTooBigError {
            throw TransportFailure.tooLarge(limit: limit)
        } catch let error as HTTPClientError where error == .deadlineExceeded {
            throw DeadlineExceeded()
        } catch let error as HTTPClientError where error == .cancelled {
            throw CancellationError()
        }
    }

    /// - Throws: `DeadlineExceeded` at the deadline, where that comes first.
    private func wait(_ time: Duration, until deadline: ContinuousClock.Instant) async throws {
        let end = ContinuousClock.now + time
        try await Task.sleep(until: min(end, deadline), clock: .continuous)
        if end > deadline { throw DeadlineExceeded() }
    }

    /// Makes a call in its turn, unless the server has not answered for a while.
    private func inTurn<Answer: Sendable>(
        until deadline: ContinuousClock.Instant, _ call: () async throws -> Answer
    ) async throws -> Answer {
        if let breaker, !breaker.allowsCall() {
            throw APIError(
                code: 503, reason: .serviceUnavailable, message: "\(configuration.server) did not answer the last calls")
        }
        if let turn = limit?.reserve(), turn > .zero { try await wait(turn, until: deadline) }
        do {
            let answer = try await call()
            breaker?.note(answered: true)
            return answer
        } catch {
            // Who gives up says nothing about the server.
            if !Task.isCancelled, !(error is DeadlineExceeded) { breaker?.note(answered: false) }
            throw error
        }
    }

    /// How long to wait before the same call may be made again; nil where the answer stands.
    ///
    /// A server that says when to come back has not acted on the call, whatever its method.
    private func retryDelay(after answer: HTTPAnswer, to call: HTTPCall, attempts: Int) -> Duration? {
        guard answer.status == 429 || answer.status == 503 else { return nil }
        if let seconds = answer.header("retry-after").flatMap({ Int($0) }), seconds >= 0 {
            let wait = Duration.seconds(seconds)
            // With jitter, as everybody who was turned away was told the same.
            return wait > Self.longestRetryAfter ? nil : wait + backoff.delay(afterFailures: attempts)
        }
        return Self.isSafe(call) ? backoff.delay(afterFailures: attempts) : nil
    }

    private static func isSafe(_ call: HTTPCall) -> Bool { ["GET", "HEAD", "OPTIONS"].contains(call.method) }

    private static func mayRepeat(_ call: HTTPCall, after error: any Error) -> Bool {
        isSafe(call) && TransportFailure.isTransient(error)
    }

    /// Starts a watch, whose answer is read as it comes. It ends when the body is let go; the place is to be held until then.
    func stream(_ call: HTTPCall) async throws(APIError) -> (body: HTTPClientResponse.Body, place: WatchConnections.Place) {
        let place = watchConnections.place()
        do {
            let response = try await begin(try await request(call), on: place)
            guard response.status == .ok else {
                let answer = try await withDeadline(configuration.requestTimeout) { try await self.collect(response) }
                throw APIError(answer: answer, method: call.method)
            }
            return (response.body, place)
        } catch {
            throw failure(error, call)
        }
    }

    /// Passes a call on, and the answer as it comes, whatever its status.
    func relay(_ call: HTTPCall, body: RelayedRequestBody?) async throws(APIError) -> RelayedAnswer {
        let place = watchConnections.place()
        do {
            var request = try await request(call)
            if let body { request.body = body.body }
            let response = try await begin(request, on: place)
            return RelayedAnswer(
                status: Int(response.status.code), headers: response.headers.map { ($0.name, $0.value) },
                body: RelayedBody(body: response.body, place: place))
        } catch {
            throw failure(error, call)
        }
    }

    /// Makes a request, and returns when its answer begins.
    private func begin(_ request: HTTPClientRequest, on place: WatchConnections.Place) async throws -> HTTPClientResponse {
        try await inTurn(until: .now + configuration.requestTimeout) {
            try await place.client.execute(request, timeout: .init(configuration.requestTimeout))
        }
    }

    /// Asks for a connection that speaks another protocol from then on.
    func upgrade(_ call: HTTPCall, to name: String) async throws(APIError) -> UpgradeAnswer {
        do {
            let headers = try await headers(of: call)
            return try await inTurn(until: .now + configuration.requestTimeout) {
                try await withDeadline(configuration.requestTimeout) { [connector] in
                    try await connector.connect(connector.head(call, headers), to: name)
                }
            }
        } catch {
            throw failure(error, call)
        }
    }

    private func request(_ call: HTTPCall) async throws -> HTTPClientRequest {
        var request = HTTPClientRequest(url: baseURL + call.path)
        request.method = HTTPMethod(rawValue: call.method)
        request.headers = try await headers(of: call)
        if let body = call.body { request.body = .bytes(ByteBuffer(bytes: body)) }
        return request
    }

    private func headers(of call: HTTPCall) async throws -> HTTPHeaders {
        var headers = HTTPHeaders(call.headers)
        headers.replaceOrAdd(name: "User-Agent", value: configuration.userAgent)
        if let hostHeader { headers.replaceOrAdd(name: "Host", value: hostHeader) }
        if let token = try await tokens.token() { headers.replaceOrAdd(name: "Authorization", value: "Bearer \(token)") }
        return headers
    }

    private func collect(_ response: HTTPClientResponse) async throws -> HTTPAnswer {
        let limit = configuration.maximumResponseBytes
        do {
            return HTTPAnswer(response.status, response.headers, try await response.body.collect(upTo: limit))
        } catch is NIOTooManyBytesError {
            throw TransportFailure.tooLarge(limit: limit)
        }
    }

    /// What a call failed with, as callers know errors.
    func failure(_ error: any Error, _ call: HTTPCall) -> APIError {
        let path = call.path.prefix { $0 != "?" }
        return TransportFailure.apiError(
            error, "\(call.method) \(configuration.server)\(path)", timeout: configuration.requestTimeout)
    }

    // MARK: Set-up

    private static func tls(_ configuration: ClientConfiguration) throws(ClientConfigurationError) -> TLSConfiguration {
        var tls = TLSConfiguration.makeClientConfiguration()
        if let authority = configuration.certificateAuthority {
            tls.trustRoots = .certificates(try certificates(authority, "certificate-authority"))
        }
        if configuration.insecureSkipTLSVerify { tls.certificateVerification = .none }
        if let chain = configuration.clientCertificate, let key = configuration.clientKey {
            tls.certificateChain = try certificates(chain, "client-certificate").map { .certificate($0) }
            do {
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(bytes: key, format: .pem))
            } catch {
                throw ClientConfigurationError("client-key: not a PEM private key")
            }
        } else if configuration.clientCertificate != nil || configuration.clientKey != nil {
            throw ClientConfigurationError("a client certificate and its key go together; one is missing")
        }
        return tls
    }

    private static func certificates(_ pem: [UInt8], _ field: String) throws(ClientConfigurationError) -> [NIOSSLCertificate] {
        guard let certificates = try? NIOSSLCertificate.fromPEMBytes(pem), !certificates.isEmpty else {
            throw ClientConfigurationError("\(field): not a PEM certificate")
        }
        return certificates
    }

    private static func proxy(_ text: String) throws(ClientConfigurationError) -> ServerAddress {
        try ServerAddress(text, defaultPorts: ["http": 80, "socks5": 1080], field: "proxy-url")
    }
}
