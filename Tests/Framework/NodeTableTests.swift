import Framework
import Kubernetes
import Testing

struct NodeTableTests {
    private func demand(cpu: Int64 = 0, memory: Int64 = 0) -> PodDemand {
        PodDemand(["cpu": Quantity(milliValue: cpu), "memory": Quantity(value: memory), "storage": Quantity(value: 7)])
    }

    private func table(_ nodes: [(cpu: Int64, memory: Int64, pods: Int64)]) -> NodeTable {
        var table = NodeTable()
        for node in nodes { table.append(["cpu": node.cpu, "memory": node.memory], pods: node.pods) }
        return table
    }

    @Test func addsUpTheRoomOfTheNodes() {
        let nodes = table([(4000, 100, 110), (1500, 100, 110), (9000, 100, 2), (-50, 100, 5)])
        #expect(nodes.room(for: demand(cpu: 1000)) == 4 + 1 + 2)
        #expect(nodes.room(for: demand(cpu: 1000), on: [true, true, false, true]) == 5)
        #expect(nodes.room(for: demand(cpu: 1000, memory: 30)) == 3 + 1 + 2)
        #expect(nodes.room(for: demand()) == 110 + 110 + 2 + 5, "what asks for nothing takes a pod all the same")
        #expect(nodes.room(for: PodDemand(["example.com/gpu": Quantity(value: 1)])) == 0)
    }

    @Test func changesOneNode() {
        var nodes = table([(1000, 10, 1), (1000, 10, 1)])
        nodes.set(["example.com/gpu": 8], pods: 4, at: 1)
        #expect(nodes.room(for: demand(cpu: 1000)) == 1)
        #expect(nodes.room(for: PodDemand(["example.com/gpu": Quantity(value: 2)])) == 4)
    }

    @Test func placesWholeSets() {
        let job = PodGroup(demand(cpu: 1000), replicas: 1)
        let workers = PodGroup(demand(cpu: 2000), replicas: 3)
        var one = table([(8000, 0, 110), (8000, 0, 110)])
        // 7 cores a set: one on each node, and what is left takes no third.
        #expect(one.place([job, workers], upTo: .max) == 2)
        var none = table([(6000, 0, 110)])
        #expect(none.place([job, workers], upTo: 5) == 0)
        var spanning = table([(3000, 0, 110), (4000, 0, 110)])
        #expect(spanning.place([job, workers], upTo: 5) == 1, "a set's pods may be on several nodes")
        var limited = table([(8000, 0, 110), (8000, 0, 110)])
        #expect(limited.place([job, workers], upTo: 1) == 1)
    }

    @Test func respectsWhereAGroupMayRun() {
        var nodes = table([(8000, 0, 110), (2000, 0, 110)])
        let here = PodGroup(demand(cpu: 1000), replicas: 1, nodes: [false, true])
        #expect(nodes.place([here, PodGroup(demand(cpu: 2000), replicas: 1)], upTo: .max) == 2)
    }

    /// Putting down many sets at a time comes to the same as putting down pod after pod.
    @Test func agreesWithFirstFit() {
        for seed in 0..<UInt64(300) {
            var random = SeededRandom(seed: seed)
            let nodes = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                (
                    cpu: Int64.random(in: 0...40, using: &random) * 100, memory: Int64.random(in: 0...60, using: &random),
                    pods: Int64.random(in: 0...12, using: &random)
                )
            }
            let groups = (0..<Int.random(in: 1...3, using: &random)).map { _ in
                PodGroup(
                    demand(
                        cpu: Int64.random(in: 0...4, using: &random) * 100, memory: Int64.random(in: 0...6, using: &random)),
                    replicas: Int64.random(in: 0...4, using: &random),
                    nodes: Bool.random(using: &random) ? nil : nodes.map { _ in Bool.random(using: &random) })
            }
            var table = table(nodes)
            #expect(table.place(groups, upTo: 50) == Self.firstFit(nodes, groups, limit: 50), "seed \(seed)")
        }
    }

    private static func firstFit(
        _ nodes: [(cpu: Int64, memory: Int64, pods: Int64)], _ groups: [PodGroup], limit: Int64
    ) -> Int64 {
        var nodes = nodes
        var sets: Int64 = 0
        while sets < limit {
            for group in groups {
                let cpu = group.demand.requests.first { $0.resource == "cpu" }?.amount ?? 0
                let memory = group.demand.requests.first { $0.resource == "memory" }?.amount ?? 0
                for _ in 0..<group.replicas {
                    let place = nodes.indices.first { index in
                        (group.nodes?[index] ?? true) && nodes[index].cpu >= cpu && nodes[index].memory >= memory
                            && nodes[index].pods >= 1
                    }
                    guard let place else { return sets }
                    nodes[place].cpu -= cpu
                    nodes[place].memory -= memory
                    nodes[place].pods -= 1
                }
            }
            sets += 1
        }
        return sets
    }
}
