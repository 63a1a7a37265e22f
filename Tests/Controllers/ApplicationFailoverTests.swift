import Client
import Kubernetes
import Synchronization
import Testing

@testable import Controllers

@Suite struct ApplicationFailoverTests {
    private let test = TestPlane()
    private let foo = ObjectKey(namespace: "default", name: "foo")
    private let ill = IllMembers()

    /// Members where nothing becomes ready.
    private final class IllMembers: Sendable {
        private let names = Mutex<Set<String>>([])

        func add(_ name: String) { names.withLock { _ = $0.insert(name) } }
        func contains(_ name: String) -> Bool { names.withLock { $0.contains(name) } }
    }

    private var configuration: ControllerConfiguration {
        var configuration = TestPlane.configuration
        configuration.featureGates[.failover] = true
        configuration.featureGates[.statefulFailoverInjection] = true
        return configuration
    }

    /// A policy that keeps the application in one cluster at a time.
    private func manifests(_ application: String) -> String {
        """
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: foo, namespace: default}
        spec:
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: foo}]
          propagateDeps: true
          failover: {application: \(application)}
          placement:
            clusterAffinity: {clusterNames: [member1, member2, member3]}
            spreadConstraints: [{spreadByField: cluster, minGroups: 1, maxGroups: 1}]
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: foo, namespace: default}
        spec:
          replicas: 2
          selector: {matchLabels: {app: foo}}
          template:
            metadata: {labels: {app: foo}}
            spec: {containers: [{name: foo, image: foo}]}
        """
    }

    private func deployment(in member: String) throws -> Object? {
        try test.members[member].object(.deployments, "default", "foo")
    }

    /// Runs `body` beside kubelets, once the application is healthy in member1.
    private func run(
        _ application: String, _ configuration: ControllerConfiguration,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        try await test.run(configuration) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await test.kubelets(foo) { [ill] in ill.contains($0) } }
                group.addTask {
                    try await test.create(manifests(application))
                    try await eventually("healthy in member1") {
                        test.binding("foo-deployment")?.status.aggregatedStatus.map(\.health) == ["Healthy"]
                    }
                    try await body()
                }
                try await group.next()
                group.cancelAll()
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func anUnhealthyApplicationMovesAndIsPurgedWhenItIsHealthyElsewhere() async throws {
        try await run(
            "{decisionConditions: {tolerationSeconds: 1}, purgeMode: Gracefully, gracePeriodSeconds: 300}", configuration
        ) {
            ill.add("member2")
            ill.add("member1")
            try await eventually("it reaches the first cluster where it is healthy") {
                test.binding("foo-deployment")?.spec.clusters.map(\.name) == ["member3"]
                    && test.binding("foo-deployment")?.spec.gracefulEvictionTasks.isEmpty == true
            }
            try await eventually("and is purged from the others") {
                try deployment(in: "member1") == nil && deployment(in: "member2") == nil && deployment(in: "member3") != nil
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func purgeModeNeverLeavesTheOldPlaceToPeople() async throws {
        try await run("{decisionConditions: {tolerationSeconds: 1}, purgeMode: Never}", configuration) {
            ill.add("member1")
            try await eventually("healthy in member2") {
                let binding = test.binding("foo-deployment")
                return binding?.spec.clusters.map(\.name) == ["member2"]
                    && binding?.status.aggregatedStatus.first { $0.clusterName == "member2" }?.health == "Healthy"
            }
            let task = try #require(test.binding("foo-deployment")?.spec.gracefulEvictionTasks.first)
            #expect(task.suppressDeletion == true && task.reason == "ApplicationFailure" && task.replicas == 2)
            #expect(task.producer == "resource-binding-application-failover-controller")
            #expect(try deployment(in: "member1") != nil)
            try await test.plane.modify(
                ResourceBinding.resource, ObjectKey(namespace: "default", name: "foo-deployment")
            ) { object in
                var task = object.spec["gracefulEvictionTasks"]?[0] ?? [:]
                task["suppressDeletion"] = false
                object["spec", "gracefulEvictionTasks"] = [task]
                return true
            }
            try await eventually("people have had their say") { try deployment(in: "member1") == nil }
        }
    }

    @Test(.timeLimit(.minutes(1))) func stateGoesWithIt() async throws {
        try await run(
            """
            {decisionConditions: {tolerationSeconds: 1}, purgeMode: Directly, statePreservation: {rules: [
              {aliasLabelName: example.com/replicas, jsonPath: "was-{.replicas}"}]}}
            """, configuration
        ) {
            // The label is gone from the Work when the eviction is over: seen by a watch, it cannot be missed.
            let options = WatchOptions(namespace: "karmada-es-member2", resourceVersion: "0")
            let works = try await test.plane.watch(Work.resource, options)
            ill.add("member1")
            for try await event in works {
                let work = Work(try #require(event.object).decoded())
                guard let label = work.spec.manifests.first?.labels["example.com/replicas"] else { continue }
                #expect(label == "was-2")
                break
            }
            try await eventually("gone from member1") { try deployment(in: "member1") == nil }
        }
    }

    @Test(.timeLimit(.minutes(1))) func withoutTheFeatureGateItStays() async throws {
        var configuration = configuration
        configuration.featureGates[.failover] = false
        try await run("{decisionConditions: {tolerationSeconds: 1}, purgeMode: Never}", configuration) {
            ill.add("member1")
            try await eventually("unhealthy") {
                test.binding("foo-deployment")?.status.aggregatedStatus.map(\.health) == ["Unhealthy"]
            }
            // Another object's way through all controllers, meanwhile.
            try await test.create("apiVersion: v1\nkind: Namespace\nmetadata: {name: later}")
            try await eventually("later") { try test.members["member3"].object(Resource.namespaces, "later") != nil }
            #expect(test.binding("foo-deployment")?.spec.clusters.map(\.name) == ["member1"])
        }
    }
}

@Suite struct EvictionRateTests {
    private func fleet(_ size: Int, down: Int) -> [Cluster] {
        (0..<size).map { index in
            var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member\(index)")
            cluster.status = ["conditions": [["type": "Ready", "status": index < down ? "False" : "True"]]]
            return Cluster(cluster)
        }
    }

    @Test func aLargeFleetThatIsMostlyDownIsEmptiedSlowly() {
        let rate = EvictionRate(primary: 2, secondary: 0.5, unhealthyThreshold: 0.55, largeFleet: 10)
        #expect(rate.interval(for: fleet(20, down: 11)) == .milliseconds(500), "exactly the threshold")
        #expect(rate.interval(for: fleet(20, down: 12)) == .seconds(2))
        #expect(rate.interval(for: fleet(10, down: 10)) == .milliseconds(500), "a small fleet")
    }

    @Test func noRateMeansNoEvictions() {
        #expect(EvictionRate.none.interval(for: fleet(3, down: 1)) == nil)
        let stopping = EvictionRate(primary: 2, secondary: 0, unhealthyThreshold: 0.5, largeFleet: 2)
        #expect(stopping.interval(for: fleet(3, down: 2)) == nil)
    }
}
