import Kubernetes
import Testing

@testable import APIServer

@Suite struct PrivilegesTests {
    private static let group = RoleIndex.group

    private static func role(_ name: String, _ rules: [JSON], namespace: String? = nil) -> Object {
        var role = Object(
            apiVersion: "\(group)/v1", kind: namespace == nil ? "ClusterRole" : "Role", namespace: namespace, name: name)
        role["rules"] = .array(rules)
        return role
    }

    private static func binding(_ name: String, role: String, user: String, namespace: String? = nil) -> Object {
        var binding = Object(
            apiVersion: "\(group)/v1", kind: namespace == nil ? "ClusterRoleBinding" : "RoleBinding", namespace: namespace,
            name: name)
        binding["roleRef"] = ["apiGroup": .string(group), "kind": "ClusterRole", "name": .string(role)]
        binding["subjects"] = [["kind": "User", "apiGroup": .string(group), "name": .string(user)]]
        return binding
    }

    private static func rule(_ verbs: [String], _ group: String, _ resources: [String]) -> JSON {
        ["verbs": JSON(verbs), "apiGroups": [.string(group)], "resources": JSON(resources)]
    }

    /// Somebody who may write roles and bindings, and read pods.
    private func makeServer() async throws -> (TestServer, WriteOptions) {
        let server = try await TestServer()
        let rules = [
            Self.rule(["*"], Self.group, ["clusterroles", "roles", "clusterrolebindings", "rolebindings"]),
            Self.rule(["get", "list"], "", ["pods"]),
        ]
        // Verbs "*" on roles would include "bind" and "escalate".
        var limited = rules
        limited[0]["verbs"] = ["create", "update", "get"]
        try await server.create(try server.resource(Self.group, "clusterroles"), Self.role("writer", limited))
        try await server.create(
            try server.resource(Self.group, "clusterrolebindings"), Self.binding("writer", role: "writer", user: "ann"))
        try server.authorizer.load()
        return (server, WriteOptions(user: UserInfo(name: "ann", groups: ["system:authenticated"])))
    }

