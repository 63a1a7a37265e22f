import Client
import Kubernetes
import Testing

@testable import Controllers

/// What the control plane does about clusters that come and go.
@Suite struct ClusterTests {
    private func reasons(_ plane: MemoryCluster) -> [String] {
        plane.objects(EventRecorder.resource).compactMap { $0["reason"]?.string }
    }

    /// Whether it is alive shows in its Lease and its status only, and both are silent.
    @Test(.timeLimit(.minutes(1))) func aClusterLeavesThoughItsAgentIsGone() async throws {
        let test = TestPlane(members: [])
        var configuration = TestPlane.configuration
        configuration.clusterMonitorGracePeriod = .milliseconds(200)
        try await test.run(configuration) {
            let key = ObjectKey(name: "member1")
            var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member1")
            cluster.spec = ["syncMode": "Pull"]
            _ = try await test.plane.create(cluster, in: Cluster.resource)
            let space = Work.namespace(of: "member1")
            try await eventually("there is room for its Works") { test.plane.object(Resource.namespaces, space) != nil }
            var work = Object(apiVersion: "work.karmada.io/v1alpha1", kind: "Work", namespace: space, name: "web")
            work.finalizers = [Finalizer.execution]
            _ = try await test.plane.create(work, in: Work.resource)
            try await eventually("it is known to be there") {
                test.plane.object(Cluster.resource, "member1")?.finalizers == [Finalizer.cluster]
            }
            try await test.plane.modify(Cluster.resource, key, subresource: "status") { cluster in
                cluster.setCondition(Condition(type: Cluster.readyCondition, status: .true, reason: "ClusterReady", message: ""))
                return true
            }
            try await test.plane.delete(Cluster.resource, key)
            try await eventually("it is gone") { test.plane.object(Cluster.resource, "member1") == nil }
            #expect(test.plane.objects(Work.resource).isEmpty)
        }
    }

    /// What is left in the member for want of a right, say, has to be told: the Cluster stays for it.
    @Test(.timeLimit(.minutes(1))) func whatCannotBeCleanedUpIsTold() async throws {
        let test = TestPlane(members: ["member1"])
        try await test.run {
            let space = Work.namespace(of: "member1")
            try await eventually("it is ready") {
                test.plane.object(Cluster.resource, "member1").map { Cluster($0).isReady } ?? false
                    && test.plane.object(Resource.namespaces, space) != nil
            }
            // An agent was let in under its name once.
            try await AgentAccess(cluster: "member1").grant(test.plane)
            var work = Object(apiVersion: "work.karmada.io/v1alpha1", kind: "Work", namespace: space, name: "web")
            work.finalizers = [Finalizer.execution]
            work.spec = [
                "workload": [
                    "manifests": [
                        [
                            "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "web", "namespace": "default"],
                        ]
                    ]
                ]
            ]
            _ = try await test.plane.create(work, in: Work.resource)
            try await eventually("it is applied") { try test.members["member1"].object(.configMaps, "default", "web") != nil }
            // The API server is gone, while the cluster still counts as ready.
            try test.members["member1"].setDown(true)
            try await test.plane.delete(Cluster.resource, ObjectKey(name: "member1"))
            try await eventually("the failure is told") {
                test.plane.objects(EventRecorder.resource, in: space).contains { event in
                    event["reason"]?.string == EventReason.cleanupWorkFailed && event["involvedObject", "name"]?.string == "web"
                        && event["message"]?.string?.contains("default/web") == true
                }
            }
            #expect(test.plane.object(Cluster.resource, "member1") != nil)
            try test.members["member1"].setDown(false)
            try await eventually("it is gone") { test.plane.object(Cluster.resource, "member1") == nil }
            for resource in [GroupVersionResource.clusterRoles, .clusterRoleBindings, .roles, .roleBindings] {
                let left = test.plane.objects(resource).map(\.name).filter { $0.hasPrefix("system:karmada:member1:agent") }
                #expect(left == [], "\(resource)")
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aClusterMayGetAnImpersonatorLater() async throws {
        let test = TestPlane(members: ["member1"])
        try await test.run {
            try await eventually("it is ready") {
                test.plane.object(Cluster.resource, "member1").map { Cluster($0).isReady } ?? false
            }
            func role(_ cluster: String) -> Object? { test.work("ClusterRole", "karmada-impersonator", in: "", on: cluster) }
            #expect(role("member1") == nil)
            try await test.plane.modify(Cluster.resource, ObjectKey(name: "member1")) { cluster in
                cluster.spec["impersonatorSecretRef"] = ["namespace": "karmada-cluster", "name": "member1-impersonator"]
                return true
            }
            try await eventually("its role comes") { role("member1") != nil }

            // One that has it from the first comes before the namespace of its Works.
            var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member2")
            cluster.spec = [
                "syncMode": "Pull", "impersonatorSecretRef": ["namespace": "karmada-cluster", "name": "member2-impersonator"],
            ]
            _ = try await test.plane.create(cluster, in: Cluster.resource)
            try await eventually("its role comes") { role("member2") != nil }
            try await eventually("that is told") {
                test.plane.objects(EventRecorder.resource).contains { event in
                    event["reason"]?.string == EventReason.syncImpersonationConfigSucceed
                        && event["involvedObject", "name"]?.string == "member2"
                }
            }
            #expect(!reasons(test.plane).contains(EventReason.syncImpersonationConfigFailed))
        }
    }
}
