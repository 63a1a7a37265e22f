import Client
import Kubernetes
import Testing

@testable import Controllers

/// What workloads need goes where they go.
@Suite struct DependencyTests {
    private let test = TestPlane()

    private func deployment(_ name: String, needs: String) -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name), namespace: default}
        spec:
          replicas: 1
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              containers: [{name: c, image: i, envFrom: [{configMapRef: {name: \(needs)}}]}]
        """
    }

    private func policy(_ name: String, _ cluster: String, _ more: String = "") -> String {
        """
        apiVersion: policy.karmada.io/v1alpha1
        kind: PropagationPolicy
        metadata: {name: \(name), namespace: default}
        spec:
          propagateDeps: true
          resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: \(name)}]
          placement: {clusterAffinity: {clusterNames: [\(cluster)]}}
          \(more)
        """
    }

    private func settings(_ value: String = "b") -> String {
        "{apiVersion: v1, kind: ConfigMap, metadata: {name: settings, namespace: default}, data: {a: \(value)}}"
    }

    private func value(on cluster: String) throws -> String? {
        try test.members[cluster].object(.configMaps, "default", "settings")?["data", "a"]?.string
    }

    private var attached: Object? { test.plane.object(ResourceBinding.resource, "default", "settings-configmap") }

    private func key(_ name: String) -> ObjectKey { ObjectKey(namespace: "default", name: name) }

    @Test(.timeLimit(.minutes(1))) func theyFollowAreSharedAndLeave() async throws {
        try await test.run {
            try await test.create(settings())
            try await test.create(deployment("one", needs: "settings"))
            try await test.create(policy("one", "member1"))
            try await eventually("it follows") { try value(on: "member1") == "b" }
            try await test.create(deployment("two", needs: "settings"))
            try await test.create(policy("two", "member2"))
            try await eventually("it follows the second, too") { try value(on: "member2") == "b" && value(on: "member1") == "b" }

            let binding = try #require(attached)
            let one = try #require(test.binding("one-deployment"))
            #expect(binding.labels[Attachments.label(of: one.key)] == one.permanentID)
            #expect(binding.spec["placement"] == nil && binding.spec["conflictResolution"] == "Abort")
            #expect(
                ResourceBinding(binding).spec.requiredBy.map(\.key).sorted() == [key("one-deployment"), key("two-deployment")])
            #expect(
                one.annotations[Annotation.dependencies]
                    == #"[{"apiVersion":"v1","kind":"ConfigMap","name":"settings","namespace":"default"}]"#)
            try await eventually("its state is known") {
                test.binding("settings-configmap")?.status.conditions.isTrue(ResourceBinding.fullyAppliedCondition) ?? false
            }

            try await test.plane.modify(.configMaps, key("settings")) { object in
                object["data", "a"] = "c"
                return true
            }
            try await eventually("changes follow") { try value(on: "member1") == "c" && value(on: "member2") == "c" }

            try await test.plane.modify(PropagationPolicy.resource, key("one")) { object in
                object["spec", "placement", "clusterAffinity", "clusterNames"] = ["member3"]
                return true
            }
            try await eventually("it moves along") { try value(on: "member3") == "c" && value(on: "member1") == nil }

            try await test.plane.delete(.deployments, key("one"))
            try await eventually("it leaves with the first") { try value(on: "member3") == nil }
            #expect(try value(on: "member2") == "c")
            try await test.plane.modify(PropagationPolicy.resource, key("two")) { object in
                object["spec", "propagateDeps"] = false
                return true
            }
            try await eventually("it stays behind") { try value(on: "member2") == nil }
            try await eventually("nothing is left of the last that needed it") {
                attached?.labels.keys.contains { $0.hasPrefix(Label.dependedByPrefix) } == false
                    && attached?.spec["requiredBy"] == nil
            }
            let two = test.plane.object(ResourceBinding.resource, "default", "two-deployment")
            #expect(two?.finalizers == [Finalizer.binding])
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneThatComesLaterFollowsThen() async throws {
        try await test.run {
            try await test.create(policy("one", "member1"))
            try await test.create(deployment("one", needs: "settings"))
            try await eventually("the workload is there, and what it needs is known") {
                try test.members["member1"].object(.deployments, "default", "one") != nil
                    && test.binding("one-deployment")?.annotations[Annotation.dependencies] != nil
            }
            try await test.create(settings())
            try await eventually("it follows") { try value(on: "member1") == "b" }
            try await test.plane.modify(.deployments, key("one")) { object in
                object["spec", "template", "spec", "containers"] = [["name": "c", "image": "i"]]
                return true
            }
            try await eventually("it is not needed any more") { try value(on: "member1") == nil }
        }
    }

    /// Where the policies of two workloads disagree on what they share, overwriting and preserving win.
    @Test(.timeLimit(.minutes(1))) func theStrongerPolicyWins() async throws {
        try await test.run {
            try await test.create(settings())
            try await test.create(deployment("one", needs: "settings"))
            try await test.create(deployment("two", needs: "settings"))
            try await test.create(policy("one", "member1"))
            try await test.create(
                policy("two", "member1", "conflictResolution: Overwrite\n  preserveResourcesOnDeletion: true"))
            try await eventually("both count") {
                attached?.spec["conflictResolution"] == "Overwrite" && attached?.spec["preserveResourcesOnDeletion"] == true
            }
            try await eventually("users hear of it") {
                test.plane.objects(EventRecorder.resource, in: "default").contains {
                    $0["reason"]?.string == EventReason.dependencyPolicyConflict
                }
            }
            try await test.plane.delete(.deployments, key("two"))
            try await eventually("one is left") {
                attached?.spec["conflictResolution"] == "Abort" && attached?.spec["preserveResourcesOnDeletion"] == false
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func theGateKeepsThemAtHome() async throws {
        var configuration = TestPlane.configuration
        configuration.featureGates[.propagateDeps] = false
        try await test.run(configuration) {
            try await test.create(settings())
            try await test.create(policy("one", "member1"))
            try await test.create(deployment("one", needs: "settings"))
            try await eventually("the workload is applied") {
                test.binding("one-deployment")?.status.conditions.isTrue(ResourceBinding.fullyAppliedCondition) ?? false
            }
            #expect(attached == nil)
        }
    }
}

@Suite struct FeatureGateTests {
    @Test func defaultsAreKarmadas() throws {
        let gates = FeatureGates()
        #expect(gates[.propagateDeps] && gates[.gracefulEviction] && gates[.priorityBasedScheduling])
        #expect(!gates[.failover] && !gates[.policyPreemption] && !gates[.federatedQuotaEnforcement])
        #expect(try FeatureGates(parsing: gates.description).description == gates.description)
    }

    @Test func namesGoBeforeStages() throws {
        let gates = try FeatureGates(parsing: "WorkloadAffinity=false, AllAlpha=true,Failover=true,AllBeta=false")
        #expect(!gates[.workloadAffinity] && gates[.policyPreemption] && gates[.failover] && !gates[.propagateDeps])
    }

    @Test func unknownNamesAreRefusedWithTheList() {
        for (text, part) in [
            ("Teleport=true", "unrecognized feature gate: Teleport; the gates are ContextualLogging, "),
            ("Failover", "missing bool"), ("Failover=perhaps", "must be true or false"),
        ] {
            let error = #expect(throws: FeatureGateError.self) { try FeatureGates(parsing: text) }
            #expect(error?.description.contains(part) == true, "\(text): \(error?.description ?? "")")
        }
    }
}
