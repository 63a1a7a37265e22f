import Crypto
import HTTPTypes
import Kubernetes
import Store
import Synchronization
import Telemetry

/// What the server says about itself: version, health, metrics, discovery and OpenAPI.
final class ServerDocuments: Sendable {
    private let catalog: LiveCatalog
    private let metrics: MetricsRegistry
    private let health: HealthChecks
    private let accountTokens: ServiceAccountTokens
    /// By which clients reach the server: `https://127.0.0.1:6443`.
    private let address = Mutex("")
    private let latest: Mutex<CatalogDocuments>

    init(
        catalog: LiveCatalog, store: any ObjectStore, accountTokens: ServiceAccountTokens, metrics: MetricsRegistry,
        watches: WatchSessions
    ) {
        self.accountTokens = accountTokens
        health = HealthChecks(store: store) { watches.isEnding }
        self.catalog = catalog
        latest = Mutex(CatalogDocuments(catalog.current))
        self.metrics = metrics
    }

    /// The version of the Kubernetes API that is served.
    static let version = (major: "1", minor: "32", patch: "0")
    static var gitVersion: String { "v\(version.major).\(version.minor).\(version.patch)" }

    /// Probes, and clients that have not signed in yet, may see these.
    static func isOpenToAll(_ path: String) -> Bool { path == "/version" || HealthChecks.isHealth(path) }

    /// Called once the server listens.
    func setAddress(_ url: String) { address.withLock { $0 = url } }

    func reply(to request: APIRequest) throws(APIError) -> Reply {
        guard ["get", "head"].contains(request.info.verb) else { throw .methodNotAllowed }
        let path = request.info.path
        switch path {
        case "/version": return Reply(.ok, Self.versionDocument)
        case "/.well-known/openid-configuration":
            return Reply(.ok, ServiceAccountTokens.discovery(server: address.withLock { $0 }))
        case "/openid/v1/jwks":
            return Reply(.ok, contentType: "application/jwk-set+json", accountTokens.keySet.encoded())
        case "/metrics":
            var reply = Reply(text: metrics.text)
            reply.headers[.contentType] = "text/plain; version=0.0.4; charset=utf-8"
            return reply
        case _ where HealthChecks.isHealth(path): return health.reply(to: path, request.info.query) ?? .pageNotFound
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

    /// The documents of the catalog as it is now.
    private var documents: CatalogDocuments {
        let snapshot = catalog.current
        return latest.withLock { latest in
            if latest.snapshot !== snapshot { latest = CatalogDocuments(snapshot) }
            return latest
        }
    }

    // MARK: Discovery

    private static let aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

    /// Nil for a path that discovery has nothing at.
    private func discoveryReply(to request: APIRequest) throws(APIError) -> Reply? {
        let steps = request.info.path.split(separator: "/").map(String.init)
        guard let root = steps.first, root == "api" || root == "apis" else { return nil }
        let isCore = root == "api"
        let documents = documents
        let discovery = documents.discovery
        switch steps.count {
        case 1 where Self.wantsAggregated(request.accept):
            return documents.reply(to: request, "aggregated \(root)", type: Self.aggregatedType) {
                discovery.aggregated(core: isCore).encoded()
            }
        case 1:
            return try plain(request, documents) { isCore ? discovery.coreVersions(address: "") : discovery.groupList }
        case 2 where !isCore:
            return try plain(request, documents) { discovery.group(steps[1]) }
        case 2:
            return try plain(request, documents) { discovery.resourceList(GroupVersion(group: "", version: steps[1])) }
        case 3 where !isCore:
            return try plain(request, documents) { discovery.resourceList(GroupVersion(group: steps[1], version: steps[2])) }
        default: return nil
        }
    }

    private static func wantsAggregated(_ accept: String?) -> Bool {
        let wanted = ["as": "APIGroupDiscoveryList", "v": "v2", "g": "apidiscovery.k8s.io"]
        return (accept ?? "").split(separator: ",").contains { MediaRange($0).parameters == wanted }
    }

    private func plain(
        _ request: APIRequest, _ documents: CatalogDocuments, _ make: () -> JSON?
    ) throws(APIError) -> Reply? {
        let representation = try Representation(accept: request.accept)
        if representation.encoding == .yaml { return make().map { Reply(.ok, $0, representation) } }
        return documents.reply(to: request, request.info.path, type: "application/json") { make()?.encoded() }
    }

    // MARK: OpenAPI

    /// Documents are JSON; clients that ask for protocol buffers as well take it.
    private func openAPIReply(to request: APIRequest) throws(APIError) -> Reply? {
        _ = try Representation(accept: request.accept)
        let path = request.info.path
        let documents = documents
        let openAPI = documents.openAPI
        return documents.reply(to: request, path, type: "application/json") {
            switch path {
            case "/openapi/v2": openAPI.v2
            case "/openapi/v3": openAPI.v3Index
            case _ where path.hasPrefix("/openapi/v3/"): openAPI.v3(path: String(path.dropFirst("/openapi/v3/".count)))
            default: nil
            }
        }
    }
}

/// The documents of one snapshot of the catalog, made when they are first asked for and kept from then on.
private final class CatalogDocuments: Sendable {
    let snapshot: LiveCatalog.Snapshot
    let discovery: Discovery
    let openAPI: OpenAPIDocuments
    private let made = Mutex<[String: Document]>([:])

    private struct Document {
        var bytes: [UInt8]
        /// Names this content (RFC 9110 §8.8.3), quoted.
        var tag: String
    }

    init(_ snapshot: LiveCatalog.Snapshot) {
        self.snapshot = snapshot
        discovery = Discovery(snapshot.catalog)
        openAPI = OpenAPIDocuments(snapshot.catalog, serverVersion: ServerDocuments.gitVersion)
    }

    /// The document kept under `name`; says only that nothing changed to a client that has it.
    func reply(to request: APIRequest, _ name: String, type: String, _ make: () -> [UInt8]?) -> Reply? {
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
