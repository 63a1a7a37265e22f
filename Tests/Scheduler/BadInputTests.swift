import Client
import Framework
import Kubernetes
import Logging
import Plugins
import Scheduler
import Testing

/// Bindings that make no sense: each has an outcome that its condition tells, and none keeps others from being scheduled.
@Suite(.timeLimit(.minutes(1)))
struct BadInputTests {
    private let client = FakeClient()

    private func addCluster(_ name: String, region: String, hasStatus: Bool = true) async throws {
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        cluster.spec = ["region": .string(region)]
        if hasStatus {
            cluster.status = [
                "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
                "resourceSummary": ["allocatable": ["cpu": 10, "pods": 110]],
            ]
        }
        _ = try await client.create(cluster, in: Cluster.resource)
    }

    private func addBinding(_ name: String, replicas: Int = 2, scheduler: String = "", _ placement: JSON) async throws {
        var binding = Object(
            apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: name)
        binding.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": .string(name)],
            "replicas": JSON(replicas), "replicaRequirements": ["resourceRequest": ["cpu": 1]],
            "schedulerName": .string(scheduler), "placement": placement,
        ]
        _ = try await client.create(binding, in: ResourceBinding.resource)
    }

    /// The binding as soon as it has an outcome.
    private func outcome(of name: String) async throws -> (condition: Condition, clusters: [String: Int32]) {
        while true {
            let key = ObjectKey(namespace: "default", name: name)
            let binding = ResourceBinding(try await client.get(ResourceBinding.resource, key).decoded())
            if let condition = binding.status.conditions["Scheduled"] {
                return (condition, Dictionary(uniqueKeysWithValues: binding.spec.clusters.map { ($0.name, $0.replicas) }))
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private static func divided(_ preference: String, weights: JSON? = nil) -> JSON {
        var strategy: JSON = ["replicaSchedulingType": "Divided", "replicaDivisionPreference": .string(preference)]
        if let weights { strategy["weightPreference"] = ["staticWeightList": weights] }
        return ["replicaScheduling": strategy]
    }

    @Test func eachHasAnOutcomeAndNoneStopsTheOthers() async throws {
        try await addCluster("a", region: "eu")
        try await addCluster("b", region: "us")
        try await addCluster("silent", region: "us", hasStatus: false)

        try await addBinding("unknown-profile", scheduler: "nobody", [:])
        try await addBinding("no-match", ["clusterAffinity": ["labelSelector": ["matchLabels": ["env": "nowhere"]]]])
        try await addBinding(
            "bad-selector",
            ["clusterAffinity": ["labelSelector": ["matchExpressions": [["key": "a", "operator": "Near", "values": ["b"]]]]]])
        try await addBinding("min-over-max", ["spreadConstraints": [["spreadByField": "region", "minGroups": 3, "maxGroups": 1]]])
        try await addBinding("negative-groups", ["spreadConstraints": [["spreadByField": "cluster", "maxGroups": -7]]])
        try await addBinding(
            "zero-weights",
            Self.divided("Weighted", weights: [["targetCluster": ["clusterNames": ["a", "b"]], "weight": 0]]))
        try await addBinding("too-many", replicas: Int(Int32.max), Self.divided("Aggregated"))
        try await addBinding("odd-strategy", Self.divided("Sideways"))
        try await addBinding("good", Self.divided("Aggregated"))

        let profiles = try SchedulerConfiguration(registry: .inTree)
        let service = SchedulerService(client: client, profiles: profiles, logger: Logger(label: "test"))
        let running = Task { await service.run() }
        defer { running.cancel() }

        #expect(try await outcome(of: "good").clusters == ["a": 2])
        #expect(try await outcome(of: "zero-weights").clusters == ["a": 1, "b": 1], "equal, where no cluster has a weight")
        for (name, reason, message) in [
            ("unknown-profile", "SchedulerError", "there is no scheduler profile named nobody"),
            (
                "no-match", "NoClusterFit",
                "0/3 clusters are available: 1 cluster(s) did not have the API resource, "
                    + "2 cluster(s) did not match the placement cluster affinity constraint."
            ),
            (
                "bad-selector", "NoClusterFit",
                "0/3 clusters are available: 1 cluster(s) did not have the API resource, "
                    + "2 cluster(s) did not match the placement cluster affinity constraint."
            ),
            (
                "min-over-max", "SchedulerError",
                "failed to select clusters: the number of feasible region is less than spreadConstraint.MinGroups. "
                    + "2 of 3 clusters are feasible: a, b; 1 cluster(s) did not have the API resource."
            ),
            (
                "negative-groups", "SchedulerError",
                "failed to assign replicas: no clusters available to schedule. "
                    + "2 of 3 clusters are feasible: a, b; 1 cluster(s) did not have the API resource."
            ),
            (
                "too-many", "Unschedulable",
                "failed to assign replicas: failed to scale up: Clusters available replicas 20 are not enough to schedule. "
                    + "2 of 3 clusters are feasible: a has room for 10, b for 10; 1 cluster(s) did not have the API resource."
            ),
            (
                "odd-strategy", "SchedulerError",
                "failed to assign replicas: unsupported replica scheduling strategy, replicaSchedulingType: Divided, "
                    + "replicaDivisionPreference: Sideways, please try another scheduling strategy. "
                    + "2 of 3 clusters are feasible: a has room for 10, b for 10; 1 cluster(s) did not have the API resource."
            ),
        ] {
            let (condition, clusters) = try await outcome(of: name)
            #expect(condition.status == .false, "\(name)")
            #expect(condition.reason == reason, "\(name)")
            #expect(condition.message == message, "\(name)")
            #expect(clusters.isEmpty, "\(name)")
        }
    }
}
