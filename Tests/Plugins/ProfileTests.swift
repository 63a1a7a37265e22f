import Framework
import Kubernetes
import Testing

@testable import Plugins

struct ProfileTests {
    private func cluster(
        _ name: String, region: String = "", zones: [String] = [], provider: String = "", pods: Int = 110
    ) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        object.spec = ["region": .string(region), "zones": JSON(zones), "provider": .string(provider)]
        object.status = [
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": ["allocatable": ["pods": JSON(pods), "cpu": 100]],
        ]
        return Cluster(object)
    }

    private func binding(replicas: Int, placement: JSON, status: JSON = [:]) -> BindingView {
        BindingView(
            key: ObjectKey(namespace: "default", name: "web"),
            spec: ResourceBinding.Spec([
                "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "web"],
                "replicas": JSON(replicas), "placement": placement,
            ]), status: ResourceBinding.Status(status), placements: PlacementCache())
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

    private func replicas(_ attempt: Attempt) throws -> [String: Int32] {
        Dictionary(uniqueKeysWithValues: try attempt.result.get().clusters.map { ($0.name, $0.replicas) })
    }

    @Test func everyInTreePluginServesWhereItRuns() throws {
        #expect(throws: Never.self) { try SchedulerConfiguration(registry: .inTree) }
        let registry = PluginRegistry.inTree
        #expect(
            registry.defaults(at: .filter)
                == ["APIEnablement", "TaintToleration", "ClusterAffinity", "SpreadConstraint", "ClusterEviction"])
        #expect(registry.defaults(at: .assign) == ["Duplicated", "StaticWeight", "DynamicWeight", "Aggregated"])
    }

    @Test func spreadsByZoneWhereTheProfileSaysSo() throws {
        var cache = ClusterCache([
            cluster("a", zones: ["z1"]), cluster("b", zones: ["z1"]), cluster("c", zones: ["z2", "z3"]), cluster("d"),
        ])
        let snapshot = cache.snapshot()
        let view = binding(
            replicas: 1,
            placement: [
                "spreadConstraints": [
                    ["spreadByField": "zone", "minGroups": 2, "maxGroups": 2],
                    ["spreadByField": "cluster", "minGroups": 2, "maxGroups": 2],
                ]
            ])
        let byZone = try profile("select: [{name: SpreadConstraint, arguments: {groupBy: [region, zone]}}]")
        let clusters = try replicas(byZone.attempt(view, over: snapshot))
        #expect(clusters.count == 2)
        #expect(clusters["d"] == nil)

        let onlyZone = binding(
            replicas: 1, placement: ["spreadConstraints": [["spreadByField": "zone", "minGroups": 1, "maxGroups": 2]]])
        let failure = try profile("filter: [\"*\"]").attempt(onlyZone, over: snapshot)
        #expect(failure.failureMessage == "failed to select clusters: just support cluster and region spread constraint")
    }

    @Test func refusesToGroupByAnythingElse() {
        #expect(throws: ConfigurationError.self) {
            try profile("select: [{name: SpreadConstraint, arguments: {groupBy: [cluster]}}]")
        }
    }

    @Test func overflowsToTheNextGroupWhatDoesNotFit() throws {
        var cache = ClusterCache([cluster("own", pods: 3), cluster("rented", pods: 10)])
        let placement: JSON = [
            "clusterAffinities": [
                [
                    "affinityName": "own", "clusterNames": ["own"],
                    "overflowAffinities": [["affinityName": "rented", "clusterNames": ["rented"]]],
                ]
            ],
            "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"],
        ]
        let snapshot = cache.snapshot()
        let attempts = try profile("filter: [\"*\"]").schedule(binding(replicas: 5, placement: placement), over: snapshot)
        #expect(attempts.count == 1)
        #expect(try replicas(attempts[0]) == ["own": 3, "rented": 2])
        let tooMany = try profile("filter: [\"*\"]").schedule(binding(replicas: 14, placement: placement), over: snapshot)
        #expect(
            tooMany[0].failureMessage
                == "failed to assign replicas: Clusters available replicas are not enough to schedule.")
    }

    @Test func triesGroupsFromTheObservedOneOn() throws {
        var cache = ClusterCache([cluster("a", pods: 1), cluster("b", pods: 1), cluster("c", pods: 9)])
        let placement: JSON = [
            "clusterAffinities": .array(["a", "b", "c"].map { ["affinityName": .string($0), "clusterNames": [.string($0)]] }),
            "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"],
        ]
        let view = binding(replicas: 5, placement: placement, status: ["schedulerObservingAffinityName": "b"])
        let attempts = try profile("filter: [\"*\"]").schedule(view, over: cache.snapshot())
        #expect(attempts.map(\.cycle.affinity.name) == ["b", "c"])
        #expect(try attempts[1].result.get() == Decision(clusters: [TargetCluster(name: "c", replicas: 5)], affinityName: "c"))
    }

    @Test func explains() throws {
        var cache = ClusterCache([cluster("a", region: "eu", pods: 7), cluster("b", pods: 5)])
        let placement: JSON = [
            "spreadConstraints": [
                ["spreadByField": "region", "minGroups": 1, "maxGroups": 1],
                ["spreadByField": "cluster", "minGroups": 1, "maxGroups": 1],
            ],
            "replicaScheduling": [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": ["dynamicWeight": "AvailableReplicas"],
            ],
        ]
        let attempt = try profile("filter: [\"*\"]").attempt(
            binding(replicas: 4, placement: placement), over: cache.snapshot(), isExplaining: true)
        let explanation = attempt.explanation()
        #expect(explanation.failure == nil)
        #expect(explanation.clusters.map(\.isFeasible) == [true, false])
        #expect(explanation.clusters[0].replicas == 4)
        #expect(explanation.clusters[0].estimates.map(\.replicas) == [7, nil])
        #expect(explanation.clusters[1].filters.last?.plugin == "SpreadConstraint")
        #expect(explanation.clusters[1].filters.last?.verdict == .fails("cluster(s) did not have region property"))
        #expect(explanation.clusters.map(\.room) == [7, nil])
        #expect(explanation.clusters.map(\.rank) == [1, nil])
        #expect(explanation.clusters.map(\.reason) == ["gets 4", "cluster(s) did not have region property"])
        let group = Explanation.Grouping.Group(name: "eu", clusters: ["a"], score: 4000, isChosen: true)
        guard explanation.steps.count == 3, case .grouping(let grouping) = explanation.steps[0],
            case .division(let division) = explanation.steps[2]
        else {
            Issue.record("\(explanation.steps)")
            return
        }
        #expect(grouping.field == "region" && grouping.groups == [group])
        #expect(explanation.steps[1] == .remark("1 of 1 feasible clusters are selected"))
        #expect(division.plugin == "DynamicWeight" && division.purpose == "scale up" && division.replicas == 4)
        #expect(division.parties.map { "\($0.cluster) \($0.weight) \($0.quota) \($0.share) \($0.kept)" } == ["a 7 4.0 4 0"])
        let read = try JSON(parsing: explanation.json.encoded())
        #expect(read["steps"]?[2]?["division"]?["clusters"]?[0] == ["cluster": "a", "weight": 7, "quota": 4, "share": 4, "kept": 0])
        #expect(read["clusters"]?[1]?["filters"]?.array?.last?["passes"] == false)
    }

    @Test func makesNoStepsUnlessAsked() throws {
        var cache = ClusterCache([cluster("a")])
        let profile = try profile("filter: [\"*\"]")
        let view = binding(replicas: 1, placement: [:])
        let silent = profile.attempt(view, over: cache.snapshot())
        #expect(silent.explanation().steps.isEmpty)
        var made = 0
        func step() -> String {
            made += 1
            return ""
        }
        silent.cycle.note(step())
        #expect(made == 0)
        let explained = profile.attempt(view, over: cache.snapshot(), isExplaining: true)
        explained.cycle.note(step())
        #expect(made == 1)
        #expect(try explained.result.get() == silent.result.get())
    }

    @Test func countsWhyNoClusterFits() throws {
        var cache = ClusterCache([cluster("a"), cluster("b", provider: "aws"), cluster("c")])
        let placement: JSON = [
            "clusterAffinity": ["exclude": ["b"]],
            "spreadConstraints": [["spreadByField": "provider", "minGroups": 1, "maxGroups": 1]],
        ]
        let attempt = try profile("filter: [\"*\"]").attempt(binding(replicas: 1, placement: placement), over: cache.snapshot())
        #expect(
            attempt.failureMessage
                == "0/3 clusters are available: 1 cluster(s) did not match the placement cluster affinity constraint, "
                + "2 cluster(s) did not have provider property.")
        var none = ClusterCache()
        #expect(
            try profile("filter: [\"*\"]").attempt(binding(replicas: 1, placement: [:]), over: none.snapshot()).failureMessage
                == "0/0 clusters are available: no cluster exists.")
    }

    @Test(arguments: [
        ("cpu", true), ("pods", false), ("nvidia.com/gpu", true), ("hugepages-2Mi", true), ("requests.cpu", false),
        ("foo", false),
    ])
    func modelsCountWhatNodesAreScheduledBy(resource: String, isCounted: Bool) {
        #expect(PodDemand.isCounted(resource) == isCounted)
    }

    @Test func unknownStrategiesAreSaidSo() throws {
        var cache = ClusterCache([cluster("a")])
        let view = binding(replicas: 1, placement: ["replicaScheduling": ["replicaSchedulingType": "Divided"]])
        let message = try profile("filter: [\"*\"]").attempt(view, over: cache.snapshot()).failureMessage
        #expect(
            message
                == "failed to assign replicas: unsupported replica scheduling strategy, replicaSchedulingType: Divided, "
                + "replicaDivisionPreference: , please try another scheduling strategy")
    }

    @Test func survivesTheLargestNumbers() throws {
        var cache = ClusterCache([cluster("a", pods: Int(Int32.max)), cluster("b", pods: Int(Int32.max))])
        for strategy: JSON in [
            ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"],
            [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": ["dynamicWeight": "AvailableReplicas"],
            ],
            [
                "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                "weightPreference": ["staticWeightList": [["targetCluster": [:], "weight": .integer(.max)]]],
            ],
        ] {
            let view = binding(replicas: Int(Int32.max), placement: ["replicaScheduling": strategy])
            let sum = try profile("filter: [\"*\"]").attempt(view, over: cache.snapshot()).result.get().clusters.reduce(0) {
                $0 + Int($1.replicas)
            }
            #expect(sum == Int(Int32.max))
        }
    }
}
