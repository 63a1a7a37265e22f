import Client
import Framework
import Kubernetes
import Logging
import Plugins
import Scheduler
import Synchronization
import Testing

/// Schedules by what clusters say themselves.
@Suite(.timeLimit(.minutes(1)))
struct RemoteEstimatorTests {
    private let client = FakeClient()

    /// Answers from a table; of what it is to hold back, when it is let go.
    private final class Clusters: RemoteEstimator {
        let answers: [String: Int64]
        let questions = Mutex<[EstimateQuestion]>([])
        private let gate: AsyncStream<Void>?

        init(_ answers: [String: Int64], after gate: AsyncStream<Void>? = nil) {
            self.answers = answers
            self.gate = gate
        }

        func estimates(_ question: EstimateQuestion) async -> [String: Int64] {
            questions.withLock { $0.append(question) }
            if let gate { for await _ in gate { break } }
            return answers
        }
    }

    private func withScheduler(_ estimator: any RemoteEstimator, _ body: () async throws -> Void) async throws {
        let profiles = try SchedulerConfiguration(registry: .inTree(FeatureGates(), asksEstimatorServices: true))
        let service = SchedulerService(client: client, profiles: profiles, estimator: estimator, logger: Logger(label: "test"))
        let running = Task { await service.run() }
        defer { running.cancel() }
        try await body()
        running.cancel()
        await running.value
    }

    private func addClusters() async throws {
        for name in ["a", "b", "c"] {
            var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
            cluster.labels = ["tier": name == "c" ? "other" : "main"]
            cluster.status = [
                "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
                "resourceSummary": ["allocatable": ["cpu": 10, "pods": 110]],
            ]
            _ = try await client.create(cluster, in: Cluster.resource)
        }
    }

    private func addBinding(_ name: String, replicas: Int = 6, divided: Bool = true) async throws {
        var binding = Object(
            apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: name)
        binding.spec = [
            "resource": ["apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": .string(name)],
            "replicas": JSON(replicas),
            "replicaRequirements": ["resourceRequest": ["cpu": 1], "nodeClaim": ["nodeSelector": ["disk": "ssd"]]],
            "placement": [
                "clusterAffinity": ["labelSelector": ["matchLabels": ["tier": "main"]]],
                "replicaScheduling": divided
                    ? ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"]
                    : ["replicaSchedulingType": "Duplicated"],
            ],
        ]
        _ = try await client.create(binding, in: ResourceBinding.resource)
    }

    private func targets(of name: String) async throws -> [String: Int32] {
        while true {
            let object = try await client.get(ResourceBinding.resource, ObjectKey(namespace: "default", name: name)).decoded()
            let binding = ResourceBinding(object)
            if binding.status.conditions["Scheduled"] != nil {
                return Dictionary(uniqueKeysWithValues: binding.spec.clusters.map { ($0.name, $0.replicas) })
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    @Test func theLowerAnswerCountsAndOnlyCandidatesAreAsked() async throws {
        try await addClusters()
        try await addBinding("web")
        let clusters = Clusters(["a": 4, "b": 100])
        try await withScheduler(clusters) {
            // Alone b has room for all six by its word as by its status, a only for four.
            let targets = try await targets(of: "web")
            #expect(targets == ["b": 6])
        }
        let question = try #require(clusters.questions.withLock { $0.first })
        #expect(question.clusters == ["a", "b"])
        guard case .replicas(let requirements) = question.subject else { return #expect(Bool(false), "replicas are asked for") }
        #expect(requirements?.nodeClaim?.nodeSelector == ["disk": "ssd"])
    }

    @Test func withoutAnAnswerTheStatusHasToDo() async throws {
        try await addClusters()
        try await addBinding("web", replicas: 15)
        try await withScheduler(Clusters(["a": 7])) {
            let targets = try await targets(of: "web")
            #expect(targets.values.reduce(0, +) == 15)
        }
    }

    @Test func nobodyIsAskedForWhatIsDuplicated() async throws {
        try await addClusters()
        try await addBinding("web", divided: false)
        let clusters = Clusters([:])
        try await withScheduler(clusters) {
            let targets = try await targets(of: "web")
            #expect(targets == ["a": 6, "b": 6])
        }
        let questions = clusters.questions.withLock { $0 }
        #expect(questions.isEmpty)
    }

    @Test func othersDoNotWaitForAnswers() async throws {
        try await addClusters()
        let (gate, open) = AsyncStream<Void>.makeStream()
        try await addBinding("slow")
        try await withScheduler(Clusters(["a": 0, "b": 6], after: gate)) {
            try await addBinding("quick", divided: false)
            #expect(try await targets(of: "quick") == ["a": 6, "b": 6])
            open.yield()
            #expect(try await targets(of: "slow") == ["b": 6])
        }
    }
}
