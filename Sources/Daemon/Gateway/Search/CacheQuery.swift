import APIServer
import Client
import Kubernetes

/// What a get, list or watch asks of the cache.
struct CacheQuery: Sendable {
    let path: RequestInfo.ResourcePath
    private let labels: LabelSelector
    private let fields: FieldSelector
    let limit: Int
    let `continue`: String
    let resourceVersion: String
    /// How long a watch may take; nil for half an hour.
    let timeout: Duration

    private static let cacheAnnotation = "resource.karmada.io/cached-from-cluster"

    /// - Throws: `BadRequest` for a parameter that cannot be read.
    init(_ path: RequestInfo.ResourcePath, _ query: QueryParameters) throws(APIError) {
        self.path = path
        do {
            labels = try LabelSelector(parsing: query["labelSelector"] ?? "")
            fields = try FieldSelector(parsing: query["fieldSelector"] ?? "")
        } catch {
            throw .badRequest("\(error)")
        }
        limit = max(0, Int(query["limit"] ?? "") ?? 0)
        `continue` = query["continue"] ?? ""
        resourceVersion = query["resourceVersion"] ?? ""
        timeout = .seconds(min(max(Int(query["timeoutSeconds"] ?? "") ?? 1800, 1), 3600))
    }

    func selects(_ object: EncodedObject) -> Bool {
        if let namespace = path.namespace, object.key.namespace != namespace { return false }
        if let name = path.name, object.key.name != name { return false }
        guard labels.matches(object.labels) else { return false }
        var tree: JSON?
        return fields.matches { path in
            switch path {
            case "metadata.name": return object.key.name
            case "metadata.namespace": return object.key.namespace
            default:
                let decoded = tree ?? object.decoded().json
                tree = decoded
                return decoded[path.split(separator: ".").map(String.init)]?.string ?? ""
            }
        }
    }

    /// The object with the cluster that it is from.
    /// - Parameter version: nil to leave the object's own.
    static func json(_ object: EncodedObject, from cluster: String, version: String?) -> JSON {
        var object = object.decoded()
        object.annotations[cacheAnnotation] = cluster
        if let version { object.resourceVersion = version }
        return object.json
    }

    /// Makes an object that came from the cache what its cluster knows.
    static func restore(_ object: inout Object, for cluster: String) {
        object.annotations[cacheAnnotation] = nil
        let version = CombinedVersion(object.resourceVersion)[cluster]
        if let version { object.resourceVersion = String(version) }
    }
}
