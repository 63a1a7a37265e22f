import HTTPTypes
import Kubernetes
import NIOCore

/// A request of the API, read as a whole.
struct APIRequest: Sendable {
    var info: RequestInfo
    var user: UserInfo
    var accept: String?
    var contentType: String?
    var body: [UInt8]
    /// `If-None-Match`: which version of a document the client has.
    var knownVersion: String?
    var userAgent: String?
}

/// What is answered.
struct Reply: Sendable {
    enum Body: Sendable {
        case bytes(ByteBuffer)
        case watch(WatchReply)
        case stream(ExtensionReply.Stream)
        case connection(@Sendable (SwitchedConnection) async throws -> Void)
    }

    var status: HTTPResponse.Status
    var headers: HTTPFields
    var body: Body

    init(_ status: HTTPResponse.Status, contentType: String, _ buffer: ByteBuffer) {
        self.status = status
        headers = [.contentType: contentType, .cacheControl: "no-cache, private"]
        body = .bytes(buffer)
    }

    init(_ status: HTTPResponse.Status, contentType: String, _ bytes: some Sequence<UInt8>) {
        self.init(status, contentType: contentType, ByteBuffer(bytes: bytes))
    }

    init(watch: WatchReply) {
        status = .ok
        headers = [.contentType: "application/json", .cacheControl: "no-cache, private"]
        body = .watch(watch)
    }

    /// A tree in the encoding that the client wants.
    init(_ status: HTTPResponse.Status, _ json: JSON, _ representation: Representation = .json) {
        switch representation.encoding {
        case .json: self.init(status, contentType: representation.contentType, json.encoded())
        case .yaml: self.init(status, contentType: representation.contentType, YAML.encode(json).utf8)
        }
    }

    init(text: String, _ status: HTTPResponse.Status = .ok) {
        self.init(status, contentType: "text/plain; charset=utf-8", text.utf8)
        headers[.xContentTypeOptions] = "nosniff"
    }

    /// The `Status` object of an error.
    init(_ error: APIError) {
        self.init(HTTPResponse.Status(code: error.code), error.status)
        if let seconds = error.details?.retryAfterSeconds, seconds > 0 { headers[.retryAfter] = String(seconds) }
        if error.reason == .unauthorized { headers[.wwwAuthenticate] = "Bearer realm=\"kubernetes\"" }
    }

    /// What Go's file server says of a path that nothing is served at.
    static let pageNotFound = Reply(text: "404 page not found\n", .notFound)

    /// Adds `Warning` headers (RFC 7234 §5.5), which kubectl prints.
    mutating func add(warnings: [String]) {
        guard let name = HTTPField.Name("Warning") else { return }
        for warning in warnings.prefix(Self.maximumWarnings) {
            let text = warning.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").filter { $0 != "\n" && $0 != "\r" }
            headers.append(HTTPField(name: name, value: "299 - \"\(text)\""))
        }
    }

    private static let maximumWarnings = 50
}
