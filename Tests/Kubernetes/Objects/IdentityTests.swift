import Kubernetes
import Testing

@Suite struct IdentityTests {
    @Test(arguments: [("v1", "", "v1"), ("apps/v1", "apps", "v1"), ("a.b.io/v1alpha1", "a.b.io", "v1alpha1"), ("", "", "")])
    func groupVersions(text: String, group: String, version: String) {
        let parsed = GroupVersion(apiVersion: text)
        #expect(parsed == GroupVersion(group: group, version: version))
        #expect(parsed.description == text)
    }

    @Test func names() {
        #expect(GroupResource(group: "", resource: "pods").description == "pods")
        #expect(GroupResource(group: "apps", resource: "deployments").description == "deployments.apps")
        #expect(ObjectKey(namespace: "n", name: "x").description == "n/x")
        #expect(ObjectKey(name: "x").description == "x")
        #expect(ObjectKey(namespace: "a", name: "z") < ObjectKey(namespace: "b", name: "a"))
        #expect(ObjectKey(namespace: "a", name: "a") < ObjectKey(namespace: "a", name: "b"))
    }

    @Test func paths() {
        let pods = GroupVersionResource(group: "", version: "v1", resource: "pods")
        #expect(pods.path() == "/api/v1/pods")
        #expect(pods.path(namespace: "n", name: "p", subresource: "status") == "/api/v1/namespaces/n/pods/p/status")
        let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
        #expect(deployments.path(namespace: "") == "/apis/apps/v1/deployments")
        #expect(deployments.path(namespace: "n") == "/apis/apps/v1/namespaces/n/deployments")
    }
}
