import HTTPTypes
import HummingbirdCore
import Kubernetes
import Logging
import NIOCore
import NIOHTTPTypes

/// Answers every request: finds out who asks, whether they may, and what about.
struct RequestHandler: Sendable {
    let authenticator: Authenticator
    let authorizer: Authorizer
    let resources: ResourceHandler
    let documents: ServerDocuments
    let backups: StoreBackups
    let identities: ConnectionIdentities
    let watches: WatchSessions
    let connections: SwitchedConnections
    let metrics: RequestMetrics
    let flowControl: FlowControl
    let audit: AuditLog?
    let extensions: [any RequestExtension]
    let logger: Logger

    /// Bytes of a path with its query.
    private static let maximumTargetLength = 16 * 1024

    func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let start = ContinuousClock.now
        let info = RequestInfo(method: request.head.method.rawValue, target: request.head.path ?? "/")
        var trace = audit.map { _ in RequestTrace(request, info, channel) }
        let reply = await reply(to: request, info, certificateUser: identities.user(of: channel), &trace)
        var head = HTTPResponse(status: reply.status, headerFields: reply.headers)
        trace?.mark(&head)
        switch reply.body {
        case .watch(let watch):
            metrics.note(info, code: reply.status.code, took: .now - start)
            note(trace, .responseStarted, reply)
            defer { note(trace, .responseComplete, reply) }
            try await watches.serve(watch, head: head, over: channel)
        case .stream(let stream):
            metrics.note(info, code: reply.status.code, took: .now - start)
            note(trace, .responseStarted, reply)
            defer { note(trace, .responseComplete, reply) }
            try await Self.relay(stream, head: head, over: channel)
        case .connection(let body):
            metrics.note(info, code: reply.status.code, took: .now - start)
            note(trace, .responseStarted, reply)
            defer { note(trace, .responseComplete, reply) }
            try await connections.serve(body, head: head, of: request, over: channel)
        case .bytes(let buffer):
            metrics.note(info, code: reply.status.code, took: .now - start)
            note(trace, .responseComplete, reply)
            var sized = head
            sized.headerFields[.contentLength] = String(buffer.readableBytes)
            let isHead = request.head.method == .head
            try await writer.write(response: sized, body: isHead ? ResponseBody() : ResponseBody(byteBuffer: buffer))
        }
    }

    /// Sends what comes, as it comes and no faster than the client takes it, until either end has enough.
    private static func relay(_ stream: ExtensionReply.Stream, head: HTTPResponse, over channel: any Channel) async throws {
        try await channel.writeAndFlush(HTTPResponsePart.head(head)).get()
        let relay = Task {
            for try await buffer in stream { try await channel.writeAndFlush(HTTPResponsePart.body(buffer)).get() }
        }
        channel.closeFuture.whenComplete { _ in relay.cancel() }
        do {
            try await withTaskCancellationHandler {
                try await relay.value
            } onCancel: {
                relay.cancel()
            }
            try await channel.writeAndFlush(HTTPResponsePart.end(nil)).get()
        } catch {
            // What was sent is not the whole: the client learns it by the broken connection.
            try? await channel.close().get()
        }
    }

    private func note(_ trace: RequestTrace?, _ stage: AuditEvent.Stage, _ reply: Reply) {
        guard let trace else { return }
        audit?.record(trace.event(stage, code: reply.status.code))
    }

    private func reply(
        to request: Request, _ info: RequestInfo, certificateUser: UserInfo?, _ trace: inout RequestTrace?
    ) async -> Reply {
        do throws(APIError) {
            guard (request.head.path ?? "").utf8.count <= Self.maximumTargetLength else {
                throw APIError(code: 414, reason: .badRequest, message: "the request's URL is too long")
            }
            var user = try await authenticator.authenticate(
                authorization: request.headers[.authorization], certificateUser: certificateUser)
            trace?.user = user
            if let impersonation = try Impersonation(request.headers) {
                user = try impersonation.user(for: user, authorizer)
                trace?.impersonated = user
            }
            return try await reply(to: request, info, user)
        } catch {
            trace?.failure = error
            if [.internalError, .serviceUnavailable].contains(error.reason) {
                logger.error("\(info.verb) \(info.path): \(error)")
            }
            return Reply(error)
        }
    }

    private func reply(to request: Request, _ info: RequestInfo, _ user: UserInfo) async throws(APIError) -> Reply {
        try authorize(user, info)
        if let path = info.resource,
            let handler = extensions.first(where: { $0.answers(path.resource.groupResource, subresource: path.subresource) })
        {
            let reply = try await handler.reply(to: ExtensionRequest(request, info, path, user))
            switch reply.body {
            case .bytes(let bytes): return Reply(status: reply.status, headers: reply.headers, .bytes(ByteBuffer(bytes: bytes)))
            case .stream(let stream): return Reply(status: reply.status, headers: reply.headers, .stream(stream))
            case .connection(let body): return Reply(status: reply.status, headers: reply.headers, .connection(body))
            case .elsewhere(let target):
                return try await self.reply(to: request, RequestInfo(method: info.method, target: target), user)
            }
        }
        // What the server says about itself costs little, and is asked most when it is busy.
        guard let path = info.resource else {
            let apiRequest = Self.apiRequest(request, info, user, body: try await Self.body(of: request))
            if info.path == StoreBackups.path { return try await backups.reply(to: apiRequest) }
            return try documents.reply(to: apiRequest)
        }
        return try await flowControl.withPlace(for: user, verb: info.verb) { () throws(APIError) -> Reply in
            let body = try await Self.body(of: request)
            return try await resources.reply(to: Self.apiRequest(request, info, user, body: body), path)
        }
    }

    private static func apiRequest(_ request: Request, _ info: RequestInfo, _ user: UserInfo, body: [UInt8]) -> APIRequest {
        APIRequest(
            info: info, user: user, accept: request.headers[.accept], contentType: request.headers[.contentType], body: body,
            knownVersion: request.headers[.ifNoneMatch], userAgent: request.headers[.userAgent])
    }

    private func authorize(_ user: UserInfo, _ info: RequestInfo) throws(APIError) {
        if info.resource == nil, ServerDocuments.isOpenToAll(info.path), info.verb == "get" || info.verb == "head" { return }
        try authorizer.authorize(AuthorizationAttributes(user: user, request: info))
    }

    private static func body(of request: Request) async throws(APIError) -> [UInt8] {
        if request.head.method == .get || request.head.method == .head || request.headers.offeredProtocol != nil { return [] }
        let tooLarge = APIError(
            code: 413, reason: .requestEntityTooLarge,
            message: "Request entity too large: limit is \(BodyDecoding.maximumSize)")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }), length > BodyDecoding.maximumSize { throw tooLarge }
        do {
            return Array(buffer: try await request.body.collect(upTo: BodyDecoding.maximumSize))
        } catch is NIOTooManyBytesError {
            throw tooLarge
        } catch {
            throw .badRequest("the request's body cannot be read: \(error)")
        }
    }
}

