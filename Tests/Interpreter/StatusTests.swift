import Kubernetes
import Testing

@testable import Interpreter

@Suite struct StatusTests {
    let interpreter = Interpreter()

    // MARK: Reflection

    @Test func aDeploymentReportsItsCountersAndGenerations() async throws {
        let deployment = try object(
            """
            apiVersion: apps/v1
            kind: Deployment
            metadata: {name: web, generation: 2, annotations: {resourcetemplate.karmada.io/generation: "9"}}
            status: {observedGeneration: 2, replicas: 3, readyReplicas: 0, conditions: [{type: Available}]}
            """)
        #expect(
            try await interpreter.reflectStatus(deployment)
                == value("{generation: 2, resourceTemplateGeneration: 9, observedGeneration: 2, replicas: 3}"))
    }

    @Test(arguments: [nil, "nine"])
    func aWorkloadWithoutItsTemplatesGenerationIsAnError(generation: String?) async throws {
        var deployment = try object("{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}, status: {replicas: 1}}")
        if let generation { deployment.annotations["resourcetemplate.karmada.io/generation"] = generation }
        let error = try await #require(throws: InterpreterError.self) { try await interpreter.reflectStatus(deployment) }
        #expect(error.field == "metadata.annotations[resourcetemplate.karmada.io/generation]")
    }

    @Test(arguments: [
        ("{apiVersion: apps/v1, kind: Deployment}", nil),
        ("{apiVersion: v1, kind: Service, spec: {type: ClusterIP}, status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}}}", nil),
        (
            """
            {apiVersion: v1, kind: Service, spec: {type: LoadBalancer},
            status: {loadBalancer: {ingress: [{ip: 1.2.3.4}]}, conditions: [{type: x}]}}
            """,
            "{loadBalancer: {ingress: [{ip: 1.2.3.4}]}}"
        ),
        (
            """
            {apiVersion: batch/v1, kind: Job,
            status: {active: 1, failed: 0, ready: 1, startTime: '2026-01-01T00:00:00Z', conditions: []}}
            """,
            "{active: 1, startTime: '2026-01-01T00:00:00Z'}"
        ),
        (
            "{apiVersion: policy/v1, kind: PodDisruptionBudget, status: {currentHealthy: 2, observedGeneration: 1}}",
            "{currentHealthy: 2, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0}"
        ),
        (
            """
            {apiVersion: autoscaling/v2, kind: HorizontalPodAutoscaler,
            status: {desiredReplicas: 2, currentMetrics: [{type: Resource}]}}
            """,
            "{desiredReplicas: 2, currentMetrics: null}"
        ),
        ("{apiVersion: v1, kind: ConfigMap}", nil),
        ("{apiVersion: example.com/v1, kind: Anything, status: {some: [thing]}}", "{some: [thing]}"),
    ])
    func otherKindsReport(json: String, status: String?) async throws {
        #expect(try await interpreter.reflectStatus(object(json)) == status.map(value))
    }

    // MARK: Aggregation

    @Test func countersAddUpAndTheGenerationFollowsOnceEveryMemberIsUpToDate() async throws {
        var deployment = try workload("Deployment")
        deployment.status = ["observedGeneration": 2, "conditions": [["type": "Available"]]]
        let current = "{replicas: 2, readyReplicas: 1, generation: 5, observedGeneration: 5, resourceTemplateGeneration: 3}"
        let behind = "{replicas: 1, readyReplicas: 1, generation: 5, observedGeneration: 4, resourceTemplateGeneration: 3}"
        let older = "{replicas: 1, readyReplicas: 1, generation: 5, observedGeneration: 5, resourceTemplateGeneration: 2}"

        func observed(_ statuses: String?...) async throws -> JSON? {
            let items = try statuses.enumerated().map { try item("member\($0)", $1) }
            return try await interpreter.aggregateStatus(deployment, items: items)?.status["observedGeneration"]
        }
        #expect(try await observed(current, current) == 3)
        #expect(try await observed(current, behind) == 2)
        #expect(try await observed(current, older) == 2)
        #expect(try await observed(current, nil) == 2)

        let result = try #require(
            try await interpreter.aggregateStatus(deployment, items: [item("member1", current), item("member2", behind)]))
        #expect(
            try result.status
                == value("{observedGeneration: 2, replicas: 3, readyReplicas: 2, conditions: [{type: Available}]}"))
    }

    @Test(arguments: ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet"])
    func aStatusThatDoesNotChangeLeavesTheObjectAlone(kind: String) async throws {
        let first = try workload(kind)
        let items = [try item("member1", "{replicas: 2, generation: 1, observedGeneration: 1, resourceTemplateGeneration: 3}")]
        let second = try #require(try await interpreter.aggregateStatus(first, items: items))
        #expect(second != first)
        #expect(try await interpreter.aggregateStatus(second, items: items) == second)
    }

    @Test func aJobIsCompleteOnceAllAreAndFailedOnceOneIs() async throws {
        let job = try object("{apiVersion: batch/v1, kind: Job, metadata: {name: j}}")
        func conditions(_ statuses: String?...) async throws -> [String] {
            let items = try statuses.enumerated().map { try item("member\($0 + 1)", $1) }
            let result = try #require(try await interpreter.aggregateStatus(job, items: items))
            return (result.status["conditions"]?.array ?? []).map {
                "\($0["type"]?.string ?? ""): \($0["message"]?.string ?? "")"
            }
        }
        let complete = "{conditions: [{type: SuccessCriteriaMet, status: 'True'}, {type: Complete, status: 'True'}]}"
        let failed = "{conditions: [{type: Failed, status: 'True'}]}"
        #expect(try await conditions() == [])
        #expect(try await conditions(complete, nil) == [])
        #expect(try await conditions(complete, "{active: 1}") == [])
        #expect(
            try await conditions(complete, complete)
                == ["Complete: Job completed", "SuccessCriteriaMet: All member clusters have met success criteria"])
        #expect(
            try await conditions(failed, complete, failed) == ["Failed: Job executed failed in member clusters member1,member3"])
    }

    @Test func aFinishedJobStaysAsItIs() async throws {
        let job = try object(
            "{apiVersion: batch/v1, kind: Job, metadata: {name: j}, status: {conditions: [{type: Complete, status: 'True'}]}}")
        #expect(try await interpreter.aggregateStatus(job, items: [item("member1", "{active: 3}")]) == job)
    }

    @Test func aJobRunsFromTheFirstStartToTheLastCompletion() async throws {
        let job = try object("{apiVersion: batch/v1, kind: Job, metadata: {name: j}}")
        let items = [
            try item("a", "{succeeded: 1, startTime: '2026-01-02T00:00:00Z', completionTime: '2026-01-03T00:00:00Z'}"),
            try item("b", "{succeeded: 2, startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-05T00:00:00Z'}"),
        ]
        #expect(
            try await interpreter.aggregateStatus(job, items: items)?.status
                == value("{succeeded: 3, startTime: '2026-01-01T00:00:00Z', completionTime: '2026-01-05T00:00:00Z'}"))
        #expect(
            try await interpreter.aggregateStatus(job, items: items + [item("c", nil)])?.status == value("{succeeded: 3}"),
            "nobody knows when the third started")
    }

    @Test func theLastRunOfACronJobIsTheLastOfAnyMember() async throws {
        let cronJob = try object("{apiVersion: batch/v1, kind: CronJob, metadata: {name: c}, spec: {jobTemplate: {spec: {}}}}")
        let result = try #require(
            try await interpreter.aggregateStatus(
                cronJob,
                items: [
                    item("a", "{active: [{name: x}], lastScheduleTime: '2026-01-02T00:00:00Z'}"),
                    item("b", "{active: [{name: y}], lastScheduleTime: '2026-01-04T00:00:00Z'}"),
                    item("c", nil),
                ]))
        #expect(try result.status == value("{active: [{name: x}, {name: y}], lastScheduleTime: '2026-01-04T00:00:00Z'}"))
    }

    @Test(arguments: [
        ("Pod", ["Running", "Failed", "Succeeded"], "Failed"),
        ("Pod", ["Running", nil], "Pending"),
        ("Pod", ["Succeeded", "Running"], "Running"),
        ("PersistentVolume", ["Bound", "Available"], "Available"),
        ("PersistentVolume", ["Bound", nil], "Pending"),
        ("PersistentVolumeClaim", ["Bound", nil], "Bound"),
        ("PersistentVolumeClaim", ["Bound", "Pending"], "Pending"),
        ("PersistentVolumeClaim", ["Lost", "Pending"], "Lost"),
    ] as [(String, [String?], String)])
    func theWorstPhaseWins(kind: String, phases: [String?], phase: String) async throws {
        let object = try object("{apiVersion: v1, kind: \(kind), metadata: {name: p}}")
        let items = try phases.map { try item("member", $0.map { "{phase: \($0)}" }) }
        #expect(try await interpreter.aggregateStatus(object, items: items)?.status["phase"]?.string == phase)
    }

    @Test func addressesAreCollectedOnceAndInOrder() async throws {
        let service = try object("{apiVersion: v1, kind: Service, metadata: {name: s}, spec: {type: LoadBalancer}}")
        let items = [
            try item("a", "{loadBalancer: {ingress: [{ip: 1.2.3.9}, {hostname: b.io, ports: [{port: 443, protocol: TCP}]}]}}"),
            try item("b", "{loadBalancer: {ingress: [{ip: 1.2.3.4}, {hostname: b.io, ports: [{port: 80, protocol: TCP}]}]}}"),
            try item(
                "c",
                """
                {loadBalancer: {ingress: [{ip: 1.2.3.9}, {hostname: a.io},
                {hostname: b.io, ports: [{port: 80, protocol: TCP}]}]}}
                """),
        ]
        #expect(
            try await interpreter.aggregateStatus(service, items: items)?.status
                == value(
                    """
                    loadBalancer:
                      ingress:
                      - hostname: a.io
                      - {hostname: b.io, ports: [{port: 80, protocol: TCP}, {port: 443, protocol: TCP}]}
                      - ip: 1.2.3.4
                      - ip: 1.2.3.9
                    """))
    }

    @Test func disruptedPodsAreToldApartByTheirMember() async throws {
        let budget = try object("{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: b}}")
        let status = "{currentHealthy: 1, expectedPods: 2, disruptedPods: {p: '2026-01-01T00:00:00Z'}}"
        #expect(
            try await interpreter.aggregateStatus(budget, items: [item("a", status), item("b", status)])?.status
                == value(
                    """
                    {currentHealthy: 2, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 4,
                    disruptedPods: {a/p: '2026-01-01T00:00:00Z', b/p: '2026-01-01T00:00:00Z'}}
                    """))
    }

    @Test func kindsThatDoNotAddUpAreLeftAlone() async throws {
        #expect(try await interpreter.aggregateStatus(object("{apiVersion: v1, kind: ConfigMap}"), items: []) == nil)
    }

    @Test func anErrorNamesTheMember() async throws {
        let deployment = try workload("Deployment")
        let error = try await #require(throws: InterpreterError.self) {
            try await interpreter.aggregateStatus(deployment, items: [item("a", "{replicas: 1}"), item("b", "{replicas: x}")])
        }
        #expect(error.description == "status of member b: replicas: expected an integer, got string")
    }
}
