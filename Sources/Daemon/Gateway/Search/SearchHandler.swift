import APIServer
import Client
import Kubernetes

/// `/apis/search.karmada.io/v1alpha1/search/cache/…`: what the cache has at a path of the Kubernetes API, of all clusters.
public struct SearchHandler: RequestExtension {
    static let group = "search.karmada.io"

    private let cache: SearchCache

    public init(cache: SearchCache) { self.cache = cache }

    public func answers(_ resource: GroupResource, subresource: String?) -> Bool {
        resource == GroupResource(group: Self.group, resource: "search")
    }

    public func reply(to request: ExtensionRequest) async throws(APIError) -> ExtensionReply {
        guard request.method == "GET" else { throw .methodNotAllowed }
        guard request.name == "cache" else {
            throw .badRequest("connect with unrecognized search category \(request.name)")
        }
        let info = RequestInfo(method: "GET", target: request.target(below: 5))
        guard let path = info.resource, path.subresource == nil else {
            throw .badRequest("k8s native Request URL(\(info.path)) is not a resource request")
        }
        guard let kind = cache.kind(of: path.resource) else {
            throw .notFound(path.resource, name: path.name ?? "")
        }
        let query = try CacheQuery(path, info.query)
        var items: [JSON] = []
        for cached in cache.caches(of: path.resource) {
            for object in cached.list() where query.selects(object) {
                items.append(CacheQuery.json(object, from: cached.cluster, version: nil))
            }
        }
        return ExtensionReply(json: [
            "apiVersion": .string(path.resource.groupVersion.description), "kind": .string(kind + "List"), "metadata": [:],
            "items": .array(items),
        ])
    }
}
