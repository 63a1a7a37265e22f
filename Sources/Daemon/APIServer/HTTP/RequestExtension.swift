import HTTPTypes
import HummingbirdCore
import Kubernetes
import NIOCore

/// Answers requests for what is more than objects in the store: a way into another cluster, the log of a pod. The server has
/// found out by then who asks, and that they may.
public protocol RequestExtension: Sendable {
    /// - Parameter subresource: nil for the resource itself.
    func answers(_ resource: GroupResource, subresource: String?) -> Bool

    func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply
}

public struct ExtensionRequest: Sendable {
    public var method: String
    /// The path with its query, percent-encoded as it came.
    public var target: String
    /// The plural.
    public var resource: String
    public var namespace: String?
    public var name: String
    public var subresource: String?
    public var query: QueryParameters
    public var user: UserInfo
    public var headers: [(name: String, value: String)]
    /// The protocol that the client would rather speak, as the header `Upgrade` names it; nil for none.
    public var offeredProtocol: String?
    /// Read as it comes, once. Not to be read where the client offers another protocol: that begins where it ends.
    public var body: RequestBody

    public func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}

public struct ExtensionReply: Sendable {
    public typealias Stream = any AsyncSequence<ByteBuffer, any Error> & Sendable

    public enum Body: Sendable {
        case bytes([UInt8])
        /// Passed on as it comes. Let go when the client is gone.
        case stream(Stream)
        /// The connection speaks the protocol that the client offers from now on, and is closed when this returns. The status
        /// is 101 then.
        case connection(@Sendable (SwitchedConnection) async throws -> Void)
        /// The same request at another target of this server is to be answered.
        case elsewhere(String)
    }

    public var status: Int
    public var headers: [(name: String, value: String)]
    public var body: Body

    public init(status: Int = 200, headers: [(name: String, value: String)] = [], _ body: Body) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    public init(elsewhere target: String) { self.init(.elsewhere(target)) }

    public init(json: JSON) {
        self.init(headers: [("content-type", "application/json")], .bytes(json.encoded()))
    }
}

extension ExtensionRequest {
    init(_ request: Request, _ info: RequestInfo, _ path: RequestInfo.ResourcePath, _ user: UserInfo) {
        self.init(
            method: info.method, target: request.head.path ?? "/", resource: path.resource.resource,
            namespace: path.namespace, name: path.name ?? "", subresource: path.subresource, query: info.query, user: user,
            headers: request.headers.map { ($0.name.rawName, $0.value) }, offeredProtocol: request.headers.offeredProtocol,
            body: request.body)
    }
}

extension Reply {
    init(status code: Int, headers fields: [(name: String, value: String)], _ body: Body) {
        status = HTTPResponse.Status(code: code)
        headers = HTTPFields(
            fields.compactMap { header in
                HTTPField.Name(header.name).map { HTTPField(name: $0, value: header.value) }
            })
        self.body = body
    }
}
