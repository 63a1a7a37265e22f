import Client
import Kubernetes
import Testing

@testable import Controllers

@Suite struct MultiClusterServiceTests {
    private let test = TestPlane(members: ["member1", "member2", "member3"])

    private let service = """
        apiVersion: v1
        kind: Service
        metadata: {name: web, namespace: default}
        spec: {selector: {app: web}, ports: [{port: 80}]}
        """
    private let multiClusterService = """
        apiVersion: networking.karmada.io/v1alpha1
        kind: MultiClusterService
        metadata: {name: web, namespace: default, labels: {multiclusterservice.karmada.io/permanent-id: the-id}}
        spec:
          types: [CrossCluster]
          providerClusters: [{name: member1}]
          consumerClusters: [{name: member2}]
        """
    private let key = ObjectKey(namespace: "default", name: "web")

    private func slice(_ name: String, _ addresses: [String]) -> Object {
        var slice = Object(apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "default", name: name)
        slice.labels = [
            "kubernetes.io/service-name": "web",
            "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
        ]
        slice["addressType"] = "IPv4"
        slice["endpoints"] = .array(addresses.map { ["addresses": [.string($0)], "conditions": ["ready": true]] })
        slice["ports"] = [["port": 80, "protocol": "TCP"]]
        return slice
    }

    private func dispatched(to member: String, _ name: String = "member1-web-1") throws -> Object? {
        try test.members[member].object(ServiceDiscovery.endpointSlices, "default", name)
    }

    private func addresses(in member: String) throws -> [String] {
        (try dispatched(to: member)?["endpoints"]?.array ?? []).compactMap { $0["addresses"]?[0]?.string }
    }

    private func works(on member: String) -> [Object] { test.plane.objects(Work.resource, in: Work.namespace(of: member)) }

    private func collected() -> Object? {
        works(on: "member1").first { $0.labels["endpointslice.karmada.io/managed-by"] != nil }
    }

    private func condition(_ type: String) -> Condition? {
        test.plane.object(MultiClusterService.resource, "default", "web")
            .flatMap { ($0.status["conditions"]?.array ?? []).map(Condition.init)[type] }
    }

    private func change(_ change: @escaping @Sendable (inout Object) -> Void) async throws {
        try await test.plane.modify(MultiClusterService.resource, key) { object in
            change(&object)
            return true
        }
    }

    private func label(_ member: String, network: String?) async throws {
        try await test.plane.modify(Cluster.resource, ObjectKey(name: member)) { cluster in
            cluster.labels["networking.flotilla.dev/network"] = network
            return true
        }
    }

    /// Runs `body` when member2 has the endpoints of member1.
    private func run(_ body: @escaping @Sendable (MemoryCluster) async throws -> Void) async throws {
        var configuration = TestPlane.configuration
        configuration.featureGates[.multiClusterService] = true
        try await test.run(configuration) {
            let member = try test.members["member1"]
            _ = try await member.create(slice("web-1", ["10.1.0.2"]), in: ServiceDiscovery.endpointSlices)
            try await test.create("\(service)\n---\n\(multiClusterService)")
            try await eventually("the endpoints are there") { try addresses(in: "member2") == ["10.1.0.2"] }
            try await body(member)
        }
    }

