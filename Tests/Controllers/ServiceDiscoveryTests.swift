import Client
import Kubernetes
import Testing

@testable import Controllers

@Suite struct ServiceDiscoveryTests {
    private let test = TestPlane(members: ["member1", "member2"])
    private let derived = "imported-member1-svc-foo-1"

    private let export = """
        apiVersion: multicluster.x-k8s.io/v1alpha1
        kind: ServiceExport
        metadata: {name: svc-foo, namespace: default}
        """
    private let policy = """
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: export, namespace: default}
        spec:
          resourceSelectors: [{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceExport, name: svc-foo}]
          placement: {clusterAffinity: {clusterNames: [member1]}}
        """

    private func slice(_ name: String, _ addresses: [String], managedBy: String = "endpointslice-controller.k8s.io") -> Object {
        var slice = Object(apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "default", name: name)
        slice.labels = ["kubernetes.io/service-name": "svc-foo", "endpointslice.kubernetes.io/managed-by": managedBy]
        slice["addressType"] = "IPv4"
        slice["endpoints"] = .array(addresses.map { ["addresses": [.string($0)], "conditions": ["ready": true]] })
        slice["ports"] = [["port": 80, "protocol": "TCP"]]
        return slice
    }

    private func collected(_ name: String? = nil) -> Object? {
        test.plane.object(ServiceDiscovery.endpointSlices, "default", name ?? derived)
    }

    private var addresses: [String] { (collected()?["endpoints"]?.array ?? []).compactMap { $0["addresses"]?[0]?.string } }

    private var collectedWorks: [Object] {
        test.plane.objects(Work.resource, in: "karmada-es-member1").filter { $0.labels["endpointslice.karmada.io/name"] != nil }
    }

    /// Runs `body` when the one slice of the exported service is in the control plane.
    private func run(_ body: @escaping @Sendable (MemoryCluster) async throws -> Void) async throws {
        try await test.run {
            let member = try test.members["member1"]
            _ = try await member.create(slice("svc-foo-1", ["10.1.0.2"]), in: ServiceDiscovery.endpointSlices)
            try await test.create("\(policy)\n---\n\(export)")
            try await eventually("the endpoints are reported") { addresses == ["10.1.0.2"] }
            try await body(member)
        }
    }

    @Test(.timeLimit(.minutes(1))) func theEndpointsOfAnExportedServiceAreReportedAndFollowed() async throws {
        try await run { member in
            let slice = try #require(collected())
            #expect(slice.labels["kubernetes.io/service-name"] == "derived-svc-foo")
            #expect(slice.labels["endpointslice.kubernetes.io/managed-by"] == "endpointslice-controller.karmada.io")
            #expect(slice.annotations["work.karmada.io/namespace"] == "karmada-es-member1")
            let work = try #require(collectedWorks.first)
            #expect(work.spec["suspendDispatching"] == true)
            #expect(work.finalizers == ["karmada.io/endpointslice-controller"])

            // What came from the control plane does not go back there.
            _ = try await member.create(
                self.slice("imported-member2-x", ["10.2.0.2"], managedBy: "endpointslice-controller.karmada.io"),
                in: ServiceDiscovery.endpointSlices)
            try await member.modify(
                ServiceDiscovery.endpointSlices, ObjectKey(namespace: "default", name: "svc-foo-1")
            ) { slice in
                slice["endpoints"] = [["addresses": ["10.1.0.3"], "conditions": ["ready": true]]]
                return true
            }
            try await eventually("changes follow") { addresses == ["10.1.0.3"] }
            #expect(collected("imported-member1-imported-member2-x") == nil)

            _ = try await member.create(self.slice("svc-foo-2", ["10.1.0.4"]), in: ServiceDiscovery.endpointSlices)
            try await eventually("a second slice") { collected("imported-member1-svc-foo-2") != nil }
            try await member.delete(ServiceDiscovery.endpointSlices, ObjectKey(namespace: "default", name: "svc-foo-1"))
            try await eventually("the first is gone, with its Work") { collected() == nil && collectedWorks.count == 1 }
        }
    }

