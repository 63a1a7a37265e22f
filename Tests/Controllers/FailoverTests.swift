import Client
import Kubernetes
import Synchronization
import Testing

@testable import Controllers

@Suite struct FailoverTests {
    private let test = TestPlane()
    private let foo = ObjectKey(namespace: "default", name: "foo")

    private let manifests = """
        apiVersion: policy.karmada.io/v1alpha1
        kind: ClusterTaintPolicy
        metadata: {name: failover}
        spec:
          addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
          removeOnConditions: [{conditionType: Ready, operator: In, statusValues: ["True"]}]
          taints: [{key: fail, effect: NoExecute}]
        ---
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: foo, namespace: default}
        spec:
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: foo}]
          placement:
            clusterAffinity: {clusterNames: [member1, member2, member3]}
            spreadConstraints: [{spreadByField: cluster, minGroups: 2, maxGroups: 2}]
            replicaScheduling: {replicaSchedulingType: Divided}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: foo, namespace: default}
        spec:
          replicas: 6
          selector: {matchLabels: {app: foo}}
          template:
            metadata: {labels: {app: foo}}
            spec: {containers: [{name: foo, image: foo}]}
        """

    private func ready(_ name: String) throws -> Int {
        try test.members[name].object(.deployments, "default", "foo")?.status["readyReplicas"]?.int ?? 0
    }

    @Test(.timeLimit(.minutes(1))) func replicasOfADeadClusterMove() async throws {
        try await test.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await test.kubelets(foo) }
                group.addTask {
                    try await test.create(manifests)
                    try await eventually("spread over two") { try ready("member1") == 3 && ready("member2") == 3 }
                    try test.members.stop("member1")
                    // With the dead cluster's replicas out of reach, those of the others are all there is.
                    let minimum = Mutex(6)
                    try await eventually("six again") {
                        let alive = try ready("member2") + ready("member3")
                        minimum.withLock { $0 = min($0, alive) }
                        return alive == 6
                    }
                    #expect(minimum.withLock { $0 } == 3)
                    let cluster = try #require(test.plane.object(Cluster.resource, "member1").map(Cluster.init))
                    #expect(Set(cluster.spec.taints.map(\.description)) == [
                        "cluster.karmada.io/not-ready:NoSchedule", "fail:NoExecute",
                    ])
                    #expect(cluster.status.conditions["Ready"]?.reason == "ClusterNotReachable")
                    try await eventually("the eviction is over") {
                        test.binding("foo-deployment")?.spec.gracefulEvictionTasks.isEmpty ?? false
                    }
                    #expect(test.binding("foo-deployment")?.spec.clusters.map(\.name) == ["member2", "member3"])

                    try test.members.start("member1")
                    try await eventually("the cluster is back, and clean") {
                        let cluster = test.plane.object(Cluster.resource, "member1").map(Cluster.init)
                        return try cluster?.spec.taints == []
                            && test.members["member1"].object(.deployments, "default", "foo") == nil
                    }
                    #expect(try ready("member2") + ready("member3") == 6, "nothing moves back by itself")
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func theOldPlaceIsKeptUntilTheNewOneIsHealthy() async throws {
        try await test.run {
            try await test.create(manifests)
            try await eventually("spread over two") {
                try test.members["member1"].object(.deployments, "default", "foo") != nil
                    && test.members["member2"].object(.deployments, "default", "foo") != nil
            }
            // A taint by hand: the cluster itself is well. Nobody reports the new replicas as ready.
            try await test.plane.modify(Cluster.resource, ObjectKey(name: "member1")) { object in
                object["spec", "taints"] = [
                    ["key": "drain", "effect": "NoExecute", "timeAdded": .string(Timestamp.now().description)]
                ]
                return true
            }
            try await eventually("scheduled elsewhere") {
                try test.members["member3"].object(.deployments, "default", "foo") != nil
            }
            let binding = try #require(test.binding("foo-deployment"))
            #expect(binding.spec.gracefulEvictionTasks.map(\.fromCluster) == ["member1"])
            #expect(binding.spec.gracefulEvictionTasks.map(\.producer) == ["TaintManager"])
            #expect(binding.spec.gracefulEvictionTasks.map(\.replicas) == [3])
            #expect(try test.members["member1"].object(.deployments, "default", "foo")?.spec["replicas"] == 3)

            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await test.kubelets(foo) }
                group.addTask {
                    try await eventually("emptied") { try test.members["member1"].object(.deployments, "default", "foo") == nil }
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }
}

