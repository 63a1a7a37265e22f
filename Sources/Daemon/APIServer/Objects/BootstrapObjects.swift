import Kubernetes

extension ObjectService {
    /// Creates what every cluster has from the start, where it is missing: namespaces, and the roles that let everybody who has
    /// signed in find out what the server serves and what they may do.
    func createBootstrapObjects() async throws(APIError) {
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            try await createIfMissing(Object(apiVersion: "v1", kind: "Namespace", name: name))
        }
        for object in Self.roles { try await createIfMissing(object) }
    }

    private func createIfMissing(_ object: Object) async throws(APIError) {
        guard let definition = catalog.definition(of: object.groupVersionKind),
            let resource = catalog.served(definition.resource(object.groupVersionKind.version)),
            store.get(resource.collection, object.key) == nil
        else { return }
        do {
            _ = try await create(resource, object, namespace: nil, WriteOptions())
        } catch where error.reason == .alreadyExists {
            // Another server on the same store was quicker.
        }
    }

    private static var roles: [Object] {
        let everything: [JSON] = [
            ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]], ["verbs": ["*"], "nonResourceURLs": ["*"]],
        ]
        let open: [JSON] = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
        let discovery: [JSON] = open + ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]
        let selfReviews: [JSON] = [
            [
                "verbs": ["create"], "apiGroups": ["authorization.k8s.io"],
                "resources": ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
            ],
            ["verbs": ["create"], "apiGroups": ["authentication.k8s.io"], "resources": ["selfsubjectreviews"]],
        ]
        return [
            role("cluster-admin", everything),
            binding("cluster-admin", groups: ["system:masters"]),
            role("system:discovery", [["verbs": ["get"], "nonResourceURLs": .array(discovery)]]),
            binding("system:discovery", groups: ["system:authenticated"]),
            role("system:basic-user", selfReviews),
            binding("system:basic-user", groups: ["system:authenticated"]),
            role("system:public-info-viewer", [["verbs": ["get"], "nonResourceURLs": .array(open)]]),
            binding("system:public-info-viewer", groups: ["system:authenticated", "system:unauthenticated"]),
        ]
    }

    private static func role(_ name: String, _ rules: [JSON]) -> Object {
        var role = bootstrap("ClusterRole", name)
        role["rules"] = .array(rules)
        return role
    }

    private static func binding(_ name: String, groups: [String]) -> Object {
        var binding = bootstrap("ClusterRoleBinding", name)
        binding["roleRef"] = ["apiGroup": .string(RoleIndex.group), "kind": "ClusterRole", "name": .string(name)]
        binding["subjects"] = .array(
            groups.map { ["kind": "Group", "apiGroup": .string(RoleIndex.group), "name": .string($0)] })
        return binding
    }

    private static func bootstrap(_ kind: String, _ name: String) -> Object {
        var object = Object(apiVersion: "\(RoleIndex.group)/v1", kind: kind, name: name)
        object.labels = ["kubernetes.io/bootstrapping": "rbac-defaults"]
        object.annotations = ["rbac.authorization.kubernetes.io/autoupdate": "true"]
        return object
    }
}
