import Client
import Kubernetes
import Testing

@testable import Member

@Suite struct WorkloadTests {
    @Test func aStatefulSetGrowsInOrderAndUpdatesBackwards() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(2)) { cluster in
            var db = JSON.workload("StatefulSet", "db", replicas: 3, template: .template(app: "db", image: "db:1"))
            db["spec", "serviceName"] = "db"
            db["spec", "volumeClaimTemplates"] = [
                [
                    "metadata": ["name": "data"],
                    "spec": ["accessModes": ["ReadWriteOnce"], "resources": ["requests": ["storage": "1Gi"]]],
                ]
            ]
            try await cluster.create(db, in: .statefulSets)
            try await cluster.eventually("three replicas") {
                let names = try await cluster.pods().map(\.name)
                #expect(names == Array(["db-0", "db-1", "db-2"].prefix(names.count)), "one after the other")
                return try await cluster.get(.statefulSets, "db").status["availableReplicas"]?.int == 3
            }
            let first = try await cluster.get(.statefulSets, "db").status
            #expect(first["currentRevision"] == first["updateRevision"])
            #expect(first["currentReplicas"]?.int == 3)
            let pod = try await cluster.get(.pods, "db-1")
            #expect(pod.labels["statefulset.kubernetes.io/pod-name"] == "db-1")
            #expect(pod.labels["apps.kubernetes.io/pod-index"] == "1")
            #expect(pod.labels["controller-revision-hash"] == first["currentRevision"]?.string)
            #expect(pod.spec["hostname"]?.string == "db-1" && pod.spec["subdomain"]?.string == "db")
            #expect(pod.spec["volumes"]?[0]?["persistentVolumeClaim", "claimName"]?.string == "data-db-1")
            #expect(try await cluster.list(.persistentVolumeClaims).map(\.name) == ["data-db-0", "data-db-1", "data-db-2"])

            try await cluster.change(.statefulSets, "db") { $0.spec["template"] = .template(app: "db", image: "db:2") }
            try await cluster.eventually("updated") {
                let images = try await cluster.pods().map { $0.spec["containers"]?[0]?["image"]?.string ?? "" }
                #expect(images.sorted() == images, "higher ordinals are updated first")
                let status = try await cluster.get(.statefulSets, "db").status
                return images == ["db:2", "db:2", "db:2"] && status["currentRevision"] == status["updateRevision"]
                    && status["currentRevision"] != first["currentRevision"] && status["readyReplicas"]?.int == 3
            }
            try await cluster.change(.statefulSets, "db") { $0.spec["replicas"] = 1 }
            try await cluster.eventually("shrunk") { try await cluster.pods().map(\.name) == ["db-0"] }
            #expect(try await cluster.list(.persistentVolumeClaims).count == 3, "claims outlive their pods")
            #expect(try await cluster.list(.controllerRevisions).count == 2)
        }
    }

    @Test func aPartitionHoldsPodsBack() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            var db = JSON.workload("StatefulSet", "db", replicas: 3, template: .template(app: "db", image: "db:1"))
            db["spec", "podManagementPolicy"] = "Parallel"
            db["spec", "updateStrategy"] = ["type": "RollingUpdate", "rollingUpdate": ["partition": 2]]
            try await cluster.create(db, in: .statefulSets)
            try await cluster.eventually("ready") {
                try await cluster.get(.statefulSets, "db").status["availableReplicas"]?.int == 3
            }
            try await cluster.change(.statefulSets, "db") { $0.spec["template"] = .template(app: "db", image: "db:2") }
            func images() async throws -> [String] { try await cluster.pods().map {
                $0.spec["containers"]?[0]?["image"]?.string ?? "" }
            }
            try await cluster.eventually("the last is updated") { try await images() == ["db:1", "db:1", "db:2"] }
            // A pod that is lost below the partition comes back as it was.
            try await cluster.client.delete(.pods, ObjectKey(namespace: "default", name: "db-0"))
            try await cluster.eventually("it is back") { try await images() == ["db:1", "db:1", "db:2"] }
            let status = try await cluster.get(.statefulSets, "db").status
            #expect(status["currentRevision"] != status["updateRevision"])
        }
    }

    @Test func aDaemonSetCoversEligibleNodes() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(3)) { cluster in
            try await cluster.change(.nodes, "test-node-3", in: "") {
                $0.spec["taints"] = [["key": "dedicated", "effect": "NoSchedule"]]
            }
            try await cluster.create(
                .workload("DaemonSet", "agent", template: .template(app: "agent", image: "agent:1")), in: .daemonSets)
            func nodes() async throws -> [String] { try await cluster.pods().compactMap { $0.spec["nodeName"]?.string }.sorted() }
            try await cluster.eventually("two nodes") {
                let status = try await cluster.get(.daemonSets, "agent").status
                return status["desiredNumberScheduled"]?.int == 2 && status["numberAvailable"]?.int == 2
                    && status["updatedNumberScheduled"]?.int == 2 && status["numberMisscheduled"]?.int == 0
            }
            #expect(try await nodes() == ["test-node-1", "test-node-2"])
            // Daemons run on cordoned nodes too.
            try await cluster.change(.nodes, "test-node-3", in: "") {
                $0.spec["taints"] = nil
                $0.spec["unschedulable"] = true
            }
            try await cluster.eventually("three nodes") { try await nodes() == ["test-node-1", "test-node-2", "test-node-3"] }
            try await cluster.eventually("ready") { try await cluster.get(.daemonSets, "agent").status["numberReady"]?.int == 3 }
            try await cluster.change(.daemonSets, "agent") { $0.spec["template"] = .template(app: "agent", image: "agent:2") }
            try await cluster.eventually("updated one by one") {
                let pods = try await cluster.pods()
                #expect(pods.count { Conditions($0.status["conditions"]).isTrue("Ready") } >= 2 || pods.count < 3)
                return pods.count == 3 && pods.allSatisfy { $0.spec["containers"]?[0]?["image"]?.string == "agent:2" }
            }
            try await cluster.client.delete(.nodes, ObjectKey(name: "test-node-3"))
            try await cluster.eventually("two nodes again") { try await nodes() == ["test-node-1", "test-node-2"] }
        }
    }

    private func job(_ name: String, _ spec: JSON, annotations: [String: String] = [:]) -> JSON {
        var spec = spec
        spec["template"] = .template(
            app: name, annotations: [Annotations.runSeconds: "0.05"].merging(annotations) { $1 }, restart: "Never")
        return ["apiVersion": "batch/v1", "kind": "Job", "metadata": ["name": .string(name)], "spec": spec]
    }

    @Test func jobsComplete() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            try await cluster.create(job("many", ["completions": 7, "parallelism": 3]), in: .jobs)
            try await cluster.create(job("indexed", ["completions": 3, "parallelism": 3, "completionMode": "Indexed"]), in: .jobs)
            try await cluster.create(job("queue", ["parallelism": 2]), in: .jobs)
            try await cluster.create(
                job("bad", ["completions": 1, "backoffLimit": 2], annotations: [Annotations.exitCode: "3"]), in: .jobs)
            try await cluster.create(job("asleep", ["completions": 1, "suspend": true]), in: .jobs)
            for name in ["many", "indexed", "queue"] {
                try await cluster.eventually("\(name) completes") {
                    Conditions(try await cluster.get(.jobs, name).status["conditions"]).isTrue("Complete")
                }
            }
            let many = try await cluster.get(.jobs, "many").status
            #expect(many["succeeded"]?.int == 7)
            #expect(many["active"] == nil)
            #expect(many["completionTime"] != nil)
            #expect(try await cluster.pods().count { $0.labels["job-name"] == "many" } == 7, "ended pods stay for their logs")
            #expect(try await cluster.get(.jobs, "indexed").status["completedIndexes"]?.string == "0-2")
            #expect(try await cluster.get(.jobs, "queue").status["succeeded"]?.int == 2)
            try await cluster.eventually("the bad one fails") {
                Conditions(try await cluster.get(.jobs, "bad").status["conditions"]).isTrue("Failed")
            }
            let bad = try await cluster.get(.jobs, "bad").status
            #expect(bad["failed"]?.int == 3)
            #expect(Conditions(bad["conditions"])["Failed"]?["reason"]?.string == "BackoffLimitExceeded")
            let failed = try #require(try await cluster.pods().first { $0.labels["job-name"] == "bad" })
            #expect(failed.status["containerStatuses"]?[0]?["state", "terminated", "exitCode"]?.int == 3)
            #expect(!(try await cluster.pods().contains { $0.labels["job-name"] == "asleep" }))
            try await cluster.change(.jobs, "asleep") { $0.spec["suspend"] = false }
            try await cluster.eventually("it wakes up") {
                Conditions(try await cluster.get(.jobs, "asleep").status["conditions"]).isTrue("Complete")
            }
        }
    }

    @Test func anEndedJobGoesWhenItsTimeIsUp() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            try await cluster.create(job("brief", ["completions": 1, "ttlSecondsAfterFinished": 1]), in: .jobs)
            try await cluster.eventually("it is gone") { try await cluster.list(.jobs).isEmpty }
        }
    }

    @Test func servicesKnowTheirPods() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(2)) { cluster in
            try await cluster.create(
                [
                    "apiVersion": "v1", "kind": "Service", "metadata": ["name": "web", "labels": ["team": "a"]],
                    "spec": ["selector": ["app": "web"], "ports": [["name": "http", "port": 80, "targetPort": 8080]]],
                ], in: .services)
            try await cluster.create(
                .workload("Deployment", "web", replicas: 130, template: .template(app: "web")), in: .deployments)
            try await cluster.create(
                .workload("Deployment", "other", replicas: 1, template: .template(app: "other")), in: .deployments)
            func slices() async throws -> [Object] { try await cluster.list(.endpointSlices) }
            try await cluster.eventually("130 endpoints in two slices") {
                let endpoints = try await slices().flatMap { $0["endpoints"]?.array ?? [] }
                return try await slices().count == 2 && endpoints.count { $0["conditions", "ready"]?.bool == true } == 130
            }
            let slice = try #require(try await slices().first)
            #expect(slice.labels["kubernetes.io/service-name"] == "web" && slice.labels["team"] == "a")
            #expect(slice["ports"]?[0]?["port"]?.int == 8080 && slice["ports"]?[0]?["name"]?.string == "http")
            try await cluster.eventually("and in Endpoints") {
                try await cluster.get(.endpoints, "web")["subsets"]?[0]?["addresses"]?.array?.count == 130
            }
            try await cluster.change(.deployments, "web") { $0.spec["replicas"] = 2 }
            try await cluster.eventually("two endpoints in one slice") {
                let slices = try await slices()
                return slices.count == 1 && slices[0]["endpoints"]?.array?.count == 2
            }
            let pod = try #require(try await cluster.pods().first { $0.labels["app"] == "web" })
            try await cluster.change(.pods, pod.name) { $0.annotations = [Annotations.unready: "true"] }
            try await cluster.eventually("one is not ready") {
                let subset = try await cluster.get(.endpoints, "web")["subsets"]?[0]
                return subset?["addresses"]?.array?.count == 1 && subset?["notReadyAddresses"]?.array?.count == 1
            }
            try await cluster.client.delete(.services, ObjectKey(namespace: "default", name: "web"))
            try await cluster.eventually("the Endpoints go with the Service") { try await cluster.list(.endpoints).isEmpty }
        }
    }

    /// No pod is made twice and none is lost, however far the cache lags.
    @Test func manyPodsComeOnce() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(20)) { cluster in
            try await cluster.create(
                .workload("Deployment", "big", replicas: 1500, template: .template(app: "big")), in: .deployments)
            try await cluster.eventually("1500 replicas") {
                try await cluster.get(.deployments, "big").status["availableReplicas"]?.int == 1500
            }
            #expect(try await cluster.pods().count == 1500)
            try await cluster.change(.deployments, "big") { $0.spec["replicas"] = 10 }
            try await cluster.eventually("10 replicas") { try await cluster.pods().count == 10 }
            try await cluster.eventually("the status says so") {
                try await cluster.get(.deployments, "big").status["replicas"]?.int == 10
            }
        }
    }
}