    @Test(.timeLimit(.minutes(1))) func consumersGetTheServiceAndItsEndpoints() async throws {
        try await run { member in
            let slice = try #require(try dispatched(to: "member2"))
            #expect(slice.labels["kubernetes.io/service-name"] == "web")
            #expect(slice.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-dispatch-controller.karmada.io")
            #expect(slice.annotations["endpointslice.karmada.io/provision-cluster"] == "member1")
            try await eventually("provider and consumer have the Service, and only they") {
                try ["member1", "member2", "member3"].filter {
                    try test.members[$0].object(ServiceDiscovery.services, "default", "web") != nil
                } == ["member1", "member2"]
            }
            #expect(try dispatched(to: "member1") == nil, "no echo")

            let service = try #require(test.plane.object(ServiceDiscovery.services, "default", "web"))
            #expect(service.labels["resourcetemplate.karmada.io/claimed-by"] == "MultiClusterService")
            #expect(service.labels["multiclusterservice.karmada.io/permanent-id"] == "the-id")
            #expect(service.annotations["multiclusterservice.karmada.io/name"] == "web")
            let binding = try #require(test.plane.object(ResourceBinding.resource, "default", "web-service"))
            #expect(binding.labels["binding.karmada.io/managed-by"] == "MultiClusterService")
            let request = try #require(test.work("MultiClusterService", "web", on: "member1"))
            #expect(request.spec["suspendDispatching"] == true)
            #expect(request.labels["multiclusterservice.karmada.io/name"] == "web")
            let work = try #require(collected())
            #expect(work.finalizers == ["karmada.io/mcs-endpointslice-dispatch-controller"])
            #expect(work.labels["endpointslice.karmada.io/managed-by"] == "MultiClusterService")
            try await eventually("it says so") {
                condition("ServiceApplied")?.status == .true && condition("EndpointSliceDispatched")?.status == .true
            }
            #expect(condition("ServiceApplied")?.reason == "ServiceAppliedSucceed")
            #expect(condition("EndpointSliceDispatched")?.reason == "EndpointSliceDispatchedSucceed")
            #expect(condition("NetworksConnected") == nil)

            try await member.modify(ServiceDiscovery.endpointSlices, ObjectKey(namespace: "default", name: "web-1")) { slice in
                slice["endpoints"] = [["addresses": ["10.1.0.3"], "conditions": ["ready": true]]]
                return true
            }
            try await eventually("changes follow") { try addresses(in: "member2") == ["10.1.0.3"] }
            try await member.delete(ServiceDiscovery.endpointSlices, ObjectKey(namespace: "default", name: "web-1"))
            try await eventually("so does the end") { try dispatched(to: "member2") == nil && collected() == nil }
        }
    }

