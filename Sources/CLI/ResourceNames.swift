import Client
import Kubernetes

extension ObjectClient {
    /// The resource that a user means by its plural, its kind, PLURAL.GROUP or a short name that is none of those; where several
    /// groups have one, the first that the server lists.
    func resource(named name: String) async throws -> APIResource {
        let wanted = name.lowercased()
        let served = try await discover().resources.filter { $0.subresource == nil }
        let named = served.first {
            wanted == $0.resource.resource || wanted == $0.kind.kind.lowercased()
                || wanted == $0.resource.groupResource.description
                || wanted == "\($0.resource.resource).\($0.resource.version).\($0.resource.group)"
        }
        guard let found = named ?? served.first(where: { $0.shortNames.contains(wanted) }) else {
            throw CommandFailure("the server doesn't have a resource type \"\(name)\"")
        }
        return found
    }

    /// All bindings, or those of a namespace; of the empty one, those of cluster-scoped resources.
    func bindings(in namespace: String? = nil) async throws(APIError) -> [Object] {
        var bindings: [EncodedObject] = []
        if namespace != "" { bindings += try await list(ResourceBinding.resource, ListOptions(namespace: namespace)).items }
        if namespace?.isEmpty ?? true { bindings += try await list(ResourceBinding.clusterResource, ListOptions()).items }
        return bindings.map { $0.decoded() }
    }

    func memberClusters() async throws(APIError) -> [Cluster] {
        try await list(Cluster.resource, ListOptions()).items.map { Cluster($0.decoded()) }
    }
}
