import HTTPTypes
import Kubernetes
import Testing

@testable import APIServer

@Suite struct AuthenticationTests {
    private static func secret(_ change: (inout JSON) -> Void = { _ in }) -> Object {
        var data: JSON = [
            "token-id": "abcdef", "token-secret": "0123456789abcdef", "usage-bootstrap-authentication": "true",
            "auth-extra-groups": "system:bootstrappers:karmada:default-cluster-token",
        ]
        change(&data)
        var secret = Object(apiVersion: "v1", kind: "Secret", namespace: "kube-system", name: "bootstrap-token-abcdef")
        secret["type"] = "bootstrap.kubernetes.io/token"
        secret["stringData"] = data
        return secret
    }

    private func user(_ secret: Object, _ token: String = "abcdef.0123456789abcdef") async throws -> UserInfo? {
        let server = try await TestServer()
        try await server.create(try server.resource("", "secrets"), secret)
        return BootstrapTokens(store: server.store).user(for: token)
    }

    @Test func bootstrapTokensSignIn() async throws {
        let user = try #require(try await user(Self.secret()))
        #expect(user.name == "system:bootstrap:abcdef")
        #expect(
            user.groups == ["system:bootstrappers", "system:bootstrappers:karmada:default-cluster-token", "system:authenticated"])
    }

    @Test func otherTokensDoNot() async throws {
        #expect(try await user(Self.secret(), "abcdef.0123456789abcdeX") == nil)
        #expect(try await user(Self.secret(), "abcdef.0123456789abcdee") == nil)
        #expect(try await user(Self.secret(), "fedcba.0123456789abcdef") == nil)
        #expect(try await user(Self.secret { $0["expiration"] = "2020-01-01T00:00:00Z" }) == nil)
        #expect(try await user(Self.secret { $0["expiration"] = "whenever" }) == nil)
        #expect(try await user(Self.secret { $0["expiration"] = "2100-01-01T00:00:00Z" }) != nil)
        #expect(try await user(Self.secret { $0["usage-bootstrap-authentication"] = "false" }) == nil)
        #expect(try await user(Self.secret { $0["auth-extra-groups"] = "system:masters" }) == nil)
        var other = Self.secret()
        other["type"] = "Opaque"
        #expect(try await user(other) == nil)
    }

    private func impersonated(_ headers: [(String, String)], by user: UserInfo) async throws -> UserInfo? {
        let server = try await TestServer()
        var role = Object(apiVersion: "\(RoleIndex.group)/v1", kind: "ClusterRole", name: "acts")
        role["rules"] = [
            ["verbs": ["impersonate"], "apiGroups": [""], "resources": ["users"], "resourceNames": ["bob"]],
            ["verbs": ["impersonate"], "apiGroups": [""], "resources": ["groups", "serviceaccounts"]],
            ["verbs": ["impersonate"], "apiGroups": ["authentication.k8s.io"], "resources": ["uids", "userextras/scopes"]],
        ]
        var binding = Object(apiVersion: "\(RoleIndex.group)/v1", kind: "ClusterRoleBinding", name: "acts")
        binding["roleRef"] = ["apiGroup": .string(RoleIndex.group), "kind": "ClusterRole", "name": "acts"]
        binding["subjects"] = [["kind": "User", "apiGroup": .string(RoleIndex.group), "name": "ann"]]
        try await server.create(try server.resource(RoleIndex.group, "clusterroles"), role)
        try await server.create(try server.resource(RoleIndex.group, "clusterrolebindings"), binding)
        try server.authorizer.load()
        var fields = HTTPFields()
        for (name, value) in headers { fields.append(HTTPField(name: try #require(HTTPField.Name(name)), value: value)) }
        return try Impersonation(fields)?.user(for: user, server.authorizer)
    }

    private static let ann = UserInfo(name: "ann", groups: ["system:authenticated"])

    @Test func othersAreImpersonatedByThoseWhoMay() async throws {
        #expect(try await impersonated([], by: Self.ann) == nil)
        let bob = try await impersonated(
            [
                ("Impersonate-User", "bob"), ("Impersonate-Group", "a"), ("Impersonate-Group", "b"), ("Impersonate-Uid", "7"),
                ("Impersonate-Extra-Scopes", "x"),
            ],
            by: Self.ann)
        #expect(bob == UserInfo(name: "bob", uid: "7", groups: ["a", "b", "system:authenticated"], extra: ["scopes": ["x"]]))
        let account = try await impersonated([("Impersonate-User", "system:serviceaccount:default:bot")], by: Self.ann)
        #expect(account == .serviceAccount(namespace: "default", name: "bot"))
        let anybody = try await impersonated(
            [("Impersonate-User", "system:anonymous")], by: UserInfo(name: "root", groups: [UserInfo.mastersGroup]))
        #expect(anybody == .anonymous)
    }

    @Test func othersAreNot() async throws {
        let refusal = await #expect(throws: APIError.self) {
            try await impersonated([("Impersonate-User", "eve")], by: Self.ann)
        }
        #expect(
            refusal?.message
                == "users \"eve\" is forbidden: User \"ann\" cannot impersonate resource \"users\" in API group \"\" at the cluster scope"
        )
        let extra = await #expect(throws: APIError.self) {
            try await impersonated([("Impersonate-User", "bob"), ("Impersonate-Extra-Other", "x")], by: Self.ann)
        }
        #expect(extra?.code == 403)
        let nobody = await #expect(throws: APIError.self) {
            try await impersonated([("Impersonate-Group", "system:masters")], by: Self.ann)
        }
        #expect(nobody?.code == 400)
    }
}
