import HTTPTypes
import HummingbirdCore
import Kubernetes
import Logging
import NIOCore

/// Answers every request: finds out who asks, whether they may, and what about.
struct RequestHandler: Sendable {
    let authenticator: Authenticator
    let authorizer: Authorizer
    let resources: ResourceHandler
    let documents: ServerDocuments
    let identities: ConnectionIdentities
    let watches: WatchSessions
    let metrics: RequestMetrics
    let logger: Logger

    /// Bytes of a path with its query.
    private static let maximumTargetLength = 16 * 1024

    func respond(to request: Request, _ writer: consuming ResponseWriter, _ channel: any Channel) async throws {
        let start = ContinuousClock.now
        let info = RequestInfo(method: request.head.method.rawValue, target: request.head.path ?? "/")
        let reply = await reply(to: request, info, certificateUser: identities.user(of: channel))
        let head = HTTPResponse(status: reply.status, headerFields: reply.headers)
        switch reply.body {
        case .watch(let watch):
            metrics.note(info, code: reply.status.code, took: .now - start)
            try await watches.serve(watch, head: head, over: channel)
        case .bytes(let buffer):
            metrics.note(info, code: reply.status.code, took: .now - start)
            var sized = head
            sized.headerFields[.contentLength] = String(buffer.readableBytes)
            let isHead = request.head.method == .head
            try await writer.write(response: sized, body: isHead ? ResponseBody() : ResponseBody(byteBuffer: buffer))
        }
    }

    private func reply(to request: Request, _ info: RequestInfo, certificateUser: UserInfo?) async -> Reply {
        do throws(APIError) {
            guard (request.head.path ?? "").utf8.count <= Self.maximumTargetLength else {
                throw APIError(code: 414, reason: .badRequest, message: "the request's URL is too long")
            }
            var user = try await authenticator.authenticate(
                authorization: request.headers[.authorization], certificateUser: certificateUser)
            if let impersonation = try Impersonation(request.headers) { user = try impersonation.user(for: user, authorizer) }
            try authorize(user, info)
            let body = try await Self.body(of: request)
            let apiRequest = APIRequest(
                info: info, user: user, accept: request.headers[.accept], contentType: request.headers[.contentType],
                body: body, knownVersion: request.headers[.ifNoneMatch], userAgent: request.headers[.userAgent])
            guard let path = info.resource else { return try documents.reply(to: apiRequest) }
            return try await resources.reply(to: apiRequest, path)
        } catch {
            if [.internalError, .serviceUnavailable].contains(error.reason) { logger.error("\(info.verb) \(info.path): \(error)") }
            return Reply(error)
        }
    }

    private func authorize(_ user: UserInfo, _ info: RequestInfo) throws(APIError) {
        if info.resource == nil, ServerDocuments.isOpenToAll(info.path), info.verb == "get" || info.verb == "head" { return }
        try authorizer.authorize(AuthorizationAttributes(user: user, request: info))
    }

    private static func body(of request: Request) async throws(APIError) -> [UInt8] {
        if request.head.method == .get || request.head.method == .head { return [] }
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
