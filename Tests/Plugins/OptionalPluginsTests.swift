import Kubernetes
import Testing

@testable import Framework
@testable import Plugins

/// The plugins that run only in profiles that name them.
struct OptionalPluginsTests {
    private func cluster(
        _ name: String, region: String = "", zones: [String] = [], labels: [String: String] = [:],
        summary: JSON = ["allocatable": ["pods": 110, "cpu": 10]]
    ) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        object.labels = labels
        object.spec = ["region": .string(region), "zones": JSON(zones)]
        object.status = [
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": summary,
        ]
        return Cluster(object)
    }

    private func binding(
        replicas: Int = 4, clusters: [String: Int32] = [:], placement: JSON = [:], name: String = "web",
        peers: WorkloadPeers = WorkloadPeers()
    ) -> BindingView {
        BindingView(
            key: ObjectKey(namespace: "default", name: name),
            spec: ResourceBinding.Spec([
                "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "web"],
                "replicas": JSON(replicas), "replicaRequirements": ["resourceRequest": ["cpu": 1]], "placement": placement,
                "clusters": .array(clusters.sorted { $0.key < $1.key }.map { TargetCluster(name: $0, replicas: $1).json }),
            ]), status: ResourceBinding.Status(.null), placements: PlacementCache(), peers: peers)
    }

    private func profile(_ plugins: String) throws -> Profile {
        let text = """
            apiVersion: scheduling.flotilla.dev/v1alpha1
            kind: SchedulerConfiguration
            profiles:
            - plugins:
                \(plugins)
            """
        return try SchedulerConfiguration(parsing: Array(text.utf8), registry: .inTree).profiles[0]
    }

    /// The normalized scores of the profile's only score plugin, by ascending cluster name.
    private func scores(_ score: String, _ clusters: [Cluster], _ view: BindingView? = nil) throws -> [Int64] {
        var cache = ClusterCache(clusters)
        return try profile("score: [\(score)]").attempt(view ?? binding(), over: cache.snapshot()).cycle.scores
    }

    private func replicas(_ attempt: Attempt) throws -> [String: Int32] {
        Dictionary(uniqueKeysWithValues: try attempt.result.get().clusters.map { ($0.name, $0.replicas) })
    }

    // MARK: Score

    @Test func scoresByWhatIsLeft() throws {
        let clusters = [
            cluster("a", summary: ["allocatable": ["cpu": 10, "memory": "10Gi"], "allocated": ["cpu": 5, "memory": "1Gi"]]),
            cluster("b", summary: ["allocatable": ["cpu": 10], "allocated": ["cpu": 2], "allocating": ["cpu": 1]]),
            cluster("c", summary: ["allocatable": ["cpu": 10], "allocated": ["cpu": 99]]),
            cluster("d", summary: [:]),
        ]
        #expect(try scores("LeastAllocated", clusters) == [70, 70, 0, 0])
        #expect(try scores("MostAllocated", clusters) == [30, 30, 100, 0])
        let byCPU = "{name: LeastAllocated, arguments: {resources: [{name: cpu, weight: 3}, {name: memory, weight: 1}]}}"
        #expect(try scores(byCPU, clusters) == [60, 70, 0, 0])
    }

    @Test func scoresByPrice() throws {
        let label = "scheduling.flotilla.dev/price-per-core"
        let prices = ["0.02", "0.04", "0.03", "free", "nan", "inf", "-1"]
        let clusters = prices.enumerated().map { cluster("c\($0)", labels: [label: $1]) }
        #expect(try scores("CostAware", clusters) == [100, 0, 50, 0, 0, 0, 0])
    }

    @Test func scoresByRegion() throws {
        let clusters = [cluster("a", region: "eu"), cluster("b", region: "us"), cluster("c", region: "ap"), cluster("d")]
        #expect(try scores("{name: TopologyPreference, arguments: {preferred: [us, eu]}}", clusters) == [50, 100, 0, 0])
        let byLatency = "{name: TopologyPreference, arguments: {latencies: {eu: 10, us: 20, ap: 110.0, sa: 900}}}"
        #expect(try scores(byLatency, clusters) == [100, 90, 0, 0])
        let zones = [cluster("a", zones: ["z1", "z3"]), cluster("b", zones: ["z2"])]
        #expect(
            try scores("{name: TopologyPreference, arguments: {topologyKey: zone, preferred: [z3, z2]}}", zones) == [100, 50])
    }

    @Test func scoresTheBestOfEachRegionHighest() throws {
        let clusters = [
            cluster("a", region: "eu"), cluster("b", region: "eu", summary: ["allocatable": ["pods": 110, "cpu": 50]]),
            cluster("c", region: "us"), cluster("d"), cluster("e", region: "eu"),
        ]
        #expect(try scores("TopologyBalance", clusters) == [50, 100, 100, 0, 33])
        #expect(try scores("TopologyBalance", clusters, binding(clusters: ["e": 1])) == [33, 50, 100, 0, 100])
    }

    @Test(arguments: [
        ("{name: LeastAllocated, arguments: {resources: []}}", "arguments.resources"),
        ("{name: LeastAllocated, arguments: {resources: [{name: cpu, weight: 0}]}}", "arguments.resources[0].weight"),
        ("{name: MostAllocated, arguments: {resources: [{name: cpu}]}}", "arguments.resources[0]"),
        (
            "{name: MostAllocated, arguments: {resources: [{name: a, weight: 1}, {name: a, weight: 1}]}}",
            "arguments.resources[1].name"
        ),
        ("{name: CostAware, arguments: {label: ''}}", "arguments.label"),
        ("TopologyPreference", "preferred"),
        ("{name: TopologyPreference, arguments: {preferred: [a, a]}}", "arguments.preferred[1]"),
        ("{name: TopologyPreference, arguments: {preferred: [a], latencies: {a: 1}}}", "arguments.latencies"),
        ("{name: TopologyPreference, arguments: {latencies: {a: -1}}}", "arguments.latencies.a"),
        ("{name: TopologyPreference, arguments: {latencies: {a: fast}}}", "arguments.latencies.a"),
        ("{name: TopologyBalance, arguments: {topologyKey: rack}}", "topologyKey"),
    ])
    func refusesArgumentsThatMakeNoSense(score: String, field: String) throws {
        let error = try #require(throws: ConfigurationError.self) { try profile("score: [\(score)]") }
        #expect(error.field.contains(field), "\(error)")
    }

    // MARK: Assign

    @Test func evenWeightMovesOnlyTheDifference() throws {
        var cache = ClusterCache([
            cluster("a", summary: ["allocatable": ["pods": 110, "cpu": 2]]), cluster("b"), cluster("c"),
        ])
        let snapshot = cache.snapshot()
        let placement: JSON = [
            "replicaScheduling": [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": ["dynamicWeight": "AvailableReplicas"],
            ]
        ]
        let even = try profile("assign: [EvenWeight]")
        func place(_ replicas: Int, _ clusters: [String: Int32] = [:]) throws -> [String: Int32] {
            try self.replicas(
                even.attempt(binding(replicas: replicas, clusters: clusters, placement: placement), over: snapshot))
        }
        #expect(try place(3) == ["a": 1, "b": 1, "c": 1])
        #expect(try place(10) == ["a": 2, "b": 4, "c": 4], "a has no more room")
        #expect(try place(9, ["b": 7]) == ["a": 1, "b": 7, "c": 1], "what runs stays")
        #expect(try place(6, ["b": 7, "c": 2]) == ["b": 4, "c": 2], "what is too much goes from where there is most")
        let tooMany = even.attempt(binding(replicas: 23, placement: placement), over: snapshot)
        #expect(
            tooMany.failureMessage
                == "failed to assign replicas: Clusters available replicas 22 are not enough to schedule.")
    }

    @Test func levelsWithinBounds() {
        var random = SeededRandom(seed: 7)
        for _ in 0..<500 {
            let bounds = (0..<Int.random(in: 1...9, using: &random)).map { _ in
                let lower = Int.random(in: 0...5, using: &random)
                return lower...(lower + Int.random(in: 0...9, using: &random))
            }
            let sums = bounds.reduce((0, 0)) { ($0.0 + $1.lowerBound, $0.1 + $1.upperBound) }
            let total = Int.random(in: sums.0...sums.1, using: &random)
            let shares = EvenWeight.level(total, within: bounds)
            #expect(shares.reduce(0, +) == total)
            #expect(zip(bounds, shares).allSatisfy { $0.contains($1) })
            // Nobody could give one to somebody who has two less.
            for (giver, share) in zip(bounds, shares) where share > giver.lowerBound {
                #expect(zip(bounds, shares).allSatisfy { $1 >= share - 1 || $1 == $0.upperBound })
            }
        }
        let large = EvenWeight.level(Int(Int32.max), within: [0...Int(Int32.max), 0...Int(Int32.max)])
        #expect(large == [1 << 30, (1 << 30) - 1])
    }

    @Test func aggregatedByScoreEmptiesTheWorstFirst() throws {
        var cache = ClusterCache([cluster("a", region: "eu"), cluster("b", region: "us"), cluster("c", region: "eu")])
        let byScore = try profile(
            "{score: [{name: TopologyPreference, arguments: {preferred: [us, eu]}}], "
                + "assign: [{name: Aggregated, arguments: {order: score}}]}")
        let placement: JSON = [
            "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]
        ]
        func place(_ replicas: Int, _ clusters: [String: Int32]) throws -> [String: Int32] {
            try self.replicas(
                byScore.attempt(
                    binding(replicas: replicas, clusters: clusters, placement: placement), over: cache.snapshot()))
        }
        #expect(try place(12, [:]) == ["a": 2, "b": 10])
        #expect(try place(5, ["a": 3, "b": 4]) == ["a": 1, "b": 4])
        #expect(throws: ConfigurationError.self) { try profile("assign: [{name: Aggregated, arguments: {order: name}}]") }
    }

    // MARK: Filter

    @Test func workloadsOfAGroupStayTogetherOrApart() throws {
        var cache = ClusterCache([cluster("a"), cluster("b"), cluster("c")])
        let snapshot = cache.snapshot()
        let both = try profile("filter: {enabled: [WorkloadAffinity, WorkloadAntiAffinity]}")
        func clusters(_ peers: WorkloadPeers, having: [String: Int32] = [:]) throws -> Set<String> {
            Set(try replicas(both.attempt(binding(clusters: having, peers: peers), over: snapshot)).keys)
        }
        #expect(try clusters(WorkloadPeers()) == ["a", "b", "c"])
        #expect(try clusters(WorkloadPeers(sharedClusters: ["a", "b"])) == ["a", "b"])
        #expect(try clusters(WorkloadPeers(avoidedClusters: ["b"])) == ["a", "c"])
        #expect(try clusters(WorkloadPeers(avoidedClusters: ["b"]), having: ["b": 1]) == ["a", "b", "c"], "what runs stays")
        let nowhere = both.attempt(binding(peers: WorkloadPeers(sharedClusters: [])), over: snapshot)
        #expect(
            nowhere.failureMessage
                == "0/3 clusters are available: 3 ResourceBinding with the same affinity group does not target this cluster.")
    }

    // MARK: Reserve

    @Test func assumedReplicasTakeRoomUntilTheyAreSeen() async throws {
        let profile = try profile(
            "{estimate: [ResourceSummary, {name: AssumedReplicas, arguments: {seconds: 0.05}}], "
                + "reserve: [AssumedReplicas], postBind: [AssumedReplicas]}")
        var cache = ClusterCache([cluster("a"), cluster("b")])
        let snapshot = cache.snapshot()
        let first = binding(name: "first")
        let second = binding(name: "second")
        func room() -> [Int64] { profile.attempt(second, over: snapshot).cycle.allocatable }
        let decision = Decision(clusters: [TargetCluster(name: "a", replicas: 7)])
        #expect(room() == [10, 10])
        for plugin in profile.reservePlugins { plugin.reserve(decision, for: first) }
        #expect(room() == [3, 10])
        for plugin in profile.reservePlugins { plugin.unreserve(first.key) }
        #expect(room() == [10, 10], "a decision that was not written is forgotten")

        for plugin in profile.reservePlugins { plugin.reserve(decision, for: binding(clusters: ["a": 5], name: "first")) }
        #expect(room() == [8, 10], "only what is added counts")
        for plugin in profile.postBindPlugins { plugin.postBind(decision, for: first) }
        while room() != [10, 10] { try await Task.sleep(for: .milliseconds(5)) }
    }
}
