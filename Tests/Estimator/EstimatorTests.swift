import Client
import EstimatorProtocol
import GRPCCore
import GRPCInProcessTransport
import Kubernetes
import Telemetry
import Testing

@testable import Estimator

/// What a cluster's estimator answers, by the protocol.
struct EstimatorTests {
    private let capacity = ClusterCapacity()
    private let quotas = QuotaRoom()
    private let metrics = MetricsRegistry()

    private func encoded(_ object: Object) -> EncodedObject { EncodedObject(object, revision: 1) }

    private func addNode(
        _ name: String, cpu: String, pods: Int = 110, labels: [String: String] = [:], taints: JSON = [], cordoned: Bool = false
    ) {
        var node = Object(apiVersion: "v1", kind: "Node", name: name)
        node.labels = labels
        node.spec = ["taints": taints, "unschedulable": .bool(cordoned)]
        node.status = ["allocatable": ["cpu": .string(cpu), "memory": "8Gi", "pods": JSON(pods)]]
        capacity.apply(node: .added(encoded(node)))
    }

    private func pod(_ name: String, on node: String?, cpu: String, owner: Object? = nil, since: Timestamp? = nil) -> Object {
        var pod = Object(apiVersion: "v1", kind: "Pod", namespace: "default", name: name)
        pod.spec = ["containers": [["name": "main", "resources": ["requests": ["cpu": .string(cpu)]]]]]
        pod.spec["nodeName"] = node.map(JSON.string)
        if let owner { pod.ownerReferences = [OwnerReference(controller: owner)] }
        if let since {
            pod.status = [
                "phase": "Pending",
                "conditions": [
                    [
                        "type": "PodScheduled", "status": "False", "reason": "Unschedulable",
                        "lastTransitionTime": .string(since.description),
                    ]
                ],
            ]
        }
        return pod
    }

    private func withClient<Result: Sendable>(
        quotas: QuotaRoom? = nil,
        _ body: @Sendable @escaping (KarmadaEstimator.Client<InProcessTransport.Client>) async throws -> Result
    ) async throws -> Result {
        let service = EstimatorService(
            cluster: "member1", capacity: capacity, quotas: quotas, metrics: EstimatorMetrics(metrics))
        let transport = InProcessTransport()
        return try await withGRPCServer(transport: transport.server, services: [service]) { _ in
            try await withGRPCClient(transport: transport.client) { client in
                try await body(KarmadaEstimator.Client(wrapping: client))
            }
        }
    }

    private func replicas(
        _ requirements: JSON, quotas: QuotaRoom? = nil, assuming assumed: [EstimatorAssumedWorkload] = []
    ) async throws -> Int32 {
        var request = EstimatorMaxAvailableReplicasRequest()
        request.cluster = "member1"
        request.replicaRequirements = EstimatorReplicaRequirements(ReplicaRequirements(requirements))
        request.assumedWorkloads = assumed
        let message = request
        return try await withClient(quotas: quotas) { try await $0.maxAvailableReplicas(message).maxReplicas }
    }

    @Test func countsWhatNodesHaveLeft() async throws {
        addNode("n1", cpu: "4")
        addNode("n2", cpu: "1500m")
        #expect(try await replicas(["resourceRequest": ["cpu": 1]]) == 5)
        capacity.apply(pod: .added(encoded(pod("p", on: "n1", cpu: "2500m"))))
        #expect(try await replicas(["resourceRequest": ["cpu": 1]]) == 2)
        capacity.apply(pod: .deleted(encoded(pod("p", on: "n1", cpu: "2500m"))))
        #expect(try await replicas(["resourceRequest": ["cpu": 1]]) == 5)
        #expect(try await replicas([:]) == 220, "a pod each, where nothing is asked for")
        #expect(try await replicas(["resourceRequest": ["example.com/gpu": 1]]) == 0)
    }

    @Test func followsPodsAndNodesThatComeAndGo() async throws {
        // A pod may be known before its node.
        capacity.apply(pod: .added(encoded(pod("early", on: "n1", cpu: "3"))))
        addNode("n1", cpu: "4")
        #expect(try await replicas(["resourceRequest": ["cpu": 1]]) == 1)
        var ended = pod("early", on: "n1", cpu: "3")
        ended.status = ["phase": "Succeeded"]
        capacity.apply(pod: .updated(old: encoded(pod("early", on: "n1", cpu: "3")), new: encoded(ended)))
        #expect(try await replicas(["resourceRequest": ["cpu": 1]]) == 4)
        capacity.apply(node: .deleted(encoded(Object(apiVersion: "v1", kind: "Node", name: "n1"))))
        #expect(try await replicas(["resourceRequest": ["cpu": 1]]) == 0)
        addNode("n2", cpu: "2")
        #expect(try await replicas(["resourceRequest": ["cpu": 1]]) == 2)
    }

