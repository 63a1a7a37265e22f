import Kubernetes
import Testing

@testable import APIServer

@Suite struct ResourceCatalogTests {
    let catalog = ResourceCatalog.controlPlane

    @Test func everyServedVersionHasASchema() {
        for definition in catalog.definitions {
            for version in definition.versions {
                #expect(definition.schema(version.name)?.field("metadata") != nil, "\(definition.groupResource) \(version.name)")
            }
            #expect(Set(definition.verbs).isSubset(of: Verbs.all))
            if definition.hasStatus {
                #expect(definition.schema(definition.versions[0].name)?.field("status") != nil, "\(definition.groupResource)")
            }
        }
    }

    @Test func resourcesAreFoundByPathAndByKind() throws {
        let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
        let definition = try #require(catalog.definition(of: deployments))
        #expect(definition.kind == "Deployment")
        #expect(definition.listKind == "DeploymentList")
        #expect(definition.singular == "deployment")
        #expect(definition.subresource("scale")?.kind?.kind == "Scale")
        #expect(catalog.definition(of: definition.kind("v1"))?.plural == "deployments")
        #expect(catalog.definition(of: GroupVersionResource(group: "apps", version: "v9", resource: "deployments")) == nil)
        #expect(
            catalog.definition(of: GroupVersionKind(group: "policy.karmada.io", version: "v1alpha1", kind: "PropagationPolicy"))?
                .plural == "propagationpolicies")
        #expect(
            ResourceCatalog.member.definition(of: GroupResource(group: "policy.karmada.io", resource: "propagationpolicies"))
                == nil)
        #expect(
            ResourceCatalog.member.definition(of: GroupResource(group: "multicluster.x-k8s.io", resource: "serviceexports"))
                != nil)
    }

    @Test(arguments: [
        ("", "endpoints"), ("networking.k8s.io", "ingresses"), ("networking.k8s.io", "networkpolicies"),
        ("networking.k8s.io", "ingressclasses"), ("storage.k8s.io", "csistoragecapacities"), ("networking.k8s.io", "ipaddresses"),
        ("policy.karmada.io", "clusterpropagationpolicies"), ("remedy.karmada.io", "remedies"),
        ("networking.karmada.io", "multiclusteringresses"), ("cluster.karmada.io", "clusters"),
        ("admissionregistration.k8s.io", "validatingadmissionpolicies"),
    ])
    func pluralsAreThoseOfDiscovery(group: String, plural: String) {
        #expect(catalog.definition(of: GroupResource(group: group, resource: plural)) != nil)
    }

    @Test func versionsAreOrderedByStability() {
        #expect(catalog.versions(of: "autoscaling") == ["v2", "v1"])
        #expect(catalog.versions(of: "work.karmada.io") == ["v1alpha2", "v1alpha1"])
        #expect(catalog.versions(of: "nope").isEmpty)
        let versions = ["foo10", "v1", "v11alpha2", "v3beta1", "v10", "v12alpha1", "v2", "foo1", "v10beta3", "v11beta2"]
        #expect(
            versions.sorted(by: APIVersionOrder.precedes) == [
                "v10", "v2", "v1", "v11beta2", "v10beta3", "v3beta1", "v12alpha1", "v11alpha2", "foo1", "foo10",
            ])
        #expect(catalog.groups.first == "")
    }

    @Test func customResourcesComeAndGo() {
        var catalog = ResourceCatalog.member
        let count = catalog.definitions.count
        let schema = TypeSchema(.object(ObjectType([SchemaField("spec", .init(.any))])))
        let widget = ResourceDefinition(
            group: "example.io", versions: [ResourceVersion("v1", schema: schema)], kind: "Widget", style: .custom)
        catalog.insert(widget)
        #expect(catalog.definitions.count == count + 1)
        #expect(catalog.schema(for: widget.kind("v1"))?.field("spec") != nil)
        catalog.insert(ResourceDefinition(group: "example.io", versions: [ResourceVersion("v2", schema: schema)], kind: "Widget"))
        #expect(catalog.definitions.count == count + 1)
        #expect(catalog.definition(of: widget.kind("v1")) == nil)
        #expect(catalog.definition(of: widget.kind("v2")) != nil)
        catalog.remove(widget.groupResource)
        #expect(catalog.definitions.count == count)
        #expect(catalog.definition(of: widget.kind("v2")) == nil)
        #expect(catalog.definition(of: GroupResource(group: "apps", resource: "deployments")) != nil)
    }

    @Test func customResourcesAreAdmittedLikeTheRest() {
        var options = AdmissionOptions()
        options.protectsFromDeletion = true
        var catalog = ResourceCatalog.controlPlane.admitting(options)
        let schema = TypeSchema(.object(ObjectType([])))
        let widget = ResourceDefinition(
            group: "example.io", versions: [ResourceVersion("v1", schema: schema)], kind: "Widget", style: .custom)
        catalog.insert(widget)
        catalog.remove(GroupResource(group: "apps", resource: "deployments"))
        #expect(catalog.definition(of: widget.groupResource)?.admission.protectsFromDeletion == true)
        #expect(!catalog.definitions.contains { !$0.admission.protectsFromDeletion })
    }
}
