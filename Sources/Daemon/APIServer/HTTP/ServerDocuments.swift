import Crypto
import HTTPTypes
import Kubernetes
import Store
import Synchronization

/// What the server says about itself: version, health, metrics, discovery and OpenAPI.
final class ServerDocuments: Sendable {
    private let discovery: Discovery
    private let openAPI: OpenAPIDocuments
    private let store: any ObjectStore
    private let metrics: RequestMetrics
    private let watches: WatchSessions
    /// Documents that change only with the catalog, made when they are first asked for.
    private let made = Mutex<[String: Document]>([:])

    private struct Document {
        var bytes: [UInt8]
        /// Names this content (RFC 9110 §8.8.3), quoted.
        var tag: String
    }

    init(catalog: ResourceCatalog, store: any ObjectStore, metrics: RequestMetrics, watches: WatchSessions) {
        discovery = Discovery(catalog)
        openAPI = OpenAPIDocuments(catalog, serverVersion: Self.gitVersion)
        self.store = store
        self.metrics = metrics
        self.watches = watches
    }

    /// The version of the Kubernetes API that is served.
    static let version = (major: "1", minor: "32", patch: "0")
    static var gitVersion: String { "v\(version.major).\(version.minor).\(version.patch)" }

    /// Probes, and clients that have not signed in yet, may see these.
    static func isOpenToAll(_ path: String) -> Bool { path == "/version" || isHealth(path) }

    private static func isHealth(_ path: String) -> Bool {
        ["/healthz", "/livez", "/readyz"].contains { path == $0 || path.hasPrefix($0 + "/") }
    }

    func reply(to request: APIRequest) throws(APIError) -> Reply {
        guard ["get", "head"].contains(request.info.verb) else { throw .methodNotAllowed }
        let path = request.info.path
        switch path {
        case "/version": return Reply(.ok, Self.versionDocument)
        case "/metrics":
            var reply = Reply(text: metrics.text(watches: watches.count, revision: store.revision))
            reply.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return reply
        case _ where Self.isHealth(path): return Reply(text: "ok")
        case _ where path.hasPrefix("/openapi/"): return try openAPIReply(to: request) ?? .pageNotFound
        default: return try discoveryReply(to: request) ?? .pageNotFound
        }
    }

    private static var versionDocument: JSON {
        [
            "major": .string(version.major), "minor": .string(version.minor), "gitVersion": .string(gitVersion),
            "gitCommit": "", "gitTreeState": "clean", "buildDate": "", "goVersion": "", "compiler": "swift",
            "platform": .string(platform),
        ]
    }

    private static var platform: String {
        #if arch(arm64)
            "linux/arm64"
        #else
            "linux/amd64"
        #endif
    }

    // MARK: Discovery

    private static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    /// Nil for a path that discovery has nothing at.
    private func discoveryReply(to request: APIRequest) throws(APIError) -> Reply? {
        let steps = request.info.path.split(separator: "/").map(String.init)
        guard let root = steps.first, root == "api" || root == "apis" else { return nil }
        let isCore = root == "api"
        switch steps.count {
        case 1 where Self.wantsAggregated(request.accept):
            return document(request, "aggregated \(root)", type: Self.aggregatedType) {
                discovery.aggregated(core: isCore).encoded()
            }
        case 1:
            return try plain(request) { isCore ? discovery.coreVersions(address: "") : discovery.groupList }
        case 2 where !isCore:
            return try plain(request) { discovery.group(steps[1]) }
        case 2:
            return try plain(request) { discovery.resourceList(GroupVersion(group: "", version: steps[1])) }
        case 3 where !isCore:
            return try plain(request) { discovery.resourceList(GroupVersion(group: steps[1], version: steps[2])) }
        default: return nil
        }
    }

    private static func wantsAggregated(_ accept: String?) -> Bool {
        let wanted = ["as": "APIGroupDiscoveryList", "v": "v2", "g": "apidiscovery.k8s.io"]
        return (accept ?? "").split(separator: ",").contains { MediaRange($0).parameters == wanted }
    }

    private func plain(_ request: APIRequest, _ make: () -> JSON?) throws(APIError) -> Reply? {
        let representation = try Representation(accept: request.accept)
        if representation.encoding == .yaml { return make().map { Reply(.ok, $0, representation) } }
        return document(request, request.info.path, type: "application/json") { make()?.encoded() }
    }

    // MARK: OpenAPI

    /// Documents are JSON; clients that ask for protocol buffers as well take it.
    private func openAPIReply(to request: APIRequest) throws(APIError) -> Reply? {
        _ = try Representation(accept: request.accept)
        let path = request.info.path
        return document(request, path, type: "application/json") {
            switch path {
            case "/openapi/v2": openAPI.v2
            case "/openapi/v3": openAPI.v3Index
            case _ where path.hasPrefix("/openapi/v3/"): openAPI.v3(path: String(path.dropFirst("/openapi/v3/".count)))
            default: nil
            }
        }
    }

    // MARK: Kept documents

    /// The document kept under `name`; says only that nothing changed to a client that has it.
    private func document(_ request: APIRequest, _ name: String, type: String, _ make: () -> [UInt8]?) -> Reply? {
        guard let document = made.withLock({ $0[name] }) ?? keep(make(), under: name) else { return nil }
        var reply =
            request.knownVersion == document.tag
            ? Reply(.notModified, contentType: type, []) : Reply(.ok, contentType: type, document.bytes)
        reply.headers[.eTag] = document.tag
        return reply
    }

    private func keep(_ bytes: [UInt8]?, under name: String) -> Document? {
        guard let bytes else { return nil }
        let digest = SHA256.hash(data: bytes).prefix(16).map { String(UInt16($0) + 256, radix: 16).dropFirst() }.joined()
        let document = Document(bytes: bytes, tag: "\"\(digest.uppercased())\"")
        made.withLock { $0[name] = document }
        return document
    }
}