    @Test func respectsTheClaim() async throws {
        addNode("ssd", cpu: "4", labels: ["disk": "ssd"])
        addNode("hdd", cpu: "4", labels: ["disk": "hdd", "zone": "z1"])
        addNode("gpu", cpu: "4", labels: ["disk": "ssd"], taints: [["key": "gpu", "effect": "NoSchedule"]])
        addNode("out", cpu: "4", labels: ["disk": "ssd"], cordoned: true)
        func room(_ claim: JSON) async throws -> Int32 {
            try await replicas(["resourceRequest": ["cpu": 2], "nodeClaim": claim])
        }
        #expect(try await room([:]) == 4)
        #expect(try await room(["nodeSelector": ["disk": "ssd"]]) == 2)
        let tolerations: JSON = [["key": "gpu", "operator": "Exists"]]
        #expect(try await room(["nodeSelector": ["disk": "ssd"], "tolerations": tolerations]) == 4)
        #expect(try await room(["tolerations": [["operator": "Exists"]]]) == 8)
        func affinity(_ terms: JSON) -> JSON { ["hardNodeAffinity": ["nodeSelectorTerms": terms]] }
        let inZone: JSON = ["matchExpressions": [["key": "zone", "operator": "In", "values": ["z1"]]]]
        let named: JSON = ["matchFields": [["key": "metadata.name", "operator": "In", "values": ["ssd"]]]]
        #expect(try await room(affinity([inZone])) == 2)
        #expect(try await room(affinity([inZone, named])) == 4)
        #expect(try await room(affinity([["matchExpressions": [["key": "zone", "operator": "Exists"]]]])) == 2)
        #expect(try await room(affinity([])) == 0)
    }

    @Test func understandsClientsUpTo1_17() async throws {
        addNode("ssd", cpu: "4", labels: ["disk": "ssd"])
        addNode("hdd", cpu: "4", labels: ["disk": "hdd"])
        var request = EstimatorMaxAvailableReplicasRequest()
        request.cluster = "member1"
        request.replicaRequirements.resourceRequest = ["cpu": .with { $0.string = "2" }]
        request.replicaRequirements.nodeClaim.nodeAffinity.nodeSelectorTerms = [
            .with {
                $0.matchExpressions = [
                    .with {
                        $0.key = "disk"
                        $0.operator = "In"
                        $0.values = ["ssd"]
                    }
                ]
            }
        ]
        let message = request
        let room = try await withClient { try await $0.maxAvailableReplicas(message).maxReplicas }
        #expect(room == 2)
    }

    private func component(_ name: String, replicas: Int, cpu: Int) -> EstimatorComponent {
        EstimatorComponent(
            Component([
                "name": .string(name), "replicas": JSON(replicas),
                "replicaRequirements": ["resourceRequest": ["cpu": JSON(cpu)]],
            ]))
    }

    @Test func countsWholeSets() async throws {
        addNode("n1", cpu: "8")
        addNode("n2", cpu: "8")
        var request = EstimatorMaxAvailableComponentSetsRequest()
        request.cluster = "member1"
        request.components = [component("job", replicas: 1, cpu: 1), component("task", replicas: 3, cpu: 2)]
        let message = request
        let sets = try await withClient { try await $0.maxAvailableComponentSets(message).maxSets }
        #expect(sets == 2)
        request.assumedWorkloads = [.with { $0.components = [component("other", replicas: 2, cpu: 4)] }]
        let second = request
        let fewer = try await withClient { try await $0.maxAvailableComponentSets(second).maxSets }
        #expect(fewer == 1)
    }

    @Test func takesOffWhatIsAssumed() async throws {
        addNode("n1", cpu: "4")
        let assumed = EstimatorAssumedWorkload.with { $0.components = [component("x", replicas: 3, cpu: 1)] }
        #expect(try await replicas(["resourceRequest": ["cpu": 1]], assuming: [assumed]) == 1)
    }

