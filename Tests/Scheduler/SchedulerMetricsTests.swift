import Client
import Framework
import Kubernetes
import Logging
import Plugins
import Telemetry
import Testing

@testable import Scheduler

@Suite(.timeLimit(.minutes(1)))
struct SchedulerMetricsTests {
    private let client = FakeClient()
    private let metrics = MetricsRegistry()

    private func wait(for lines: String...) async throws {
        for line in lines {
            while !metrics.text.contains(line + "\n") { try await Task.sleep(for: .milliseconds(5)) }
        }
    }

    @Test func countsAttemptsAndWaitingBindings() async throws {
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "a")
        cluster.status = [
            "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
            "resourceSummary": ["allocatable": ["cpu": 10, "pods": 110]],
        ]
        _ = try await client.create(cluster, in: Cluster.resource)
        for (name, replicas) in [("fits", 3), ("too-large", 30)] {
            var binding = Object(
                apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: name)
            binding.spec = [
                "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": .string(name)],
                "replicas": JSON(replicas), "replicaRequirements": ["resourceRequest": ["cpu": 1]],
                "placement": [
                    "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]
                ],
            ]
            _ = try await client.create(binding, in: ResourceBinding.resource)
        }
        let service = SchedulerService(
            client: client, profiles: try SchedulerConfiguration(registry: .inTree), metrics: metrics,
            logger: Logger(label: "test"))
        let running = Task { await service.run() }
        defer { running.cancel() }
        // What has no applied placement counts as changed, as in Karmada.
        try await wait(
            for: #"karmada_scheduler_schedule_attempts_total{result="scheduled",schedule_type="ReconcileSchedule"} 1"#,
            #"karmada_scheduler_schedule_attempts_total{result="error",schedule_type="ReconcileSchedule"} 1"#,
            #"karmada_scheduler_e2e_scheduling_duration_seconds_count{result="scheduled",schedule_type="ReconcileSchedule"} 1"#,
            #"karmada_scheduler_queue_incoming_bindings_total{event="BindingAdd"} 2"#,
            #"karmada_scheduler_queue_incoming_bindings_total{event="ScheduleAttemptFailure"} 1"#,
            #"scheduler_pending_bindings{queue="unschedulable"} 1"#)
        for step in ["Filter", "Score", "Select", "AssignReplicas"] {
            let name = "karmada_scheduler_scheduling_algorithm_duration_seconds_count{schedule_step=\"\(step)\"}"
            #expect(metrics.text.contains(name))
        }
        let point = "karmada_scheduler_framework_extension_point_duration_seconds_count"
        #expect(metrics.text.contains(point + #"{extension_point="Filter",result="Success"} 2"#))
        #expect(metrics.text.contains(point + #"{extension_point="Assign",result="Success"} 1"#))
        #expect(metrics.text.contains(point + #"{extension_point="Assign",result="Unschedulable"} 1"#))
        let plugin = "karmada_scheduler_plugin_execution_duration_seconds_count"
        for (name, point, result) in [
            ("TaintToleration", "Filter", "Success"), ("ClusterLocality", "Score", "Success"),
            ("ResourceSummary", "Estimate", "Success"), ("SpreadConstraint", "Select", "Success"),
            ("Aggregated", "Assign", "Unschedulable"),
        ] {
            let labels = "{plugin=\"\(name)\",extension_point=\"\(point)\",result=\"\(result)\"}"
            #expect(metrics.text.contains(plugin + labels), "\(labels)")
        }

        try await client.modify(ResourceBinding.resource, ObjectKey(namespace: "default", name: "fits")) {
            $0.spec["replicas"] = 4
            return true
        }
        try await wait(
            for: #"karmada_scheduler_schedule_attempts_total{result="scheduled",schedule_type="ScaleSchedule"} 1"#)

        try await client.modify(Cluster.resource, ObjectKey(name: "a"), subresource: "status") {
            $0.status["resourceSummary"] = ["allocatable": ["cpu": 100, "pods": 110]]
            return true
        }
        try await wait(for: #"scheduler_pending_bindings{queue="unschedulable"} 0"#)
        #expect(metrics.text.contains(#"karmada_scheduler_queue_incoming_bindings_total{event="ClusterChanged"}"#))
    }
}
