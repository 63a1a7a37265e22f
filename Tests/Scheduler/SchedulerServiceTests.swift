import Client
import Framework
import Kubernetes
import Logging
import Plugins
import Testing

@testable import Scheduler

@Suite(.timeLimit(.minutes(1)))
struct SchedulerServiceTests {
    private let client = FakeClient()
    private let key = ObjectKey(namespace: "default", name: "web")

    /// Runs the scheduler while `body` runs.
    private func withScheduler(_ body: () async throws -> Void) async throws {
        let service = SchedulerService(
            client: client, profiles: try SchedulerConfiguration(registry: .inTree), logger: Logger(label: "test"))
        let running = Task { await service.run() }
        defer { running.cancel() }
        try await body()
        running.cancel()
        await running.value
    }

    private func addCluster(_ name: String, cpu: Int = 10, labels: [String: String] = [:]) async throws {
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        cluster.labels = labels
        cluster.status = [
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": ["allocatable": ["cpu": JSON(cpu), "pods": 110]],
        ]
        _ = try await client.create(cluster, in: Cluster.resource)
    }

    private func addBinding(replicas: Int, placement: JSON, _ change: (inout Object) -> Void = { _ in }) async throws {
        var binding = Object(
            apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: key.namespace, name: key.name)
        binding.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": "web", "uid": ""],
            "replicas": JSON(replicas), "replicaRequirements": ["resourceRequest": ["cpu": 1]], "placement": placement,
        ]
        change(&binding)
        _ = try await client.create(binding, in: ResourceBinding.resource)
    }

    private static let aggregated: JSON = [
        "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]
    ]

    /// Waits until the binding satisfies `condition`; the suite's time limit bounds it.
    @discardableResult
    private func waitForBinding(_ condition: (ResourceBinding) -> Bool) async throws -> ResourceBinding {
        while true {
            let binding = ResourceBinding(try await client.get(ResourceBinding.resource, key).decoded())
            if condition(binding) { return binding }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    private func scheduled(_ clusters: [String: Int32]) -> (ResourceBinding) -> Bool {
        { binding in
            Dictionary(uniqueKeysWithValues: binding.spec.clusters.map { ($0.name, $0.replicas) }) == clusters
                && binding.status.conditions.isTrue("Scheduled")
                && binding.status.schedulerObservedGeneration == binding.generation
        }
    }

    private func change(_ body: (inout Object) -> Void) async throws {
        try await client.modify(ResourceBinding.resource, key) {
            body(&$0)
            return true
        }
    }

    @Test func writesClustersPlacementAndStatus() async throws {
        try await addCluster("member1")
        try await addCluster("member2")
        try await addBinding(replicas: 3, placement: [:])
        try await withScheduler {
            let binding = try await waitForBinding(scheduled(["member1": 3, "member2": 3]))
            #expect(binding.status.conditions["Scheduled"]?.reason == "Success")
            #expect(binding.status.conditions["Scheduled"]?.message == "Binding has been scheduled successfully.")
            #expect(binding.annotations["policy.karmada.io/applied-placement"] == "{}")
            #expect(binding.status.lastScheduledTime != nil)
        }
    }

    @Test func settlesAfterItsOwnWrites() async throws {
        try await addCluster("member1")
        try await addBinding(replicas: 3, placement: [:])
        try await withScheduler {
            try await waitForBinding(scheduled(["member1": 3]))
            // A later binding is scheduled after everything that the first one's writes set off.
            let other = ObjectKey(name: "later")
            var later = Object(apiVersion: "work.karmada.io/v1alpha2", kind: "ClusterResourceBinding", name: "later")
            later.spec = try await client.get(ResourceBinding.resource, key).decoded().spec
            later.spec["clusters"] = nil
            _ = try await client.create(later, in: ResourceBinding.clusterResource)
            while try await !ResourceBinding(client.get(ResourceBinding.clusterResource, other).decoded()).status.conditions
                .isTrue("Scheduled")
            {
                try await Task.sleep(for: .milliseconds(5))
            }
            #expect(client.updates(of: key) == 3, "created, scheduled, and its status")
        }
    }

    @Test func scalesWithoutMovingReplicas() async throws {
        try await addCluster("member1")
        try await addCluster("member2")
        try await addBinding(replicas: 4, placement: Self.aggregated)
        try await withScheduler {
            try await waitForBinding(scheduled(["member1": 4]))
            try await change { $0.spec["replicas"] = 12 }
            try await waitForBinding { $0.spec.clusters.reduce(0) { $0 + $1.replicas } == 12 }
            try await change { $0.spec["replicas"] = 2 }
            try await waitForBinding { $0.spec.clusters.reduce(0) { $0 + $1.replicas } == 2 }
        }
    }

    @Test func waitsForRoomAndTakesIt() async throws {
        try await addCluster("member1", cpu: 1)
        try await addBinding(replicas: 4, placement: Self.aggregated)
        try await withScheduler {
            let short = try await waitForBinding { $0.status.conditions["Scheduled"]?.status == .false }
            #expect(short.status.conditions["Scheduled"]?.reason == "Unschedulable")
            #expect(
                short.status.conditions["Scheduled"]?.message
                    == "failed to assign replicas: failed to scale up: Clusters available replicas 1 are not enough to schedule. "
                    + "1 of 1 clusters are feasible: member1 has room for 1.")
            #expect(short.spec.clusters.isEmpty)
            try await client.modify(Cluster.resource, ObjectKey(name: "member1"), subresource: "status") {
                $0.json["status", default: [:]]["resourceSummary"] = ["allocatable": ["cpu": 8, "pods": 110]]
                return true
            }
            try await waitForBinding(scheduled(["member1": 4]))
        }
    }

    @Test func saysWhyNoClusterFits() async throws {
        try await addCluster("member1", labels: ["env": "dev"])
        let placement: JSON = ["clusterAffinity": ["labelSelector": ["matchLabels": ["env": "prod"]]]]
        try await addBinding(replicas: 1, placement: placement) { $0.spec["clusters"] = [["name": "member1", "replicas": 1]] }
        try await withScheduler {
            let binding = try await waitForBinding {
                $0.status.conditions["Scheduled"]?.status == .false && $0.spec.clusters.isEmpty
            }
            #expect(binding.status.conditions["Scheduled"]?.reason == "NoClusterFit")
            #expect(
                binding.status.conditions["Scheduled"]?.message
                    == "0/1 clusters are available: 1 cluster(s) did not match the placement cluster affinity constraint.")
            // A cluster that fits comes: the binding does not wait.
            try await addCluster("member2", labels: ["env": "prod"])
            try await waitForBinding(scheduled(["member2": 1]))
        }
    }

    @Test func followsClustersThatGo() async throws {
        try await addCluster("member1")
        try await addCluster("member2")
        try await addBinding(replicas: 4, placement: Self.aggregated)
        try await withScheduler {
            try await waitForBinding(scheduled(["member1": 4]))
            try await client.delete(Cluster.resource, ObjectKey(name: "member1"))
            try await waitForBinding(scheduled(["member2": 4]))
        }
    }

    @Test func fallsBackToTheNextGroup() async throws {
        try await addCluster("member1", cpu: 1)
        try await addCluster("member2")
        var placement = Self.aggregated
        placement["clusterAffinities"] = [
            ["affinityName": "first", "clusterNames": ["member1"]], ["affinityName": "second", "clusterNames": ["member2"]],
        ]
        try await addBinding(replicas: 4, placement: placement)
        try await withScheduler {
            let binding = try await waitForBinding(scheduled(["member2": 4]))
            #expect(binding.status.schedulerObservedAffinityName == "second")
        }
    }

    @Test func leavesSuspendedBindingsUntilTheyAreNot() async throws {
        try await addCluster("member1")
        try await addBinding(replicas: 1, placement: [:]) { $0.spec["suspension"] = ["scheduling": true] }
        try await withScheduler {
            try await change { $0.spec["replicas"] = 2 }
            #expect(client.updates(of: key) == 2)
            try await change { $0.spec["suspension"] = nil }
            try await waitForBinding(scheduled(["member1": 2]))
        }
    }

    @Test func saysThatAProfileIsUnknown() async throws {
        try await addCluster("member1")
        try await addBinding(replicas: 1, placement: [:]) { $0.spec["schedulerName"] = "nobody" }
        try await withScheduler {
            let binding = try await waitForBinding { !$0.status.conditions.isEmpty }
            #expect(binding.status.conditions["Scheduled"]?.message == "there is no scheduler profile named nobody")
            #expect(binding.spec.clusters.isEmpty)
        }
    }

    @Test func reschedulesWhenAsked() async throws {
        try await addCluster("member1")
        try await addCluster("member2")
        try await addBinding(replicas: 8, placement: Self.aggregated) { object in
            object.spec["clusters"] = [["name": "member1", "replicas": 4], ["name": "member2", "replicas": 4]]
            object.annotations["policy.karmada.io/applied-placement"] = Self.aggregated.description
            object.status = ["lastScheduledTime": "2026-01-01T00:00:00Z"]
            object.spec["rescheduleTriggeredAt"] = "2026-01-02T00:00:00Z"
        }
        try await withScheduler {
            let binding = try await waitForBinding(scheduled(["member1": 8]))
            let triggered = try #require(Timestamp("2026-01-02T00:00:00Z"))
            #expect(try #require(binding.status.lastScheduledTime) > triggered)
        }
    }

    @Test func writesAgainAfterAConflict() async throws {
        try await addCluster("member1")
        try await addBinding(replicas: 1, placement: [:])
        client.refuseNext(2)
        try await withScheduler { try await waitForBinding(scheduled(["member1": 1])) }
    }
}