    @Test(.timeLimit(.minutes(1))) func endpointsOfAClusterThatIsDownAreNotReady() async throws {
        try await run { _ in
            func readiness() -> JSON? { collected()?["endpoints"]?[0]?["conditions", "ready"] }
            try test.members.stop("member1")
            try await eventually("nobody is sent there") { readiness() == false }
            #expect(addresses == ["10.1.0.2"])
            try test.members.start("member1")
            try await eventually("and again") { readiness() == true }
        }
    }

    @Test(.timeLimit(.minutes(1))) func withTheExportGoesAllThatItBrought() async throws {
        try await run { member in
            try await test.plane.delete(ServiceDiscovery.serviceExports, ObjectKey(namespace: "default", name: "svc-foo"))
            // The garbage collector's part: the template owns its binding.
            try await test.plane.deleteIfPresent(
                ResourceBinding.resource, ObjectKey(namespace: "default", name: "svc-foo-serviceexport"))
            try await eventually("nothing is left") { collected() == nil && collectedWorks.isEmpty }
            #expect(member.object(ServiceDiscovery.endpointSlices, "default", "svc-foo-1") != nil, "that is the member's own")
        }
    }

    @Test(.timeLimit(.minutes(1))) func withTheClusterGoesAllThatItReported() async throws {
        try await run { _ in
            try await test.plane.delete(Cluster.resource, ObjectKey(name: "member1"))
            try await eventually("nothing is left") {
                collected() == nil && collectedWorks.isEmpty && test.plane.object(Cluster.resource, "member1") == nil
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func controllersThatStartAnewTidyUp() async throws {
        try await run { _ in }
        let member = try test.members["member1"]
        try await member.delete(ServiceDiscovery.endpointSlices, ObjectKey(namespace: "default", name: "svc-foo-1"))
        try await test.resume {
            try await eventually("what ended meanwhile is gone") { collected() == nil && collectedWorks.isEmpty }
        }
    }

    @Test(.timeLimit(.minutes(1))) func anImportHasAServiceOfItsOwn() async throws {
        let manifest = """
            apiVersion: multicluster.x-k8s.io/v1alpha1
            kind: ServiceImport
            metadata: {name: svc-foo, namespace: default}
            spec: {type: ClusterSetIP, ports: [{name: web, port: 80, protocol: TCP}]}
            """
        try await test.run {
            _ = try await test.plane.create(
                Object(apiVersion: "v1", kind: "Service", namespace: "default", name: "derived-other"),
                in: ServiceDiscovery.services)
            try await test.create(manifest)
            try await test.create(manifest.replacing("svc-foo", with: "other"))
            func service(_ name: String) -> Object? { test.plane.object(ServiceDiscovery.services, "default", name) }
            try await eventually("derived") { service("derived-svc-foo") != nil }
            let derived = try #require(service("derived-svc-foo"))
            #expect(derived.spec["ports"] == [["name": "web", "port": 80, "protocol": "TCP"]])
            #expect(derived.ownerReferences.map(\.name) == ["svc-foo"], "it goes with the import")
            try await test.plane.modify(
                ServiceDiscovery.serviceImports, ObjectKey(namespace: "default", name: "svc-foo")
            ) { object in
                object["spec", "ports"] = [["port": 8080, "protocol": "TCP"]]
                return true
            }
            try await eventually("changes follow") { service("derived-svc-foo")?.spec["ports"]?[0]?["port"] == 8080 }
            try await eventually("a Service that is somebody else's is left alone, and that is told") {
                test.plane.objects(EventRecorder.resource).contains { $0["reason"]?.string == "SyncDerivedServiceFailed" }
            }
            #expect(service("derived-other")?.spec["ports"] == nil)
        }
    }
}
