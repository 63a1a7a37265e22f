import Kubernetes
import Testing

@testable import Member

@Suite struct DeploymentTests {
    @Test func comesToReadyPods() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(2)) { cluster in
            try await cluster.create(
                .workload("Deployment", "web", replicas: 3, template: .template(app: "web")), in: .deployments)
            try await cluster.eventually("three replicas are available") {
                try await cluster.get(.deployments, "web").status["availableReplicas"]?.int == 3
            }

            let deployment = try await cluster.get(.deployments, "web")
            #expect(deployment.status["observedGeneration"]?.integer == deployment.generation)
            #expect(deployment.status["updatedReplicas"]?.int == 3)
            #expect(deployment.annotations["deployment.kubernetes.io/revision"] == "1")
            try await cluster.eventually("the rollout is complete") {
                let conditions = Conditions(try await cluster.get(.deployments, "web").status["conditions"])
                return conditions.isTrue("Available")
                    && conditions["Progressing"]?["reason"]?.string == "NewReplicaSetAvailable"
            }

            let replicaSets = try await cluster.list(.replicaSets)
            let replicaSet = try #require(replicaSets.first)
            #expect(replicaSets.count == 1)
            let hash = try #require(replicaSet.labels["pod-template-hash"])
            #expect(replicaSet.name == "web-\(hash)")
            let pods = try await cluster.pods()
            #expect(pods.count == 3)
            #expect(Set(pods.compactMap { $0.status["podIP"]?.string }).count == 3, "every pod has an address of its own")
            for pod in pods {
                #expect(pod.name.hasPrefix("web-\(hash)-"))
                #expect(pod.labels == ["app": "web", "pod-template-hash": hash])
                #expect(pod.controller?.uid == replicaSet.uid)
                #expect(pod.status["phase"]?.string == "Running")
                #expect(pod.status["containerStatuses"]?[0]?["ready"]?.bool == true)
                #expect(["test-node-1", "test-node-2"].contains(pod.spec["nodeName"]?.string))
            }
        }
    }

    @Test func scalesUpAndDown() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            try await cluster.create(
                .workload("Deployment", "web", replicas: 1, template: .template(app: "web")), in: .deployments)
            for replicas in [1, 20, 4, 0] {
                try await cluster.change(.deployments, "web") { $0.spec["replicas"] = JSON(replicas) }
                try await cluster.eventually("\(replicas) replicas") {
                    let status = try await cluster.get(.deployments, "web").status
                    let pods = try await cluster.pods().count
                    return status["availableReplicas"]?.int ?? 0 == replicas && status["replicas"]?.int ?? 0 == replicas
                        && pods == replicas
                }
            }
            #expect(try await cluster.list(.replicaSets).count == 1)
        }
    }

    @Test func aRollingUpdateKeepsItsPromise() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(2)) { cluster in
            var web = JSON.workload("Deployment", "web", replicas: 8, template: .template(app: "web", image: "nginx:1"))
            web["spec", "strategy"] = ["type": "RollingUpdate", "rollingUpdate": ["maxSurge": 2, "maxUnavailable": 0]]
            try await cluster.create(web, in: .deployments)
            try await cluster.eventually("ready") {
                try await cluster.get(.deployments, "web").status["availableReplicas"]?.int == 8
            }

            try await cluster.change(.deployments, "web") { $0.spec["template"] = .template(app: "web", image: "nginx:2") }
            try await cluster.eventually("updated") {
                let pods = try await cluster.pods()
                #expect(pods.count <= 10)
                #expect(pods.count { Conditions($0.status["conditions"]).isTrue("Ready") } >= 8)
                return pods.count == 8 && pods.allSatisfy { $0.spec["containers"]?[0]?["image"]?.string == "nginx:2" }
            }
            try await cluster.eventually("complete") {
                let deployment = try await cluster.get(.deployments, "web")
                return deployment.status["updatedReplicas"]?.int == 8 && deployment.status["replicas"]?.int == 8
                    && deployment.annotations["deployment.kubernetes.io/revision"] == "2"
            }
            #expect(try await cluster.list(.replicaSets).map { $0.spec["replicas"]?.int ?? -1 }.sorted() == [0, 8])

            // Going back uses the old ReplicaSet again, as the newest revision.
            try await cluster.change(.deployments, "web") { $0.spec["template"] = .template(app: "web", image: "nginx:1") }
            try await cluster.eventually("rolled back") {
                let deployment = try await cluster.get(.deployments, "web")
                return deployment.annotations["deployment.kubernetes.io/revision"] == "3"
                    && deployment.status["updatedReplicas"]?.int == 8 && deployment.status["replicas"]?.int == 8
            }
            #expect(try await cluster.list(.replicaSets).count == 2)
        }
    }

    @Test func anUpdateThatDoesNotGetReadyStops() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            var web = JSON.workload("Deployment", "web", replicas: 4, template: .template(app: "web"))
            web["spec", "progressDeadlineSeconds"] = 1
            try await cluster.create(web, in: .deployments)
            try await cluster.eventually("ready") {
                try await cluster.get(.deployments, "web").status["availableReplicas"]?.int == 4
            }
            try await cluster.change(.deployments, "web") {
                $0.spec["template"] = .template(app: "web", annotations: [Annotations.unready: "true"])
            }
            try await cluster.eventually("the deadline is exceeded") {
                let status = try await cluster.get(.deployments, "web").status
                return Conditions(status["conditions"])["Progressing"]?["reason"]?.string == "ProgressDeadlineExceeded"
            }
            // On a slow machine the deadline may come before the update is as far as it may go.
            try await cluster.eventually("a quarter of four is unavailable, and a quarter is on top") {
                let status = try await cluster.get(.deployments, "web").status
                return status["availableReplicas"]?.int == 3 && status["updatedReplicas"]?.int == 2
                    && Conditions(status["conditions"]).isTrue("Available")
            }
        }
    }

    @Test func aRecreateStopsTheOldFirst() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            var web = JSON.workload("Deployment", "web", replicas: 3, template: .template(app: "web", image: "nginx:1"))
            web["spec", "strategy"] = ["type": "Recreate"]
            try await cluster.create(web, in: .deployments)
            try await cluster.eventually("ready") {
                try await cluster.get(.deployments, "web").status["availableReplicas"]?.int == 3
            }
            try await cluster.change(.deployments, "web") { $0.spec["template"] = .template(app: "web", image: "nginx:2") }
            try await cluster.eventually("recreated") {
                let images = Set(try await cluster.pods().compactMap { $0.spec["containers"]?[0]?["image"]?.string })
                #expect(images.count <= 1, "two versions never run together")
                return images == ["nginx:2"]
            }
            try await cluster.eventually("ready again") {
                try await cluster.get(.deployments, "web").status["availableReplicas"]?.int == 3
            }
        }
    }

    @Test func aPausedDeploymentScalesButDoesNotUpdate() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            try await cluster.create(
                .workload("Deployment", "web", replicas: 2, template: .template(app: "web", image: "nginx:1")), in: .deployments)
            try await cluster.eventually("ready") {
                try await cluster.get(.deployments, "web").status["availableReplicas"]?.int == 2
            }
            try await cluster.change(.deployments, "web") {
                $0.spec["paused"] = true
                $0.spec["replicas"] = 5
                $0.spec["template"] = .template(app: "web", image: "nginx:2")
            }
            try await cluster.eventually("scaled") {
                try await cluster.get(.deployments, "web").status["availableReplicas"]?.int == 5
            }
            #expect(try await cluster.pods().allSatisfy { $0.spec["containers"]?[0]?["image"]?.string == "nginx:1" })
            try await cluster.change(.deployments, "web") { $0.spec["paused"] = false }
            try await cluster.eventually("updated") {
                let pods = try await cluster.pods()
                return pods.count == 5 && pods.allSatisfy { $0.spec["containers"]?[0]?["image"]?.string == "nginx:2" }
            }
        }
    }

    @Test func oldReplicaSetsAreForgotten() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            var web = JSON.workload("Deployment", "web", replicas: 1, template: .template(app: "web", image: "nginx:1"))
            web["spec", "revisionHistoryLimit"] = 2
            try await cluster.create(web, in: .deployments)
            for version in 2...6 {
                try await cluster.change(.deployments, "web") {
                    $0.spec["template"] = .template(app: "web", image: "nginx:\(version)")
                }
                try await cluster.eventually("version \(version)") {
                    let pods = try await cluster.pods()
                    return pods.count == 1 && pods[0].spec["containers"]?[0]?["image"]?.string == "nginx:\(version)"
                }
            }
            try await cluster.eventually("two old ones stay") { try await cluster.list(.replicaSets).count == 3 }
        }
    }
}
