import Kubernetes

/// The ConfigMap `kube-public/cluster-info`, by which those who have nothing but a bootstrap token find out whom to trust
/// (Kubernetes documentation, "Authenticating with Bootstrap Tokens: ConfigMap Signing").
struct ClusterInfo {
    let objects: ObjectService
    let url: String
    let certificateAuthorityPEM: String

    private static let key = ObjectKey(namespace: "kube-public", name: "cluster-info")
    private static let resource = GroupVersionResource.configMaps

    func publish() async throws(APIError) {
        guard let configMaps = objects.catalog.served(Self.resource) else { return }
        do {
            _ = try await objects.update(configMaps, Self.key, subresource: nil, WriteOptions()) { current in
                var current = current
                current["data", "kubeconfig"] = .string(kubeconfig)
                return current
            }
        } catch where error.reason == .notFound {
            var object = Object(apiVersion: "v1", kind: "ConfigMap", namespace: Self.key.namespace, name: Self.key.name)
            object["data"] = ["kubeconfig": .string(kubeconfig)]
            _ = try await objects.create(configMaps, object, namespace: Self.key.namespace, WriteOptions())
        }
    }

    private var kubeconfig: String {
        let cluster: JSON = [
            "certificate-authority-data": .string(Base64.encode(certificateAuthorityPEM.utf8)), "server": .string(url),
        ]
        return YAML.encode([
            "apiVersion": "v1", "kind": "Config", "clusters": [["cluster": cluster, "name": ""]], "contexts": [], "users": [],
            "current-context": "", "preferences": [:],
        ])
    }
}