/// What the audit log is told about a request, gathered while it is answered.
private struct RequestTrace {
    let id: String
    let info: RequestInfo
    let target: String
    let sourceAddress: String?
    let userAgent: String?
    let received = Timestamp.now()
    var user: UserInfo?
    var impersonated: UserInfo?
    var failure: APIError?

    private static let idHeader = HTTPField.Name("Audit-Id")
    /// Characters that the id of a client may have.
    private static let maximumIDLength = 64

    init(_ request: Request, _ info: RequestInfo, _ channel: any Channel) {
        let given = Self.idHeader.flatMap { request.headers[$0] } ?? ""
        id = given.isEmpty ? RandomUUID.make() : String(given.prefix(Self.maximumIDLength))
        self.info = info
        target = request.head.path ?? "/"
        sourceAddress = (channel.remoteAddress ?? channel.parent?.remoteAddress)?.ipAddress
        userAgent = request.headers[.userAgent]
    }

    /// Tells the client by which id the log knows its request.
    func mark(_ head: inout HTTPResponse) {
        if let name = Self.idHeader { head.headerFields[name] = id }
    }

    func event(_ stage: AuditEvent.Stage, code: Int) -> AuditEvent {
        AuditEvent(
            id: id, stage: stage, info: info, target: target, user: user, impersonated: impersonated,
            sourceAddress: sourceAddress, userAgent: userAgent, code: code, failure: failure, received: received)
    }
}
