import Kubernetes
import Testing

@testable import Member

@Suite struct NodeTests {
    @Test func nodesRegisterAndShowTheyAreAlive() async throws {
        let nodes = try SimulatedCluster.nodes(3, cpu: "8", zones: ["a", "b"])
        try await SimulatedCluster.run(nodes) { cluster in
            try await cluster.eventually("leases are held") { try await cluster.list(.leases).count == 3 }
            let node = try await cluster.get(.nodes, "test-node-2", in: "")
            #expect(node.labels["kubernetes.io/hostname"] == "test-node-2")
            #expect(node.labels["topology.kubernetes.io/region"] == "here")
            #expect(node.labels["topology.kubernetes.io/zone"] == "b")
            #expect(node.labels["kubernetes.io/arch"] == "amd64")
            #expect(node.labels["kubernetes.io/os"] == "linux")
            #expect(node.status["allocatable", "cpu"]?.string == "8")
            #expect(node.status["capacity", "memory"]?.string == "64Gi")
            #expect(node.status["capacity", "pods"]?.string == "110")
            #expect(node.status["nodeInfo", "kubeletVersion"]?.string == "v1.32.0")
            #expect(Conditions(node.status["conditions"]).isTrue("Ready"))
            let lease = try await cluster.get(.leases, "test-node-2", in: "kube-node-lease")
            #expect(lease.spec["holderIdentity"]?.string == "test-node-2")
            #expect(lease.controller == nil && lease.ownerReferences.first?.uid == node.uid)
        }
    }

    /// A daemon that starts again finds its nodes, and keeps what users did to them.
    @Test func registrationBringsNodesUpToDate() async throws {
        let cluster = SimulatedCluster()
        var node = Object(apiVersion: "v1", kind: "Node", name: "test-node-1")
        node.labels = ["mine": "yes"]
        node.spec = ["unschedulable": true]
        _ = try await cluster.client.create(node, in: .nodes)
        let nodes = try SimulatedCluster.nodes(1, cpu: "2").nodes
        let agent = NodeAgent(client: cluster.client, nodes: nodes, logger: .init(label: "test"))
        try await agent.register()
        let registered = try await cluster.get(.nodes, "test-node-1", in: "")
        #expect(registered.labels["mine"] == "yes")
        #expect(registered.labels["kubernetes.io/hostname"] == "test-node-1")
        #expect(registered.spec["unschedulable"]?.bool == true)
        #expect(registered.status["allocatable", "cpu"]?.string == "2")
    }

    @Test func addressesAreNotSharedAndComeBack() throws {
        let nodes = try SimulatedCluster.nodes(2, pods: 3).nodes
        #expect(nodes[0].podNetwork.base.description == "10.128.0.0")
        #expect(nodes[1].podNetwork.base.description == "10.128.1.0")
        let pool = AddressPool(nodes)
        let first = try (0..<253).map { try #require(pool.address(on: "test-node-1", for: "pod-\($0)")) }
        #expect(Set(first).count == 253)
        #expect(first[0].description == "10.128.0.2")
        #expect(pool.address(on: "test-node-1", for: "pod-0") == first[0], "a pod keeps its address")
        #expect(pool.address(on: "test-node-1", for: "one more") == nil)
        pool.release(on: "test-node-1", by: "pod-7")
        #expect(pool.address(on: "test-node-1", for: "one more") == first[7])
        #expect(pool.address(on: "elsewhere", for: "x") == nil)
    }

    @Test func readinessFollowsTheAnnotation() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1)) { cluster in
            let template = JSON.template(app: "web", annotations: [Annotations.unready: "true"])
            try await cluster.create(.workload("Deployment", "web", replicas: 1, template: template), in: .deployments)
            try await cluster.eventually("it runs") { try await cluster.pods().first?.status["phase"]?.string == "Running" }
            let pod = try #require(try await cluster.pods().first)
            let ready = try #require(Conditions(pod.status["conditions"])["Ready"])
            #expect(ready["status"]?.string == "False")
            #expect(ready["reason"]?.string == "ContainersNotReady")
            #expect(ready["message"]?.string == "containers with unready status: [main]")
            try await cluster.eventually("it is said to be unavailable") {
                let status = try await cluster.get(.deployments, "web").status
                return status["unavailableReplicas"]?.int == 1 && !Conditions(status["conditions"]).isTrue("Available")
            }
            try await cluster.change(.pods, pod.name) { $0.annotations = [:] }
            try await cluster.eventually("it gets ready") {
                try await cluster.get(.deployments, "web").status["readyReplicas"]?.int == 1
            }
            try await cluster.change(.pods, pod.name) { $0.annotations = [Annotations.unready: "true"] }
            try await cluster.eventually("it gets unready") {
                try await cluster.get(.deployments, "web").status["readyReplicas"] == nil
            }
        }
    }

    @Test(arguments: [
        ("{}", "BestEffort"), (#"{"requests":{"cpu":"1"}}"#, "Burstable"),
        (#"{"limits":{"cpu":"1","memory":"1Gi"}}"#, "Guaranteed"),
        (#"{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"1000m","memory":"1024Mi"}}"#, "Guaranteed"),
        (#"{"limits":{"cpu":"1","memory":"1Gi"},"requests":{"cpu":"500m"}}"#, "Burstable"),
    ])
    func qualityOfService(resources: String, expected: String) throws {
        let spec: JSON = ["containers": [["name": "a", "resources": try JSON(parsing: resources)]]]
        #expect(PodStatus.qualityOfService(spec) == expected)
    }
}
