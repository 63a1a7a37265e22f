import Kubernetes
import Testing

@testable import Controllers

@Suite struct QuotaTests {
    private let test = TestPlane()
    private let key = ObjectKey(namespace: "default", name: "team")

    private let quota = """
        apiVersion: policy.karmada.io/v1alpha1
        kind: FederatedResourceQuota
        metadata: {name: team, namespace: default}
        spec:
          overall: {cpu: "10", memory: 4Gi}
          staticAssignments:
          - {clusterName: member1, hard: {cpu: "4"}}
          - {clusterName: member2, hard: {cpu: "6"}}
        """

    private var status: JSON? { test.plane.object(Resource.federatedResourceQuotas, "default", "team")?.status }

    private func limits(on cluster: String) throws -> JSON? {
        try test.members[cluster].object(.resourceQuotas, "default", "team")?.spec["hard"]
    }

    @Test(.timeLimit(.minutes(1))) func assignmentsBecomeResourceQuotas() async throws {
        try await test.run {
            try await test.create(quota)
            try await eventually("each cluster has its part") {
                try limits(on: "member1") == ["cpu": "4"] && limits(on: "member2") == ["cpu": "6"]
            }
            #expect(try limits(on: "member3") == nil)
            for (cluster, used) in [("member1", "1500m"), ("member2", "2")] {
                try await test.members[cluster].modify(.resourceQuotas, key, subresource: "status") { object in
                    object.status = ["hard": object.spec["hard"] ?? [:], "used": ["cpu": .string(used)]]
                    return true
                }
            }
            try await eventually("what is used is added up") { status?["overallUsed"] == ["cpu": "3500m"] }
            #expect(status?["overall"] == ["cpu": "10", "memory": "4Gi"])
            #expect(
                status?["aggregatedStatus"] == [
                    ["clusterName": "member1", "hard": ["cpu": "4"], "used": ["cpu": "1500m"]],
                    ["clusterName": "member2", "hard": ["cpu": "6"], "used": ["cpu": "2"]],
                ])
            try await test.plane.modify(Resource.federatedResourceQuotas, key) { object in
                object["spec", "staticAssignments"] = [["clusterName": "member2", "hard": ["cpu": "8"]]]
                return true
            }
            try await eventually("changes follow") { try limits(on: "member1") == nil && limits(on: "member2") == ["cpu": "8"] }
            try await test.plane.delete(Resource.federatedResourceQuotas, key)
            try await eventually("it goes") { try limits(on: "member2") == nil }
        }
    }

    /// The count by bindings: what admission keeps is put right when bindings go.
    @Test(.timeLimit(.minutes(1))) func bindingsAreCounted() async throws {
        var configuration = TestPlane.configuration
        configuration.featureGates[.federatedQuotaEnforcement] = true
        configuration.federatedResourceQuotaSyncPeriod = .milliseconds(50)
        try await test.run(configuration) {
            try await test.create(
                """
                apiVersion: apps/v1
                kind: Deployment
                metadata: {name: web, namespace: default}
                spec:
                  replicas: 3
                  selector: {matchLabels: {app: web}}
                  template:
                    metadata: {labels: {app: web}}
                    spec: {containers: [{name: c, image: i, resources: {requests: {cpu: 500m, memory: 1Gi}}}]}
                ---
                apiVersion: policy.karmada.io/v1alpha1
                kind: PropagationPolicy
                metadata: {name: web, namespace: default}
                spec:
                  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: web}]
                  placement: {clusterAffinity: {clusterNames: [member1, member2]}}
                """)
            try await test.create(quota)
            // Three replicas in each of two clusters.
            try await eventually("they are counted") { status?["overallUsed"] == ["cpu": "3", "memory": "6Gi"] }
            #expect(status?["overall"] == ["cpu": "10", "memory": "4Gi"])
            try await test.plane.delete(.deployments, ObjectKey(namespace: "default", name: "web"))
            try await eventually("and given back") { status?["overallUsed"] == nil }
        }
    }
}

@Suite struct RebalancerTests {
    private let test = TestPlane()
    private let key = ObjectKey(name: "again")

    private func rebalancer(_ more: String = "") -> String {
        """
        apiVersion: apps.karmada.io/v1alpha1
        kind: WorkloadRebalancer
        metadata: {name: again}
        spec:
          workloads:
          - {apiVersion: v1, kind: ConfigMap, namespace: default, name: settings}
          - {apiVersion: apps/v1, kind: Deployment, namespace: default, name: missing}
          \(more)
        """
    }

    private var status: JSON? { test.plane.object(Resource.workloadRebalancers, "again")?.status }

    private func bind() async throws {
        try await test.create("{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: default}}")
        try await test.create(
            """
            apiVersion: policy.karmada.io/v1alpha1
            kind: PropagationPolicy
            metadata: {name: p, namespace: default}
            spec:
              resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: settings}]
              placement: {clusterAffinity: {clusterNames: [member1]}}
            """)
        try await eventually("there is a binding") { test.binding("settings-configmap") != nil }
    }

    @Test(.timeLimit(.minutes(1))) func itAsksForAFreshScheduleAndReports() async throws {
        try await test.run {
            try await bind()
            try await test.create(rebalancer())
            try await eventually("it is done") { status?["finishTime"] != nil }
            let created = try #require(test.plane.object(Resource.workloadRebalancers, "again")).creationTimestamp
            #expect(test.binding("settings-configmap")?.spec.rescheduleTriggeredAt == Timestamp(created))
            #expect(
                status?["observedWorkloads"] == [
                    [
                        "workload": ["apiVersion": "apps/v1", "kind": "Deployment", "name": "missing", "namespace": "default"],
                        "result": "Failed", "reason": "ReferencedBindingNotFound",
                    ],
                    [
                        "workload": ["apiVersion": "v1", "kind": "ConfigMap", "name": "settings", "namespace": "default"],
                        "result": "Successful",
                    ],
                ])
            #expect(status?["observedGeneration"] == 1)
            // What is no longer listed stays where it was a success.
            try await test.plane.modify(Resource.workloadRebalancers, key) { object in
                object["spec", "workloads"] = [["apiVersion": "v1", "kind": "Secret", "namespace": "default", "name": "s"]]
                return true
            }
            try await eventually("the new list is worked on") { status?["observedGeneration"] == 2 }
            #expect(
                status?["observedWorkloads"]?.array?.map { $0["workload", "kind"]?.string } == ["ConfigMap", "Secret"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func itGoesWhenItsTimeIsOver() async throws {
        try await test.run {
            try await bind()
            try await test.create(rebalancer("ttlSecondsAfterFinished: 0"))
            try await eventually("it is gone") {
                test.binding("settings-configmap")?.spec.rescheduleTriggeredAt != nil
                    && test.plane.object(Resource.workloadRebalancers, "again") == nil
            }
        }
    }
}