    @Test(.timeLimit(.minutes(1))) func consumersAndProvidersComeAndGo() async throws {
        try await run { _ in
            try await change { $0["spec", "consumerClusters"] = nil }
            try await eventually("everybody consumes") { try addresses(in: "member3") == ["10.1.0.2"] }
            try await change { $0["spec", "consumerClusters"] = [["name": "member3"]] }
            try await eventually("member2 no longer") { try dispatched(to: "member2") == nil }
            #expect(try dispatched(to: "member3") != nil)
            try await change { $0["spec", "providerClusters"] = [["name": "member2"]] }
            try await eventually("member1 provides no longer") {
                try dispatched(to: "member3") == nil && collected() == nil
                    && test.work("MultiClusterService", "web", on: "member1") == nil
            }
            try await change { $0["spec", "providerClusters"] = [["name": "member1"], ["name": "absent"]] }
            try await eventually("again it does") { try addresses(in: "member3") == ["10.1.0.2"] }
            try await eventually("an unknown cluster is told of") {
                test.plane.objects(EventRecorder.resource).contains { $0["reason"]?.string == "ClusterNotFound" }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func withItGoesAllThatItBroughtButTheService() async throws {
        try await run { _ in
            try await test.plane.delete(MultiClusterService.resource, key)
            try await eventually("nothing is left of it") {
                try dispatched(to: "member2") == nil && collected() == nil
                    && test.work("MultiClusterService", "web", on: "member1") == nil
                    && test.plane.object(MultiClusterService.resource, "default", "web") == nil
            }
            let service = try #require(test.plane.object(ServiceDiscovery.services, "default", "web"))
            #expect(service.labels.isEmpty && service.annotations.isEmpty, "policies may have it")
            #expect(try test.members["member2"].object(ServiceDiscovery.services, "default", "web") != nil, "as with policies")
        }
    }

    @Test(.timeLimit(.minutes(1))) func endpointsOfAClusterThatIsDownAreNotReadyAndCanBeGivenUp() async throws {
        try await run { _ in
            try test.members.stop("member1")
            try await eventually("nobody is sent there") {
                try dispatched(to: "member2")?["endpoints"]?[0]?["conditions", "ready"] == false
            }
            try await test.plane.delete(MultiClusterService.resource, key)
            try await eventually("nothing is left at the consumer") { try dispatched(to: "member2") == nil && collected() == nil }
            try test.members.start("member1")
            try await eventually("nor at the provider, when it is back") {
                works(on: "member1").allSatisfy { Work($0).spec.manifests.first?.kind == "Service" }
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func networksThatAreNotConnectedAreToldOfAndSpared() async throws {
        try await run { _ in
            try await label("member1", network: "east")
            try await label("member2", network: "west")
            try await eventually("member2 would call in vain") { try dispatched(to: "member2") == nil }
            try await eventually("which is told") { condition("NetworksConnected")?.status == .false }
            #expect(condition("NetworksConnected")?.reason == "NetworkNotConnected")
            #expect(
                condition("NetworksConnected")?.message
                    == "endpoints in member1 are not given to member2: the networks east and west are not connected")
            try await label("member2", network: "east")
            try await eventually("now it would not") { try addresses(in: "member2") == ["10.1.0.2"] }
            try await eventually("which is told, too") { condition("NetworksConnected")?.status == .true }
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneSliceServesAnExportToo() async throws {
        try await run { member in
            try await test.create(
                """
                apiVersion: multicluster.x-k8s.io/v1alpha1
                kind: ServiceExport
                metadata: {name: web, namespace: default}
                ---
                apiVersion: policy.karmada.io/v1alpha1
                kind: PropagationPolicy
                metadata: {name: export, namespace: default}
                spec:
                  resourceSelectors: [{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceExport, name: web}]
                  placement: {clusterAffinity: {clusterNames: [member1]}}
                """)
            func imported() -> Object? { test.plane.object(ServiceDiscovery.endpointSlices, "default", "imported-member1-web-1") }
            try await eventually("it is exported") { imported() != nil }
            #expect(collected()?.labels["endpointslice.karmada.io/managed-by"] == "MultiClusterService.ServiceExport")
            try await test.plane.delete(MultiClusterService.resource, key)
            try await eventually("the export is left") {
                try dispatched(to: "member2") == nil
                    && collected()?.finalizers == ["karmada.io/endpointslice-controller"]
            }
            #expect(imported() != nil)
            #expect(collected()?.labels["multiclusterservice.karmada.io/name"] == nil)
        }
    }

    @Test(.timeLimit(.minutes(1))) func aServiceThatIsNotThereIsToldOf() async throws {
        var configuration = TestPlane.configuration
        configuration.featureGates[.multiClusterService] = true
        try await test.run(configuration) {
            try await test.create(multiClusterService)
            try await eventually("it is missed") { condition("ServiceApplied")?.status == .false }
            #expect(condition("ServiceApplied")?.reason == "ServiceAppliedFailed")
            try await test.create(service)
            try await eventually("it is found") { condition("ServiceApplied")?.status == .true }
        }
    }

    @Test(.timeLimit(.minutes(1))) func loadBalancersAreLeftToOthers() async throws {
        var configuration = TestPlane.configuration
        configuration.featureGates[.multiClusterService] = true
        try await test.run(configuration) {
            try await test.create("\(service)\n---\n\(multiClusterService.replacing("CrossCluster", with: "LoadBalancer"))")
            // Another one that is acted on shows that this one was seen.
            try await test.create(
                "\(service)\n---\n\(multiClusterService)".replacing("name: web", with: "name: seen")
                    .replacing("the-id", with: "id"))
            try await eventually("the other is in place") { test.binding("seen-service") != nil }
            #expect(test.binding("web-service") == nil)
            #expect(test.plane.object(MultiClusterService.resource, "default", "web")?.finalizers == [])
        }
    }
}
