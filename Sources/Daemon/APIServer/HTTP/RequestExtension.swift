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
    public var namespace: String?
    public var name: String
    public var subresource: String?
    public var query: QueryParameters
    public var user: UserInfo
    public var headers: [(name: String, value: String)]
    /// Read as it comes, once.
    public var body: RequestBody
}

public struct ExtensionReply: Sendable {
    public typealias Stream = any AsyncSequence<ByteBuffer, any Error> & Sendable

    public enum Body: Sendable {
        case bytes([UInt8])
        /// Passed on as it comes. Let go when the client is gone.
        case stream(Stream)
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
            method: info.method, target: request.head.path ?? "/", namespace: path.namespace, name: path.name ?? "",
            subresource: path.subresource, query: info.query, user: user,
            headers: request.headers.map { ($0.name.rawName, $0.value) }, body: request.body)
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
