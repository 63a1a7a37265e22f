import Client
import Kubernetes
import Testing

@testable import Controllers

@Suite struct EnablementTests {
    private func resource(_ group: String, _ version: String, _ name: String, subresource: String? = nil) -> APIResource {
        APIResource(
            resource: GroupVersionResource(group: group, version: version, resource: name),
            kind: GroupVersionKind(group: group, version: version, kind: name.capitalized), isNamespaced: true, verbs: ["get"],
            subresource: subresource)
    }

    private func known(_ version: String, _ kind: String) -> Cluster.APIEnablement {
        Cluster.APIEnablement(groupVersion: version, resources: [.init(name: kind.lowercased(), kind: kind)])
    }

    /// A cluster whose aggregated API servers are down keeps the workloads that need them.
    @Test func versionsThatDoNotAnswerStayAsTheyWere() {
        let found = DiscoveredResources(
            [resource("apps", "v1", "deployments"), resource("apps", "v1", "deployments", subresource: "scale")],
            missing: [GroupVersion(group: "metrics.k8s.io", version: "v1beta1"), GroupVersion(group: "new", version: "v1")])
        let enablements = ClusterStatusController.enablements(
            of: found, known: [known("metrics.k8s.io/v1beta1", "PodMetrics"), known("gone/v1", "Gone"), known("apps/v1", "Old")])
        #expect(
            enablements == [
                ["groupVersion": "apps/v1", "resources": [["name": "deployments", "kind": "Deployments"]]],
                ["groupVersion": "metrics.k8s.io/v1beta1", "resources": [["name": "podmetrics", "kind": "PodMetrics"]]],
            ])
        let condition = ClusterStatusController.completeness(of: found)
        #expect(condition.status == .false && condition.reason == "Partial")
        #expect(condition.message.hasSuffix("no answer for metrics.k8s.io/v1beta1, new/v1"))
        #expect(ClusterStatusController.completeness(of: DiscoveredResources(found.resources)).status == .true)
        #expect(ClusterStatusController.completeness(of: DiscoveredResources()).reason == "Empty")
    }

    /// Thousands of custom resources are listed each once, in order, in as many versions as there are.
    @Test func thousandsOfResourcesFit() throws {
        let resources = (0..<5000).map { resource("group\($0 % 250).example.com", "v1", "kind\($0)s") }
        let enablements = ClusterStatusController.enablements(of: DiscoveredResources(resources.shuffled()), known: [])
        #expect(enablements.array?.count == 250)
        #expect(enablements.array?.allSatisfy { $0["resources"]?.array?.count == 20 } == true)
        // What a store takes: etcd refuses 1.5 MB.
        #expect(enablements.encoded().count < 1 << 20)
    }
}
