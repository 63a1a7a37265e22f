import Framework
import Kubernetes
import Testing

@testable import Plugins

/// Workloads of several components, which are placed as a whole.
struct ComponentsTests {
    private static var gates: FeatureGates {
        var gates = FeatureGates()
        gates[.multiplePodTemplatesScheduling] = true
        return gates
    }

    private func cluster(_ name: String, cpu: Int, modelCounts: [Int] = []) -> Cluster {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        var summary: JSON = ["allocatable": ["cpu": JSON(cpu), "memory": "1Ti", "pods": 1000]]
        if !modelCounts.isEmpty {
            object.spec = [
                "resourceModels": [
                    [
                        "grade": 0,
                        "ranges": [["name": "cpu", "min": 0, "max": "2"], ["name": "memory", "min": 0, "max": "8Gi"]],
                    ],
                    [
                        "grade": 1,
                        "ranges": [["name": "cpu", "min": 2, "max": "8"], ["name": "memory", "min": "8Gi", "max": "64Gi"]],
                    ],
                ]
            ]
            summary["allocatableModelings"] = .array(
                modelCounts.enumerated().map { ["grade": JSON($0), "count": JSON($1)] })
        }
        object.status = [
            "apiEnablements": [
                [
                    "groupVersion": "flink.apache.org/v1beta1",
                    "resources": [["kind": "FlinkDeployment", "name": "flinkdeployments"]],
                ]
            ],
            "resourceSummary": summary,
        ]
        return Cluster(object)
    }

