import Kubernetes
import Testing

@testable import APIServer

@Suite struct DiscoveryTests {
    let discovery = Discovery(.controlPlane)

    @Test func coreAndGroups() throws {
        #expect(discovery.coreVersions(address: "h:1")["versions"] == ["v1"])
        let groups = try #require(discovery.groupList["groups"]?.array)
        #expect(groups.contains { $0["name"] == "policy.karmada.io" })
        #expect(!groups.contains { $0["name"] == "" })
        #expect(
            discovery.group("apps") == [
                "kind": "APIGroup", "apiVersion": "v1", "name": "apps",
                "versions": [["groupVersion": "apps/v1", "version": "v1"]],
                "preferredVersion": ["groupVersion": "apps/v1", "version": "v1"],
            ])
        #expect(discovery.group("nope.example.io") == nil)
        #expect(discovery.group("") == nil)
        #expect(discovery.group("autoscaling")?["preferredVersion", "version"] == "v2")
    }

    @Test func resources() throws {
        let apps = try #require(discovery.resourceList(GroupVersion(apiVersion: "apps/v1"))?["resources"]?.array)
        let deployments = try #require(apps.first { $0["name"] == "deployments" })
        #expect(deployments["shortNames"] == ["deploy"])
        #expect(deployments["categories"] == ["all"])
        #expect(deployments["namespaced"] == true)
        let scale = try #require(apps.first { $0["name"] == "deployments/scale" })
        #expect(scale["group"] == "autoscaling")
        #expect(scale["kind"] == "Scale")
        #expect(scale["verbs"] == ["get", "patch", "update"])
        let core = try #require(discovery.resourceList(GroupVersion(apiVersion: "v1"))?["resources"]?.array)
        #expect(core.first { $0["name"] == "serviceaccounts/token" }?["kind"] == "TokenRequest")
        #expect(core.first { $0["name"] == "namespaces" }?["namespaced"] == false)
        #expect(discovery.resourceList(GroupVersion(apiVersion: "apps/v9")) == nil)
    }

    @Test func aggregated() throws {
        let core = discovery.aggregated(core: true)
        #expect(core["items"]?.array?.count == 1)
        #expect(core["items"]?[0]?["metadata"] == [:])
        let groups = discovery.aggregated(core: false)
        #expect(groups["apiVersion"] == "apidiscovery.k8s.io/v2")
        let work = try #require(groups["items"]?.array?.first { $0["metadata", "name"] == "work.karmada.io" })
        #expect(work["versions"]?.array?.map { $0["version"] } == ["v1alpha2", "v1alpha1"])
        #expect(work["versions"]?[1]?["resources"]?[0]?["resource"] == "works")
    }

    /// Names, scopes, verbs and subresources are those of a real kube-apiserver.
    @Test(.enabled(if: ConformanceProbe.read(referencePath) != nil, "shared/reference is not beside the repository"))
    func equalsKubernetes() throws {
        let bytes = try #require(ConformanceProbe.read(Self.referencePath))
        let mine = Dictionary(
            uniqueKeysWithValues: (discovery.aggregated(core: false)["items"]?.array ?? []).map {
                ($0["metadata", "name"]?.string ?? "", $0)
            })
        var compared = 0
        for group in try JSON(parsing: bytes)["items"]?.array ?? [] {
            guard let own = mine[group["metadata", "name"]?.string ?? ""] else { continue }
            for version in own["versions"]?.array ?? [] {
                let theirs = group["versions"]?.array?.first { $0["version"] == version["version"] }
                for resource in version["resources"]?.array ?? [] {
                    let peer = try #require(theirs?["resources"]?.array?.first { $0["resource"] == resource["resource"] })
                    for member in ["scope", "shortNames", "singularResource", "categories", "verbs"] {
                        #expect(resource[member] == peer[member], "\(resource["resource"] ?? "") \(member)")
                    }
                    let names = { (json: JSON) in
                        (json["subresources"]?.array ?? []).compactMap { $0["subresource"]?.string }.sorted()
                    }
                    #expect(names(resource) == names(peer), "\(resource["resource"] ?? "")")
                    compared += 1
                }
            }
        }
        #expect(compared > 40)
    }

    static let referencePath = ConformanceProbe.sharedFolder + "/reference/kubernetes-discovery.json"
}