    @Test func aRoleMayNotGrantMoreThanItsWriterHas() async throws {
        let (server, ann) = try await makeServer()
        let roles = try server.resource(Self.group, "clusterroles")
        try await server.create(roles, Self.role("less", [Self.rule(["get"], "", ["pods"])]), ann)
        let refusal = await #expect(throws: APIError.self) {
            try await server.create(
                roles,
                Self.role(
                    "more", [Self.rule(["get", "delete", "create"], "", ["pods"]), Self.rule(["get"], "apps", ["deployments"])]),
                ann)
        }
        #expect(
            refusal?.message == """
                clusterroles.rbac.authorization.k8s.io "more" is forbidden: user "ann" (groups=["system:authenticated"]) is \
                attempting to grant RBAC permissions not currently held:
                {APIGroups:[""], Resources:["pods"], Verbs:["delete" "create"]}
                {APIGroups:["apps"], Resources:["deployments"], Verbs:["get"]}
                """)
        #expect(refusal?.code == 403)
        // Growing a role afterwards is no way around.
        let growth = await #expect(throws: APIError.self) {
            try await server.objects.update(roles, ObjectKey(name: "less"), subresource: nil, ann) { current in
                var changed = current
                changed["rules"] = [Self.rule(["*"], "*", ["*"])]
                return changed
            }
        }
        #expect(growth?.code == 403)
    }

    @Test func aBindingMayNotGrantMoreThanItsWriterHas() async throws {
        let (server, ann) = try await makeServer()
        let bindings = try server.resource(Self.group, "rolebindings")
        let refusal = await #expect(throws: APIError.self) {
            try await server.create(
                bindings, Self.binding("b", role: "cluster-admin", user: "ann", namespace: "default"), ann)
        }
        #expect(refusal?.code == 403)
        let missing = await #expect(throws: APIError.self) {
            try await server.create(bindings, Self.binding("b", role: "none", user: "ann", namespace: "default"), ann)
        }
        #expect(missing?.code == 404)
        try await server.create(bindings, Self.binding("b", role: "writer", user: "bob", namespace: "default"), ann)
    }

    @Test func theVerbsEscalateAndBindLetMoreThrough() async throws {
        let (server, ann) = try await makeServer()
        let roles = try server.resource(Self.group, "clusterroles")
        let bindings = try server.resource(Self.group, "clusterrolebindings")
        let free = Self.role("free", [Self.rule(["escalate", "bind"], Self.group, ["clusterroles"])])
        try await server.create(roles, free)
        try await server.create(bindings, Self.binding("free", role: "free", user: "ann"))
        try server.authorizer.load()
        try await server.create(roles, Self.role("more", [Self.rule(["*"], "*", ["*"])]), ann)
        try await server.create(bindings, Self.binding("more", role: "cluster-admin", user: "ann"), ann)
    }

    @Test func onlyWhoMayDoEverythingMayAggregate() async throws {
        let (server, ann) = try await makeServer()
        var role = Self.role("whole", [])
        role["aggregationRule"] = ["clusterRoleSelectors": [["matchLabels": ["a": "b"]]]]
        let refusal = await #expect(throws: APIError.self) {
            try await server.create(try server.resource(Self.group, "clusterroles"), role, ann)
        }
        #expect(refusal?.message.hasSuffix("must have cluster-admin privileges to use the aggregationRule") == true)
    }

    @Test(arguments: [
        ("*", "pods", true), ("pods", "pods", true), ("pods", "pods/log", false), ("*/scale", "deployments/scale", true),
        ("*/scale", "deployments", false),
    ])
    func resourcesCoverOthers(_ held: String, _ granted: String, _ isCovered: Bool) {
        let missing = RuleCoverage.missing(
            from: [RoleIndex.Rule(Self.rule(["get"], "", [held]))], of: [RoleIndex.Rule(Self.rule(["get"], "", [granted]))])
        #expect(missing.isEmpty == isCovered)
    }

    @Test func namesAreCoveredByNamesOrByNone() {
        var named = Self.rule(["get"], "", ["secrets"])
        named["resourceNames"] = ["a"]
        let all = Self.rule(["get"], "", ["secrets"])
        #expect(RuleCoverage.missing(from: [RoleIndex.Rule(all)], of: [RoleIndex.Rule(named)]).isEmpty)
        #expect(!RuleCoverage.missing(from: [RoleIndex.Rule(named)], of: [RoleIndex.Rule(all)]).isEmpty)
    }

    @Test func defaultRolesForUsersAggregateTheirParts() async throws {
        let server = try await TestServer()
        let bindings = try server.resource(Self.group, "rolebindings")
        for role in ["view", "edit", "admin"] {
            try await server.create(bindings, Self.binding(role, role: role, user: role, namespace: "default"))
        }
        try server.authorizer.load()
        func may(_ user: String, _ verb: String, _ group: String, _ resource: String, _ namespace: String = "default") -> Bool {
            server.authorizer.allows(
                AuthorizationAttributes(
                    user: UserInfo(name: user), verb: verb,
                    target: .resource(group: group, resource: resource, subresource: nil, namespace: namespace, name: "")))
        }
        #expect(may("view", "list", "apps", "deployments"))
        #expect(!may("view", "get", "", "secrets"))
        #expect(!may("view", "create", "apps", "deployments"))
        #expect(may("edit", "create", "apps", "deployments"))
        #expect(may("edit", "list", "", "pods"))
        #expect(may("edit", "create", "policy.karmada.io", "propagationpolicies"))
        #expect(!may("edit", "create", Self.group, "roles"))
        #expect(may("admin", "create", Self.group, "roles"))
        #expect(may("admin", "list", "", "pods"))
        #expect(!may("admin", "list", "", "pods", "kube-system"))
    }
}