@Suite struct ClusterLifecycleTests {
    private let test = TestPlane(members: ["member1", "member2"])

    @Test(.timeLimit(.minutes(1))) func aClusterThatJoinsIsPreparedAndDescribed() async throws {
        try await test.run {
            try await eventually("described") {
                guard let object = test.plane.object(Cluster.resource, "member1") else { return false }
                let cluster = Cluster(object)
                return cluster.isReady && cluster.status.nodeSummary != nil && cluster.spec.taints.isEmpty
                    && object.finalizers == [Finalizer.cluster]
            }
            let cluster = Cluster(try #require(test.plane.object(Cluster.resource, "member1")))
            #expect(test.plane.object(Resource.namespaces, "karmada-es-member1")?.labels[Label.system] == "true")
            #expect(cluster.status.kubernetesVersion == "v1.32.0")
            #expect(cluster.status.nodeSummary == .init(totalNum: 1, readyNum: 1))
            #expect(cluster.enablement(of: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment")) == .enabled)
            #expect(cluster.enablement(of: GroupVersionKind(apiVersion: "apps/v1", kind: "Other")) == .disabled)

            func pod(_ name: String, node: String?, phase: String) -> Object {
                var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: name)
                pod.spec = [
                    "containers": [["name": "c", "resources": ["requests": ["cpu": "500m", "memory": "1Gi"]]]],
                    "initContainers": [["name": "i", "resources": ["requests": ["cpu": "100m", "memory": "2Gi"]]]],
                ]
                if let node { pod["spec", "nodeName"] = .string(node) }
                pod.status = ["phase": .string(phase)]
                return pod
            }
            let member = try test.members["member1"]
            for pod in [
                pod("running", node: "node1", phase: "Running"), pod("ended", node: "node1", phase: "Succeeded"),
                pod("waiting", node: nil, phase: "Pending"),
            ] {
                _ = try await member.create(pod, in: Resource.pods)
            }
            func summary() -> JSON? { test.plane.object(Cluster.resource, "member1")?.status["resourceSummary"] }
            try await eventually("pods are counted") {
                summary() == [
                    "allocatable": ["cpu": "4", "memory": "8Gi", "pods": "110"],
                    "allocated": ["cpu": "500m", "memory": "2Gi", "pods": "1"],
                    "allocating": ["cpu": "500m", "memory": "2Gi", "pods": "1"],
                ]
            }
            try await member.delete(Resource.pods, ObjectKey(namespace: "default", name: "running"))
            try await eventually("and counted off") { summary()?["allocated"] == nil }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aClusterThatLeavesIsClearedUpAfter() async throws {
        try await test.run {
            try await test.create(
                """
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings, namespace: default}
                ---
                apiVersion: policy.karmada.io/v1alpha1
                kind: PropagationPolicy
                metadata: {name: settings, namespace: default}
                spec: {resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: settings}]}
                """)
            let member = try test.members["member1"]
            try await eventually("there") { member.object(.configMaps, "default", "settings") != nil }
            try await test.plane.delete(Cluster.resource, ObjectKey(name: "member1"))
            try await eventually("the cluster is gone, with all that was for it") {
                test.plane.object(Cluster.resource, "member1") == nil
                    && test.plane.object(Resource.namespaces, "karmada-es-member1") == nil
                    && test.plane.objects(Work.resource, in: "karmada-es-member1").isEmpty
                    && member.object(.configMaps, "default", "settings") == nil
            }
            #expect(try test.members["member2"].object(.configMaps, "default", "settings") != nil)
        }
    }
}
