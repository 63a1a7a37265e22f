import Kubernetes
import Testing

@testable import Interpreter

@Suite struct ReplicaTests {
    let interpreter = Interpreter()

    @Test(arguments: ["Deployment", "ReplicaSet", "StatefulSet"])
    func workloadsSayHowManyReplicasTheyWant(kind: String) async throws {
        var object = try workload(kind, replicas: 4)
        #expect(try await interpreter.replicas(object)?.replicas == 4)
        #expect(try await interpreter.revise(object, replicas: 7).spec["replicas"] == 7)
        object["spec", "replicas"] = nil
        #expect(try await interpreter.replicas(object)?.replicas == 0)
        #expect(try await interpreter.revise(object, replicas: 7) == object, "what does not say how many it wants is not divided")
    }

    @Test(arguments: [(5, nil, 5), (5, 3, 3), (2, 9, 2), (0, 4, 0)] as [(Int, Int?, Int)])
    func jobsRunNoMorePodsThanCompletionsAreWanted(parallelism: Int, completions: Int?, replicas: Int) async throws {
        var job = try object("{apiVersion: batch/v1, kind: Job, metadata: {name: j}, spec: {}}")
        job["spec", "parallelism"] = JSON(parallelism)
        job["spec", "completions"] = completions.map { JSON($0) }
        #expect(try await interpreter.replicas(job)?.replicas == replicas)
        #expect(try await interpreter.revise(job, replicas: 1).spec["parallelism"] == 1)
    }

    @Test func otherKindsHaveNone() async throws {
        let map = try object("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, spec: {replicas: 3}}")
        #expect(try await interpreter.replicas(map) == nil)
        #expect(try await interpreter.revise(map, replicas: 5) == map)
        let other = try object("{apiVersion: example.com/v1, kind: Deployment, metadata: {name: c}, spec: {replicas: 3}}")
        #expect(try await interpreter.replicas(other) == nil, "a kind is its group too")
    }

    @Test func aReplicaNeedsWhatItsContainersAskForTogether() async throws {
        let pod = try object(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              containers:
              - {name: a, resources: {requests: {cpu: 250m, memory: 64Mi}, limits: {cpu: 1, nvidia.com/gpu: 2}}}
              - {name: b, resources: {limits: {cpu: 0.5, memory: 1Gi, example: 4}}}
              initContainers:
              - {name: c, resources: {requests: {cpu: 700m, memory: 2Gi}}}
              - {name: d, resources: {limits: {cpu: 800m}}}
              overhead: {cpu: 10m, memory: 1Mi}
              nodeSelector: {disk: ssd}
              tolerations: [{key: a, operator: Exists}]
              affinity:
                nodeAffinity:
                  requiredDuringSchedulingIgnoredDuringExecution:
                    nodeSelectorTerms: [{matchExpressions: [{key: arch, operator: In, values: [arm64]}]}]
            """)
        let demand = try #require(try await interpreter.replicas(pod))
        #expect(demand.replicas == 1)
        #expect(
            try demand.requirements
                == value(
                    """
                    resourceRequest: {cpu: 810m, memory: 2049Mi, nvidia.com/gpu: "2"}
                    nodeClaim:
                      nodeSelector: {disk: ssd}
                      tolerations: [{key: a, operator: Exists}]
                      hardNodeAffinity:
                        nodeSelectorTerms: [{matchExpressions: [{key: arch, operator: In, values: [arm64]}]}]
                    """))
    }

    @Test func aReplicaThatAsksForNothingHasNoRequirements() async throws {
        #expect(try await interpreter.replicas(workload("Deployment")) == ReplicaDemand(replicas: 2, requirements: nil))
    }

    @Test(arguments: [
        ("spec: {replicas: many}", "spec.replicas", "expected an integer, got string"),
        ("spec: {replicas: 3000000000}", "spec.replicas", "3000000000 is out of the range of an int32"),
        (
            "spec: {template: {spec: {containers: [{}, {resources: {requests: {cpu: lots}}}]}}}",
            "spec.template.spec.containers[1].resources.requests.cpu", nil
        ),
        ("spec: {template: {spec: {containers: {}}}}", "spec.template.spec.containers", "expected an array, got object"),
    ])
    func errorsNameTheField(spec: String, field: String, message: String?) async throws {
        let object = try object("{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, \(spec)}")
        let error = try await #require(throws: InterpreterError.self) { try await interpreter.replicas(object) }
        #expect(error.field == field)
        if let message { #expect(error.message == message) }
    }
}
