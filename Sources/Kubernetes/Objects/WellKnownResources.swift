/// Resources that every Kubernetes API server has, and Flotilla's parts ask for.
extension GroupVersionResource {
    public static let namespaces = core("namespaces")
    public static let secrets = core("secrets")
    public static let serviceAccounts = core("serviceaccounts")
    public static let configMaps = core("configmaps")
    public static let leases = GroupVersionResource(group: "coordination.k8s.io", version: "v1", resource: "leases")
    public static let roles = rbac("roles")
    public static let roleBindings = rbac("rolebindings")
    public static let clusterRoles = rbac("clusterroles")
    public static let clusterRoleBindings = rbac("clusterrolebindings")
    public static let certificateSigningRequests = GroupVersionResource(
        group: "certificates.k8s.io", version: "v1", resource: "certificatesigningrequests")

    private static func core(_ resource: String) -> GroupVersionResource {
        GroupVersionResource(group: "", version: "v1", resource: resource)
    }

    private static func rbac(_ resource: String) -> GroupVersionResource {
        GroupVersionResource(group: "rbac.authorization.k8s.io", version: "v1", resource: resource)
    }
}
