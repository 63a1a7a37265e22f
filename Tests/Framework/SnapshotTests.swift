import Kubernetes
import Testing

@testable import Framework

struct ClusterSetTests {
    @Test(arguments: [0, 1, 63, 64, 65, 200]) func hasAll(capacity: Int) {
        let all = ClusterSet(all: capacity)
        #expect(all.count == capacity)
        #expect(Array(all) == Array(0..<capacity))
        #expect(all.isEmpty == (capacity == 0))
    }

    @Test func agreesWithASetOfIntegers() {
        var random = SeededRandom(seed: 3)
        for _ in 0..<100 {
            let left = Set((0..<40).map { _ in Int.random(in: 0..<150, using: &random) })
            let right = Set((0..<40).map { _ in Int.random(in: 0..<150, using: &random) })
            func make(_ members: Set<Int>) -> ClusterSet {
                var set = ClusterSet(capacity: 150)
                members.forEach { set.insert($0) }
                return set
            }
            var union = make(left)
            union.formUnion(make(right))
            var both = make(left)
            both.formIntersection(make(right))
            var rest = make(left)
            rest.subtract(make(right))
            #expect(Array(union) == left.union(right).sorted())
            #expect(Array(both) == left.intersection(right).sorted())
            #expect(Array(rest) == left.subtracting(right).sorted())
        }
    }
}

struct ClusterCacheTests {
    private func cluster(_ name: String, region: String = "", cpu: String = "10", labels: JSON = [:]) -> Cluster {
        Cluster(
            Object([
                "metadata": ["name": .string(name), "labels": labels],
                "spec": [
                    "region": .string(region),
                    "taints": [["key": "a", "effect": "NoSchedule"], ["key": "b", "effect": "PreferNoSchedule"]],
                ],
                "status": [
                    "apiEnablements": [
                        ["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]
                    ],
                    "resourceSummary": [
                        "allocatable": ["cpu": .string(cpu), "pods": "110"], "allocated": ["cpu": "2500m", "pods": "10"],
                        "allocating": ["cpu": "500m"],
                    ],
                ],
            ]))
    }

    @Test func numbersClustersByName() {
        var cache = ClusterCache([cluster("b", region: "eu"), cluster("a", region: "us"), cluster("c")])
        let snapshot = cache.snapshot()
        #expect(snapshot.names == ["a", "b", "c"])
        #expect(snapshot.regions.names == ["eu", "us"])
        #expect(Array(snapshot.regions.clusters[0]) == [1])
        #expect(Array(snapshot.regions.all) == [0, 1])
        #expect(snapshot.regions.memberships == [[1], [0], []])
        #expect(snapshot.taints.map(\.taint.key) == ["a"])
        #expect(snapshot.available("cpu") == [7000, 7000, 7000])
        #expect(snapshot.available("memory") == nil)
        #expect(snapshot.pods == [100, 100, 100])
        #expect(snapshot.clusters(serving: GroupVersionKind(apiVersion: "apps/v1", kind: "Deployment")).count == 3)
        #expect(snapshot.clusters(serving: GroupVersionKind(apiVersion: "v1", kind: "Pod")).isEmpty)
    }

    @Test func tellsAmountsFromTopology() {
        var cache = ClusterCache([cluster("a"), cluster("b")])
        let first = cache.snapshot()
        #expect(cache.set(cluster("a")) == .none)
        #expect(cache.snapshot().version == first.version)

        #expect(cache.set(cluster("b", cpu: "9")) == .lessRoom)
        #expect(cache.set(cluster("b")) == .moreRoom)
        #expect(cache.set(cluster("a", cpu: "20")) == .moreRoom)
        let second = cache.snapshot()
        #expect(second.available("cpu") == [17000, 7000])
        #expect(second.version != first.version)
        #expect(second.topologyVersion == first.topologyVersion)
        #expect(first.available("cpu") == [7000, 7000], "a snapshot never changes")

        #expect(cache.set(cluster("a", cpu: "20", labels: ["x": "y"])) == .topology)
        #expect(cache.remove("b") == .topology)
        let third = cache.snapshot()
        #expect(third.names == ["a"])
        #expect(third.topologyVersion != first.topologyVersion)
    }

    @Test func keepsDeletedClustersOutOfReach() {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "a")
        object["metadata", "deletionTimestamp"] = "2026-01-01T00:00:00Z"
        var cache = ClusterCache([Cluster(object)])
        #expect(cache.snapshot().schedulable.isEmpty)
        #expect(cache.snapshot().pods == [0])
    }

    @Test func sharesModels() {
        func modeled(_ name: String, counts: [Int]) -> Cluster {
            var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
            object.spec = [
                "resourceModels": [
                    ["grade": 1, "ranges": [["name": "cpu", "min": "2", "max": "4"]]],
                    ["grade": 0, "ranges": [["name": "cpu", "min": 0, "max": "2"]]],
                ]
            ]
            object.status = [
                "resourceSummary": [
                    "allocatableModelings": .array(counts.enumerated().map { ["grade": JSON($0), "count": JSON($1)] })
                ]
            ]
            return Cluster(object)
        }
        var cache = ClusterCache([modeled("a", counts: [3, 4]), modeled("b", counts: [0, 1]), modeled("c", counts: [-1])])
        let snapshot = cache.snapshot()
        #expect(snapshot.models.count == 1)
        #expect(snapshot.models[0].grades == [["cpu": 0], ["cpu": 2000]])
        #expect(snapshot.modelIndexes == [0, 0, -1])
        #expect(snapshot.nodeCounts(0) == [3, 4])
    }
}

struct RankingTests {
    @Test(arguments: [1, 5, 64, 65, 700]) func sortsStably(count: Int) {
        var random = SeededRandom(seed: UInt64(count))
        let entries = (0..<count).map { index in
            (
                key: Ranking.key(
                    tier: .random(in: 0...2, using: &random), score: .random(in: 0...3, using: &random) * 100,
                    replicas: .random(in: 0...400, using: &random)), index: index
            )
        }
        let expected = entries.sorted { $0.key == $1.key ? $0.index < $1.index : $0.key < $1.key }.map(\.index)
        #expect(Ranking.sort(entries) == expected)
    }

    @Test func ordersByTierThenScoreThenReplicas() {
        let keys = [
            Ranking.key(tier: 0, score: 100, replicas: 5), Ranking.key(tier: 0, score: 100, replicas: 4),
            Ranking.key(tier: 0, score: 0, replicas: 1 << 40), Ranking.key(tier: 1, score: 1 << 40, replicas: 9),
        ]
        #expect(keys == keys.sorted())
    }
}
