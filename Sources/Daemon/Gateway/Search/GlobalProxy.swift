import APIServer
import Client
import Kubernetes
import NIOCore

/// `/apis/search.karmada.io/v1alpha1/proxying/karmada/proxy/…`: all clusters as if they were one. Resources that are kept at hand
/// are read from there; requests for one object of them go to its cluster; everything else goes to the control plane itself.
public struct GlobalProxy: RequestExtension {
    private let cache: SearchCache
    private let clusters: ClusterProxy

    private static let stepsAbove = 6

    public init(cache: SearchCache, clusters: ClusterProxy) {
        self.cache = cache
        self.clusters = clusters
    }

    public func answers(_ resource: GroupResource, subresource: String?) -> Bool {
        resource == GroupResource(group: SearchHandler.group, resource: "proxying") && subresource == "proxy"
    }

    public func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply {
        let target = request.target(below: Self.stepsAbove)
        let info = RequestInfo(method: request.method, target: target)
        guard let path = info.resource, let kind = cache.kind(of: path.resource) else {
            return ExtensionReply(elsewhere: target)
        }
        if path.subresource == nil, ["get", "list", "watch"].contains(info.verb) {
            let query = try CacheQuery(path, info.query)
            switch info.verb {
            case "get": return try get(query)
            case "list": return list(query, kind)
            default: return try CacheWatch(cache, query).reply()
            }
        }
        guard path.name != nil else { throw .methodNotAllowed }
        let cluster = try find(path).cluster
        guard info.verb == "update" else { return try await clusters.pass(on: request, to: cluster, at: target) }
        return try await clusters.pass(on: try await request.restored(for: cluster), to: cluster, at: target)
    }

    // MARK: Reading

    /// The object of this name; an object that several clusters have is none that could be meant.
    private func find(_ path: RequestInfo.ResourcePath) throws(APIError) -> (cluster: String, object: EncodedObject) {
        let found = cache.caches(of: path.resource).compactMap { cached in
            cached.get(path.key).map { (cluster: cached.cluster, object: $0) }
        }
        guard let first = found.first else { throw .notFound(path.resource, name: path.key.name) }
        guard found.count == 1 else {
            let names = found.map(\.cluster).joined(separator: ", ")
            throw .conflict(path.resource, name: path.key.name, "ambiguous objects in clusters [\(names)]")
        }
        return first
    }

    private func get(_ query: CacheQuery) throws(APIError) -> ExtensionReply {
        let (cluster, object) = try find(query.path)
        var version = CombinedVersion()
        version[cluster] = object.revision
        return ExtensionReply(json: CacheQuery.json(object, from: cluster, version: version.description))
    }

    private func list(_ query: CacheQuery, _ kind: String) -> ExtensionReply {
        var version = CombinedVersion()
        let start = ContinueToken(query.continue)
        var items: [JSON] = []
        var next: ContinueToken?
        var last: ContinueToken?
        caches: for cached in cache.caches(of: query.path.resource) {
            version[cached.cluster] = cached.revision
            if next != nil { continue }
            for object in cached.list() where query.selects(object) {
                let position = ContinueToken(cluster: cached.cluster, key: object.key)
                if let start, !(start < position) { continue }
                if query.limit > 0, items.count == query.limit {
                    next = last
                    continue caches
                }
                var own = CombinedVersion()
                own[cached.cluster] = object.revision
                items.append(CacheQuery.json(object, from: cached.cluster, version: own.description))
                last = position
            }
        }
        var metadata: JSON = ["resourceVersion": .string(version.description)]
        if let next { metadata["continue"] = .string(next.description) }
        return ExtensionReply(json: [
            "apiVersion": .string(query.path.resource.groupVersion.description), "kind": .string(kind + "List"),
            "metadata": metadata, "items": .array(items),
        ])
    }
}

/// Up to where a list across clusters was read.
private struct ContinueToken: Comparable {
    var cluster: String
    var key: ObjectKey

    init(cluster: String, key: ObjectKey) {
        self.cluster = cluster
        self.key = key
    }

    /// Nil for what is no token: the list begins at its beginning.
    init?(_ text: String) {
        guard let bytes = Base64.decodeURL(text), let json = try? JSON(parsing: bytes), let cluster = json["cluster"]?.string,
            let namespace = json["namespace"]?.string, let name = json["name"]?.string
        else { return nil }
        self.init(cluster: cluster, key: ObjectKey(namespace: namespace, name: name))
    }

    var description: String {
        let json: JSON = ["cluster": .string(cluster), "namespace": .string(key.namespace), "name": .string(key.name)]
        return Base64.encodeURL(json.encoded())
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.cluster, left.key.namespace, left.key.name) < (right.cluster, right.key.namespace, right.key.name)
    }
}

extension ExtensionRequest {
    /// As `BodyDecoding` of the API server has it.
    private static let maximumBody = 3 << 20

    /// The request with the object that it carries as the cluster knows it.
    fileprivate func restored(for cluster: String) async throws(APIError) -> ExtensionRequest {
        let bytes: [UInt8]
        do {
            bytes = Array(buffer: try await body.collect(upTo: Self.maximumBody))
        } catch {
            throw APIError(code: 413, reason: .requestEntityTooLarge, message: "the body cannot be read: \(error)")
        }
        var request = self
        var changed = bytes
        // What is no JSON is passed on as it is; the cluster says what it thinks of it.
        if let json = try? JSON(parsing: bytes) {
            var object = Object(json)
            CacheQuery.restore(&object, for: cluster)
            changed = object.json.encoded()
        }
        request.body = .init(buffer: ByteBuffer(bytes: changed))
        request.headers.removeAll { $0.name.lowercased() == "content-length" }
        request.headers.append(("content-length", String(changed.count)))
        return request
    }
}
