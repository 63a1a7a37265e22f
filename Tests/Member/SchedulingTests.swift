import Kubernetes
import Testing

@testable import Member

@Suite struct SchedulingTests {
    private func condition(_ pod: Object) -> JSON? { Conditions(pod.status["conditions"])["PodScheduled"] }

    @Test func podsWithoutRoomWait() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(2, cpu: "4")) { cluster in
            try await cluster.create(
                .workload("Deployment", "big", replicas: 6, template: .template(app: "big", cpu: "1500m")), in: .deployments)
            try await cluster.eventually("two fit on each node, two wait") {
                let pods = try await cluster.pods()
                let waiting = pods.filter { condition($0)?["reason"]?.string == "Unschedulable" }
                return pods.count == 6 && waiting.count == 2 && pods.count { $0.status["phase"]?.string == "Running" } == 4
            }
            let waiting = try #require(try await cluster.pods().first { $0.spec["nodeName"] == nil })
            #expect(waiting.status["phase"]?.string == "Pending")
            #expect(condition(waiting)?["status"]?.string == "False")
            #expect(condition(waiting)?["message"]?.string == "0/2 nodes are available: 2 Insufficient cpu.")

            // Room that is made goes to those who wait.
            try await cluster.change(.deployments, "big") { $0.spec["replicas"] = 4 }
            try await cluster.create(
                .workload("Deployment", "next", replicas: 1, template: .template(app: "next", cpu: "2")), in: .deployments)
            try await cluster.eventually("no room for the next") {
                try await cluster.pods().contains { $0.labels["app"] == "next" && condition($0)?["status"]?.string == "False" }
            }
            try await cluster.change(.deployments, "big") { $0.spec["replicas"] = 2 }
            try await cluster.eventually("the next runs") {
                try await cluster.get(.deployments, "next").status["availableReplicas"]?.int == 1
            }
        }
    }

    @Test func aNodeTakesSoManyPods() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(1, pods: 5)) { cluster in
            try await cluster.create(
                .workload("Deployment", "web", replicas: 7, template: .template(app: "web")), in: .deployments)
            try await cluster.eventually("five run, two wait") {
                let pods = try await cluster.pods()
                let waiting = pods.filter { condition($0)?["message"]?.string == "0/1 nodes are available: 1 Too many pods." }
                return pods.count { $0.status["phase"]?.string == "Running" } == 5 && waiting.count == 2
            }
        }
    }

    @Test func selectorsAffinityAndTaintsAreObserved() async throws {
        try await SimulatedCluster.run(try SimulatedCluster.nodes(3, zones: ["a", "b", "c"])) { cluster in
            try await cluster.change(.nodes, "test-node-1", in: "") {
                $0.spec["taints"] = [["key": "dedicated", "value": "x", "effect": "NoSchedule"]]
            }
            try await cluster.change(.nodes, "test-node-2", in: "") { $0.spec["unschedulable"] = true }
            try await cluster.eventually("the scheduler knows") {
                try await cluster.get(.nodes, "test-node-2", in: "").spec["unschedulable"]?.bool == true
            }
            var selected = JSON.template(app: "selected")
            selected["spec", "nodeSelector"] = ["topology.kubernetes.io/zone": "c"]
            var nowhere = JSON.template(app: "nowhere")
            nowhere["spec", "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"] = [
                "nodeSelectorTerms": [
                    ["matchExpressions": [["key": "topology.kubernetes.io/zone", "operator": "NotIn", "values": ["c"]]]]
                ]
            ]
            var tolerant = nowhere
            tolerant["metadata", "labels", "app"] = "tolerant"
            tolerant["spec", "tolerations"] = [["key": "dedicated", "operator": "Exists"]]
            for (name, template) in [("selected", selected), ("nowhere", nowhere), ("tolerant", tolerant)] {
                try await cluster.create(.workload("Deployment", name, replicas: 2, template: template), in: .deployments)
            }
            func nodes(_ app: String) async throws -> [String] {
                try await cluster.pods().filter { $0.labels["app"] == app }.map { $0.spec["nodeName"]?.string ?? "" }
            }
            try await cluster.eventually("selected") { try await nodes("selected") == ["test-node-3", "test-node-3"] }
            try await cluster.eventually("tolerant") { try await nodes("tolerant") == ["test-node-1", "test-node-1"] }
            try await cluster.eventually("nowhere") {
                let pods = try await cluster.pods().filter { $0.labels["app"] == "nowhere" }
                return pods.count == 2 && pods.allSatisfy {
                    condition($0)?["message"]?.string
                        == "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, "
                        + "1 node(s) had untolerated taint {dedicated: x}, 1 node(s) were unschedulable."
                }
            }
            // Uncordoned, the node takes those who waited.
            try await cluster.change(.nodes, "test-node-2", in: "") { $0.spec["unschedulable"] = nil }
            try await cluster.eventually("uncordoned") { try await nodes("nowhere") == ["test-node-2", "test-node-2"] }
        }
    }

    @Test func requestsAddUpAsTheSchedulerCounts() throws {
        let spec = try JSON(parsing: """
            {"initContainers":[
               {"resources":{"requests":{"cpu":"3"}}},
               {"restartPolicy":"Always","resources":{"requests":{"cpu":"100m","memory":"64Mi"}}}],
             "containers":[
               {"resources":{"requests":{"cpu":"1","memory":"1Gi","nvidia.com/gpu":1}}},{"resources":{"requests":{"cpu":"500m"}}}],
             "overhead":{"cpu":"250m"}}
            """)
        let requests = ResourceAmounts(podSpec: spec)
        #expect(requests.cpu == 3250)
        #expect(requests.memory == 1088 << 20)
        #expect(requests.others == ["nvidia.com/gpu": 1])
        #expect(requests.pods == 1)
    }

    @Test func roomIsCountedOnce() throws {
        let room = NodeRoom()
        var node = Object(apiVersion: "v1", kind: "Node", name: "n")
        node.status = ["allocatable": ["cpu": "2", "pods": "10"]]
        _ = room.set(Node(node))
        let requests = ResourceAmounts(podSpec: ["containers": [["resources": ["requests": ["cpu": "1"]]]]])
        let anywhere = NodePlacement(podSpec: [:])
        #expect(room.place("a", requests, anywhere) == .node("n"))
        #expect(room.place("a", requests, anywhere) == .placedBefore)
        room.occupy("n", "a", requests)
        room.occupy("n", "a", requests)
        #expect(room.place("b", requests, anywhere) == .node("n"))
        #expect(room.place("c", requests, anywhere) == .unschedulable("0/1 nodes are available: 1 Insufficient cpu."))
        #expect(room.release("a"))
        #expect(!room.release("a"))
        #expect(room.place("c", requests, anywhere) == .node("n"))
        room.remove(node: "n")
        #expect(room.place("d", requests, anywhere) == .unschedulable("no nodes available to schedule pods"))
    }

    /// Whatever came and went before, a pod goes where least is given away, and of equals to the first by name.
    @Test func theEmptiestNodeIsTaken() throws {
        var generator = SystemRandomNumberGenerator()
        let room = NodeRoom()
        var used: [String: Int] = [:]
        var pods: [(uid: String, node: String)] = []
        func node(_ name: String) -> Node {
            var node = Object(apiVersion: "v1", kind: "Node", name: name)
            node.status = ["allocatable": ["cpu": "1000", "pods": "1000"]]
            return Node(node)
        }
        for step in 0..<2_000 {
            switch Int.random(in: 0..<10, using: &generator) {
            case 0 where used.count < 20:
                let name = "n-\(step)"
                #expect(room.set(node(name)))
                #expect(!room.set(node(name)))
                used[name] = 0
            case 1 where used.count > 5:
                guard let name = used.keys.randomElement(using: &generator) else { continue }
                room.remove(node: name)
                used[name] = nil
                for pod in pods where pod.node == name { #expect(room.release(pod.uid)) }
                pods.removeAll { $0.node == name }
            case 2...4 where !pods.isEmpty:
                let pod = pods.remove(at: Int.random(in: pods.indices, using: &generator))
                #expect(room.release(pod.uid))
                used[pod.node, default: 0] -= 1
            default:
                let requests = ResourceAmounts(podSpec: ["containers": [["resources": ["requests": ["cpu": 1]]]]])
                let expected = used.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key
                let outcome = room.place("pod-\(step)", requests, NodePlacement(podSpec: [:]))
                guard let expected else {
                    #expect(outcome == .unschedulable("no nodes available to schedule pods"))
                    continue
                }
                #expect(outcome == .node(expected))
                pods.append(("pod-\(step)", expected))
                used[expected, default: 0] += 1
            }
        }
    }
}
