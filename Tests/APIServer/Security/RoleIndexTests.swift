import Kubernetes
import Testing

@testable import APIServer

@Suite struct RoleIndexTests {
    private var index = RoleIndex()

    private mutating func set(_ resource: String, _ json: JSON) {
        let object = Object(json)
        index.set(object, at: object.key, in: GroupResource(group: RoleIndex.group, resource: resource))
    }

    private static func rule(_ verbs: [String], _ groups: [String], _ resources: [String], names: [String] = []) -> JSON {
        var rule: JSON = ["verbs": JSON(verbs), "apiGroups": JSON(groups), "resources": JSON(resources)]
        if !names.isEmpty { rule["resourceNames"] = JSON(names) }
        return rule
    }

    private mutating func allows(
        _ user: String, groups: [String] = [], _ verb: String, _ resource: String, group: String = "", subresource: String? = nil,
        namespace: String = "", name: String = ""
    ) -> Bool {
        index.allows(
            AuthorizationAttributes(
                user: UserInfo(name: user, groups: groups), verb: verb,
                target: .resource(group: group, resource: resource, subresource: subresource, namespace: namespace, name: name)))
    }

    init() {
        set("clusterroles", [
            "metadata": ["name": "reader"], "rules": [Self.rule(["get", "list"], ["", "apps"], ["configmaps", "deployments/scale"])],
        ])
        set("roles", ["metadata": ["name": "one", "namespace": "a"], "rules": [Self.rule(["*"], ["*"], ["*"], names: ["x"])]])
    }

    @Test mutating func nobodyMayAnythingAtFirst() {
        #expect(!allows("eve", "get", "configmaps", namespace: "a"))
    }

    @Test mutating func clusterRoleBindingCountsEverywhere() {
        set("clusterrolebindings", [
            "metadata": ["name": "b"], "roleRef": ["kind": "ClusterRole", "name": "reader"],
            "subjects": [["kind": "Group", "name": "devs"]],
        ])
        #expect(allows("eve", groups: ["devs"], "get", "configmaps", namespace: "a"))
        #expect(allows("eve", groups: ["devs"], "list", "configmaps"))
        #expect(!allows("eve", groups: ["devs"], "delete", "configmaps", namespace: "a"))
        #expect(!allows("eve", groups: ["devs"], "get", "secrets", namespace: "a"))
        #expect(!allows("eve", groups: ["devs"], "get", "configmaps", group: "batch", namespace: "a"))
        #expect(allows("eve", groups: ["devs"], "get", "deployments", group: "apps", subresource: "scale", namespace: "a"))
        #expect(!allows("eve", groups: ["devs"], "get", "deployments", group: "apps", namespace: "a"))
        #expect(!allows("eve", "get", "configmaps", namespace: "a"))
    }

    @Test mutating func roleBindingCountsInItsNamespace() {
        set("rolebindings", [
            "metadata": ["name": "b", "namespace": "a"], "roleRef": ["kind": "ClusterRole", "name": "reader"],
            "subjects": [["kind": "ServiceAccount", "name": "bot", "namespace": "z"]],
        ])
        let bot = "system:serviceaccount:z:bot"
        #expect(allows(bot, "get", "configmaps", namespace: "a"))
        #expect(!allows(bot, "get", "configmaps", namespace: "b"))
        #expect(!allows(bot, "list", "configmaps"))
    }

    @Test mutating func resourceNamesLimitToThoseObjects() {
        set("rolebindings", [
            "metadata": ["name": "b", "namespace": "a"], "roleRef": ["kind": "Role", "name": "one"],
            "subjects": [["kind": "User", "name": "eve"]],
        ])
        #expect(allows("eve", "delete", "secrets", namespace: "a", name: "x"))
        #expect(!allows("eve", "delete", "secrets", namespace: "a", name: "y"))
        #expect(!allows("eve", "list", "secrets", namespace: "a"))
    }

    @Test mutating func removedBindingCountsNoMore() {
        let key = ObjectKey(name: "b")
        set("clusterrolebindings", [
            "metadata": ["name": "b"], "roleRef": ["kind": "ClusterRole", "name": "reader"],
            "subjects": [["kind": "User", "name": "eve"]],
        ])
        #expect(allows("eve", "get", "configmaps"))
        index.set(nil, at: key, in: GroupResource(group: RoleIndex.group, resource: "clusterrolebindings"))
        #expect(!allows("eve", "get", "configmaps"))
    }

    @Test mutating func aggregatedRoleFollowsItsParts() {
        set("clusterroles", [
            "metadata": ["name": "sum"],
            "aggregationRule": ["clusterRoleSelectors": [["matchLabels": ["to-sum": "true"]]]], "rules": [],
        ])
        set("clusterrolebindings", [
            "metadata": ["name": "b"], "roleRef": ["kind": "ClusterRole", "name": "sum"],
            "subjects": [["kind": "User", "name": "eve"]],
        ])
        #expect(!allows("eve", "get", "pods"))
        set("clusterroles", [
            "metadata": ["name": "part", "labels": ["to-sum": "true"]], "rules": [Self.rule(["get"], [""], ["pods"])],
        ])
        #expect(allows("eve", "get", "pods"))
    }

    @Test mutating func pathsMatchExactlyOrByPrefix() {
        set("clusterroles", [
            "metadata": ["name": "paths"], "rules": [["verbs": ["get"], "nonResourceURLs": ["/version", "/api/*"]]],
        ])
        set("clusterrolebindings", [
            "metadata": ["name": "b"], "roleRef": ["kind": "ClusterRole", "name": "paths"],
            "subjects": [["kind": "User", "name": "eve"]],
        ])
        let user = UserInfo(name: "eve")
        for (path, expected) in [("/version", true), ("/versions", false), ("/api/v1", true), ("/apis", false)] {
            let attributes = AuthorizationAttributes(user: user, verb: "get", target: .path(path))
            #expect(index.allows(attributes) == expected, "\(path)")
        }
    }

    @Test func refusalsAreInKubernetesWords() {
        let attributes = AuthorizationAttributes(
            user: UserInfo(name: "eve"),
            request: RequestInfo(method: "GET", target: "/apis/apps/v1/namespaces/a/deployments/web/scale"))
        #expect(
            attributes.forbidden.message
                == "deployments.apps \"web\" is forbidden: User \"eve\" cannot get resource \"deployments/scale\" in API group "
                + "\"apps\" in the namespace \"a\"")
        let list = AuthorizationAttributes(
            user: UserInfo(name: "eve"), request: RequestInfo(method: "GET", target: "/api/v1/nodes"))
        #expect(
            list.forbidden.message
                == "nodes is forbidden: User \"eve\" cannot list resource \"nodes\" in API group \"\" at the cluster scope")
    }
}
