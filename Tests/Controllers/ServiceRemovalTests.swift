import Client
import Kubernetes
import Testing

@testable import Controllers

/// Whatever goes first, nothing is left in the end.
@Suite struct ServiceRemovalTests {
    private let test = TestPlane(members: ["member1", "member2"])

    /// What makes a Service callable from another cluster, one of everything.
    private enum Part: CaseIterable {
        case export, exportPolicy, serviceImport, importPolicy, slice
    }

    private static let orders = permutations(Part.allCases)

    private static func permutations(_ parts: [Part]) -> [[Part]] {
        parts.isEmpty
            ? [[]]
            : parts.indices.flatMap { index in
                var rest = parts
                let first = rest.remove(at: index)
                return permutations(rest).map { [first] + $0 }
            }
    }

    private func manifests(_ name: String) -> String {
        """
        apiVersion: multicluster.x-k8s.io/v1alpha1
        kind: ServiceExport
        metadata: {name: \(name), namespace: default}
        ---
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: \(name)-export, namespace: default}
        spec:
          resourceSelectors: [{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceExport, name: \(name)}]
          placement: {clusterAffinity: {clusterNames: [member1]}}
        ---
        apiVersion: multicluster.x-k8s.io/v1alpha1
        kind: ServiceImport
        metadata: {name: \(name), namespace: default}
        spec: {type: ClusterSetIP, ports: [{name: web, port: 80, protocol: TCP}]}
        ---
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: \(name)-import, namespace: default}
        spec:
          resourceSelectors: [{apiVersion: multicluster.x-k8s.io/v1alpha1, kind: ServiceImport, name: \(name)}]
          propagateDeps: true
          placement: {clusterAffinity: {clusterNames: [member2]}}
        """
    }

    private func remove(_ part: Part, of name: String) async throws {
        let key = ObjectKey(namespace: "default", name: name)
        switch part {
        case .export: try await test.plane.delete(ServiceDiscovery.serviceExports, key)
        case .serviceImport: try await test.plane.delete(ServiceDiscovery.serviceImports, key)
        case .exportPolicy:
            try await test.plane.delete(PropagationPolicy.resource, ObjectKey(namespace: "default", name: "\(name)-export"))
        case .importPolicy:
            try await test.plane.delete(PropagationPolicy.resource, ObjectKey(namespace: "default", name: "\(name)-import"))
        case .slice: try await test.members["member1"].delete(ServiceDiscovery.endpointSlices, key)
        }
    }

    /// The garbage collector's part.
    private func collectGarbage() async {
        while !Task.isCancelled {
            // Dependents first: the owners of all of them are known then.
            let dependents = [ServiceDiscovery.services, ResourceBinding.resource].flatMap { resource in
                test.plane.objects(resource).map { (resource, $0) }
            }
            let owners = [
                ServiceDiscovery.services, ServiceDiscovery.serviceImports, ServiceDiscovery.serviceExports,
                ServiceDiscovery.endpointSlices,
            ].flatMap { test.plane.objects($0) }
            let uids = Set(owners.map(\.uid))
            for (resource, object) in dependents where object.controller.map({ !uids.contains($0.uid) }) ?? false {
                try? await test.plane.delete(resource, object.key, DeleteOptions(uid: object.uid))
            }
            try? await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test(.timeLimit(.minutes(2))) func partsGoInAnyOrder() async throws {
        try await test.run {
            let names = Self.orders.indices.map { "svc-\($0)" }
            for name in names {
                var slice = Object(apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "default", name: name)
                slice.labels = ["kubernetes.io/service-name": name]
                slice["endpoints"] = [["addresses": ["10.1.0.2"], "conditions": ["ready": true]]]
                _ = try await test.members["member1"].create(slice, in: ServiceDiscovery.endpointSlices)
                try await test.create(manifests(name))
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await collectGarbage() }
                for (name, order) in zip(names, Self.orders) {
                    try await eventually("\(name) is there", within: .seconds(60)) {
                        try test.members["member2"].object(
                            ServiceDiscovery.endpointSlices, "default", "imported-member1-\(name)") != nil
                    }
                    for part in order { try await remove(part, of: name) }
                }
                try await eventually("nothing is left", within: .seconds(60)) { try leftovers().isEmpty }
                group.cancelAll()
            }
        }
    }

    private func leftovers() throws -> [String] {
        let kinds = [
            ServiceDiscovery.services, ServiceDiscovery.endpointSlices, ServiceDiscovery.serviceImports,
            ServiceDiscovery.serviceExports, PropagationPolicy.resource, ResourceBinding.resource, Work.resource,
        ]
        return try [test.plane, test.members["member1"], test.members["member2"]].flatMap { cluster in
            kinds.flatMap { kind in cluster.objects(kind).map { "\(kind.resource) \($0.key)" } }
        }
    }
}