    @Test func quotasCountWhereTheyAreChecked() async throws {
        addNode("n1", cpu: "40")
        func quota(_ name: String, spec: JSON = [:], hard: JSON, used: JSON) {
            var quota = Object(apiVersion: "v1", kind: "ResourceQuota", namespace: "team", name: name)
            quota.spec = spec
            quota.status = ["hard": hard, "used": used]
            quotas.apply(.added(encoded(quota)))
        }
        func room(_ namespace: String, priorityClass: String = "") async throws -> Int32 {
            try await replicas(
                [
                    "resourceRequest": ["cpu": 2, "memory": "10Mi"], "namespace": .string(namespace),
                    "priorityClassName": .string(priorityClass),
                ], quotas: quotas)
        }
        #expect(try await room("team") == 20)
        quota(
            "cpu", hard: ["requests.cpu": 12, "limits.cpu": 1, "pods": 1],
            used: ["requests.cpu": 3, "limits.cpu": 1, "pods": 1])
        #expect(try await room("team") == 4)
        #expect(try await room("other") == 20)
        quota(
            "high",
            spec: [
                "scopeSelector": [
                    "matchExpressions": [["scopeName": "PriorityClass", "operator": "In", "values": ["high"]]]
                ]
            ], hard: ["cpu": 2], used: ["cpu": 0])
        #expect(try await room("team") == 4)
        #expect(try await room("team", priorityClass: "high") == 1)
        #expect(try await replicas(["resourceRequest": ["cpu": 2], "namespace": "team"]) == 20, "not checked by default")
    }

    @Test func countsPodsWithoutANode() async throws {
        let deployment = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web")
        for (name, revision) in [("web-old", "1"), ("web-new", "2")] {
            var set = Object(apiVersion: "apps/v1", kind: "ReplicaSet", namespace: "default", name: name)
            set.annotations["deployment.kubernetes.io/revision"] = revision
            set.ownerReferences = [OwnerReference(controller: deployment)]
            capacity.apply(replicaSet: .added(encoded(set)))
            let minutesAgo = Timestamp.now() + .seconds(-600)
            for index in 0..<3 {
                capacity.apply(pod: .added(encoded(pod("\(name)-\(index)", on: nil, cpu: "1", owner: set, since: minutesAgo))))
            }
            capacity.apply(pod: .added(encoded(pod("\(name)-late", on: nil, cpu: "1", owner: set, since: .now()))))
            capacity.apply(pod: .added(encoded(pod("\(name)-runs", on: "n1", cpu: "1", owner: set))))
        }
        func count(_ threshold: Duration, kind: String = "Deployment", name: String = "web") async throws -> Int32 {
            var request = EstimatorUnschedulableReplicasRequest()
            request.cluster = "member1"
            request.unschedulableThreshold = Int64(threshold / .nanoseconds(1))
            request.resource.kind = kind
            request.resource.namespace = "default"
            request.resource.name = name
            let message = request
            return try await withClient { try await $0.getUnschedulableReplicas(message).unschedulableReplicas }
        }
        #expect(try await count(.seconds(300)) == 3, "of the latest revision, long enough")
        #expect(try await count(.seconds(3600)) == 0)
        #expect(try await count(.seconds(300), kind: "ReplicaSet", name: "web-old") == 3)
        #expect(try await count(.seconds(300), name: "nothing") == 0)
        let waiting = encoded(pod("web-new-0", on: nil, cpu: "1"))
        capacity.apply(pod: .updated(old: waiting, new: encoded(pod("web-new-0", on: "n1", cpu: "1"))))
        #expect(try await count(.seconds(300)) == 2)
    }

    @Test func refusesWhatMakesNoSense() async throws {
        var request = EstimatorMaxAvailableReplicasRequest()
        request.cluster = "member2"
        let other = request
        let mismatch = "cluster name does not match, got: member2, desire: member1"
        await #expect(throws: RPCError(code: .invalidArgument, message: mismatch)) {
            try await withClient { try await $0.maxAvailableReplicas(other).maxReplicas }
        }
        request.cluster = "member1"
        request.replicaRequirements.resourceRequestBytes = ["cpu": .with { $0.string = "much" }]
        let much = request
        await #expect(throws: RPCError(code: .invalidArgument, message: "resourceRequest[cpu]: \"much\" is no quantity")) {
            try await withClient { try await $0.maxAvailableReplicas(much).maxReplicas }
        }
        #expect(
            metrics.text.contains(
                #"karmada_scheduler_estimator_estimating_request_total{result="error",type="MaxAvailableReplicas"} 2"#))
    }
}
