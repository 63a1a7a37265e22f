import Client
import Kubernetes

/// The rights of a Pull mode cluster's agent in the control plane: its own Cluster, its own Lease, its own Secrets, and the
/// namespace of its own Works. Names are karmadactl's.
struct AgentAccess {
    static let group = "system:karmada:agents"
    private static let userPrefix = "system:karmada:agent:"

    let cluster: String

    init(cluster: String) { self.cluster = cluster }

    /// Nil for a user that is no cluster's agent.
    init?(user: String) {
        guard user.hasPrefix(Self.userPrefix) else { return nil }
        cluster = String(user.dropFirst(Self.userPrefix.count))
        let isName = cluster.utf8.allSatisfy { 97...122 ~= $0 || 48...57 ~= $0 || $0 == UInt8(ascii: "-") }
        guard isName, 1...48 ~= cluster.utf8.count, !cluster.hasPrefix("-"), !cluster.hasSuffix("-"),
            // karmadactl's user for making roles: it would need rights without bounds.
            cluster != "rbac-generator"
        else { return nil }
    }

    private var user: String { Self.userPrefix + cluster }
    private var name: String { "system:karmada:\(cluster):agent" }
    private var executionSpace: String { Work.namespace(of: cluster) }

    private var clusterRules: [JSON] {
        [
            rule("get list watch delete", "cluster.karmada.io", "clusters", names: [cluster]),
            rule("create", "cluster.karmada.io", "clusters"),
            rule("get update patch", "cluster.karmada.io", "clusters/status", names: [cluster]),
            rule(
                "get list watch", "config.karmada.io",
                "resourceinterpretercustomizations resourceinterpreterwebhookconfigurations"),
            rule("get", "", "namespaces", names: [executionSpace]),
            rule("get create", "certificates.k8s.io", "certificatesigningrequests"),
            rule("create patch update", "", "events"),
        ]
    }

    private var roles: [(name: String, namespace: String, rules: [JSON])] {
        [
            (
                "\(name)-secret", ReservedNamespace.clusters,
                [
                    rule("get patch update", "", "secrets", names: [cluster, "\(cluster)-impersonator"]),
                    rule("create", "", "secrets"),
                ]
            ),
            (
                "\(name)-lease", ReservedNamespace.clusters,
                [
                    rule("get patch update", "coordination.k8s.io", "leases", names: [cluster]),
                    rule("create", "coordination.k8s.io", "leases"),
                ]
            ),
            (
                "\(name)-work", executionSpace,
                [
                    rule("get create list watch update delete", "work.karmada.io", "works"),
                    rule("get patch update", "work.karmada.io", "works/status"),
                ]
            ),
        ]
    }

    func grant(_ client: any ObjectClient) async throws {
        var space = Object(apiVersion: "v1", kind: "Namespace", name: executionSpace)
        space.labels = [Label.system: "true"]
        _ = try await client.createIfAbsent(space, in: Resource.namespaces)
        try await put(role("ClusterRole", name, "", clusterRules), .clusterRoles, client)
        try await put(binding("ClusterRole", name, ""), .clusterRoleBindings, client)
        for (name, namespace, rules) in roles {
            try await put(role("Role", name, namespace, rules), .roles, client)
            try await put(binding("Role", name, namespace), .roleBindings, client)
        }
    }

    func revoke(_ client: any ObjectClient) async throws {
        try await client.deleteIfPresent(.clusterRoleBindings, ObjectKey(name: name))
        try await client.deleteIfPresent(.clusterRoles, ObjectKey(name: name))
        for (name, namespace, _) in roles {
            try await client.deleteIfPresent(.roleBindings, ObjectKey(namespace: namespace, name: name))
            try await client.deleteIfPresent(.roles, ObjectKey(namespace: namespace, name: name))
        }
    }

    /// Creates the object, or gives the one that is there the same rules and subjects.
    private func put(_ object: Object, _ resource: GroupVersionResource, _ client: any ObjectClient) async throws {
        guard try await client.createIfAbsent(object, in: resource) == nil else { return }
        try await client.modify(resource, object.key) { current in
            for field in ["rules", "subjects"] { current[field] = object[field] }
            return true
        }
    }

    private func rule(_ verbs: String, _ group: String, _ resources: String, names: [String] = []) -> JSON {
        func list(_ text: String) -> JSON { JSON(text.split(separator: " ").map(String.init)) }
        var rule: JSON = ["verbs": list(verbs), "apiGroups": [.string(group)], "resources": list(resources)]
        if !names.isEmpty { rule["resourceNames"] = JSON(names) }
        return rule
    }

    private func role(_ kind: String, _ name: String, _ namespace: String, _ rules: [JSON]) -> Object {
        var role = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: kind, namespace: namespace, name: name)
        role.labels = [Label.system: "true"]
        role["rules"] = .array(rules)
        return role
    }

    private func binding(_ kind: String, _ name: String, _ namespace: String) -> Object {
        var binding = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "\(kind)Binding", namespace: namespace, name: name)
        binding.labels = [Label.system: "true"]
        binding["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": .string(kind), "name": .string(name)]
        binding["subjects"] = [["apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": .string(user)]]
        return binding
    }
}