    private func spec(clusters: Int = 1, taskManagers: Int = 3) -> JSON {
        [
            "resource": [
                "apiVersion": "flink.apache.org/v1beta1", "kind": "FlinkDeployment", "namespace": "default", "name": "job",
            ],
            "components": [
                ["name": "jobmanager", "replicas": 1, "replicaRequirements": ["resourceRequest": ["cpu": 1, "memory": "1Gi"]]],
                [
                    "name": "taskmanager", "replicas": JSON(taskManagers),
                    "replicaRequirements": ["resourceRequest": ["cpu": 2, "memory": "2Gi"]],
                ],
            ],
            "placement": [
                "spreadConstraints": [["spreadByField": "cluster", "minGroups": JSON(clusters), "maxGroups": JSON(clusters)]],
                "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"],
            ],
        ]
    }

    private func attempt(_ spec: JSON, over clusters: [Cluster], gates: FeatureGates = Self.gates) throws -> Attempt {
        let profile = try SchedulerConfiguration(registry: .inTree(gates)).profiles[0]
        var cache = ClusterCache(clusters)
        let view = BindingView(
            key: ObjectKey(namespace: "default", name: "job"), spec: ResourceBinding.Spec(spec),
            status: ResourceBinding.Status([:]), placements: PlacementCache())
        return profile.attempt(view, over: cache.snapshot())
    }

    @Test func goesWhereAWholeSetFits() throws {
        // Seven cores a set.
        let decision = try attempt(spec(), over: [cluster("a", cpu: 6), cluster("b", cpu: 8)]).result.get()
        #expect(decision.clusters.map(\.name) == ["b"])
        #expect(
            decision.clusters[0].components
                == [TargetComponent(name: "jobmanager", replicas: 1), TargetComponent(name: "taskmanager", replicas: 3)])
        #expect(
            decision.clusters[0].json == [
                "name": "b",
                "components": [["name": "jobmanager", "replicas": 1], ["name": "taskmanager", "replicas": 3]],
            ])
    }

    @Test func goesNowhereWhereNoneFits() throws {
        let attempt = try attempt(spec(), over: [cluster("a", cpu: 6), cluster("b", cpu: 5)])
        #expect(attempt.result == .failure(.spreadConstraint("no enough resource when selecting 1 clusters")))
        #expect(
            attempt.failureSummary
                == "failed to select clusters: no enough resource when selecting 1 clusters. "
                + "2 of 2 clusters are feasible: a has room for 0, b for 0.")
    }

    /// A set of 7 cores fits the total of 16, but not nodes with at least 0 or 2 free cores each.
    @Test func looksAtTheNodesWhereItKnowsThem() throws {
        let sets = try attempt(spec(), over: [cluster("a", cpu: 16, modelCounts: [9, 3]), cluster("b", cpu: 16)])
        #expect(sets.cycle.allocatable == [0, 2])
        let four = try attempt(spec(), over: [cluster("a", cpu: 16, modelCounts: [0, 4])])
        #expect(four.cycle.allocatable == [1])
    }

    @Test func whatIsOnItsWayTakesRoom() throws {
        var gates = Self.gates
        gates[.schedulingOvercommitProtection] = true
        let profile = try SchedulerConfiguration(registry: .inTree(gates)).profiles[0]
        var cache = ClusterCache([cluster("a", cpu: 16)])
        let snapshot = cache.snapshot()
        func view(_ name: String) -> BindingView {
            BindingView(
                key: ObjectKey(namespace: "default", name: name), spec: ResourceBinding.Spec(spec()),
                status: ResourceBinding.Status([:]), placements: PlacementCache())
        }
        for (name, room) in [("first", 2), ("second", 1), ("third", 0)] as [(String, Int64)] {
            let attempt = profile.attempt(view(name), over: snapshot)
            #expect(attempt.cycle.allocatable == [room], "\(name)")
            if let decision = try? attempt.result.get() {
                for plugin in profile.reservePlugins { plugin.reserve(decision, for: view(name)) }
            }
        }
        let plugin = try #require(profile.reservePlugins.first as? any AssumingPlugin)
        #expect(plugin.assumedWorkloads(on: "a").map(\.components.count) == [2, 2])
        plugin.unreserve(ObjectKey(namespace: "default", name: "first"))
        #expect(plugin.assumedWorkloads(on: "a").count == 1)
        #expect(plugin.assumedWorkloads(on: "b").isEmpty)
    }

    @Test func severalClustersAreNoWhole() throws {
        let decision = try attempt(spec(clusters: 2), over: [cluster("a", cpu: 6), cluster("b", cpu: 5)]).result.get()
        #expect(decision.clusters == [TargetCluster(name: "a"), TargetCluster(name: "b")])
    }

    @Test func withoutTheGateOnlyPodsCount() throws {
        let decision = try attempt(spec(), over: [cluster("a", cpu: 6), cluster("b", cpu: 5)], gates: FeatureGates()).result.get()
        #expect(decision.clusters == [TargetCluster(name: "a")])
    }

    @Test func aComponentWithoutReplicasTakesNothing() throws {
        var idle = spec()
        idle["components"] = [["name": "a", "replicas": 0], ["name": "b", "replicas": 0]]
        let attempt = try attempt(idle, over: [cluster("a", cpu: 6)])
        #expect(attempt.cycle.allocatable == [1000])
        #expect(try attempt.result.get().clusters.map(\.name) == ["a"])
    }

    @Test func hugeNumbersDoNotOverflow() throws {
        var huge = spec(taskManagers: Int(Int32.max))
        huge["components"] = [
            [
                "name": "a", "replicas": JSON(Int(Int32.max)),
                "replicaRequirements": ["resourceRequest": ["memory": "9223372036854775807"]],
            ]
        ]
        #expect(try attempt(huge, over: [cluster("a", cpu: 6)]).cycle.allocatable == [0])
    }

    @Test func emptyWorkloadsArePropagatedWhereAsked() throws {
        var registry = PluginRegistry.inTree
        registry.propagatesEmptyWorkloads = true
        let profile = try SchedulerConfiguration(registry: registry).profiles[0]
        var deployment = spec()
        deployment["components"] = nil
        deployment["replicas"] = 0
        deployment["replicaRequirements"] = ["resourceRequest": ["cpu": 1]]
        var cache = ClusterCache([cluster("a", cpu: 6), cluster("b", cpu: 9)])
        let view = BindingView(
            key: ObjectKey(namespace: "default", name: "web"), spec: ResourceBinding.Spec(deployment),
            status: ResourceBinding.Status([:]), placements: PlacementCache())
        #expect(try profile.attempt(view, over: cache.snapshot()).result.get().clusters == [TargetCluster(name: "a")])
        let without = try SchedulerConfiguration(registry: .inTree).profiles[0]
        #expect(try without.attempt(view, over: cache.snapshot()).result.get().clusters.isEmpty)
    }
}
