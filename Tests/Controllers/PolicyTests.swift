import Client
import Kubernetes
import Testing

@testable import Controllers

/// Who gets a template, when several policies want it.
@Suite struct PolicyTests {
    private let test = TestPlane()
    private let key = ObjectKey(namespace: "default", name: "settings")

    private let settings = """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: default}
        data: {a: b}
        """

    private func policy(_ name: String, _ cluster: String, _ more: String = "", clusterWide: Bool = false) -> String {
        """
        apiVersion: policy.karmada.io/v1alpha1
        kind: \(clusterWide ? "ClusterPropagationPolicy" : "PropagationPolicy")
        metadata: {name: \(name)\(clusterWide ? "" : ", namespace: default")}
        spec:
          resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: settings, namespace: default}]
          placement: {clusterAffinity: {clusterNames: [\(cluster)]}}
          \(more)
        """
    }

    private func has(_ cluster: String) throws -> Bool {
        try test.members[cluster].object(.configMaps, "default", "settings") != nil
    }

    private var owner: String? {
        let annotations = test.plane.object(.configMaps, "default", "settings")?.annotations
        return annotations?[Annotation.policyName] ?? annotations?[Annotation.clusterPolicyName]
    }

    @Test(.timeLimit(.minutes(1))) func whoHasATemplateKeepsIt() async throws {
        try await test.run {
            try await test.create(policy("first", "member1", clusterWide: true))
            try await test.create(settings)
            try await eventually("there") { try has("member1") }
            try await test.create(policy("second", "member2", "priority: 5"))
            // What comes after it through the same queue is evidence that the second policy was looked at.
            try await test.create(settings.replacing("settings", with: "other"))
            try await test.create(policy("third", "member2").replacing("settings", with: "other"))
            try await eventually("the third is at work") {
                try test.members["member2"].object(.configMaps, "default", "other") != nil
            }
            #expect(owner == "first")
        }
    }

    @Test(.timeLimit(.minutes(1))) func preemptionTakesFromLowerPriority() async throws {
        var configuration = TestPlane.configuration
        configuration.featureGates[.policyPreemption] = true
        try await test.run(configuration) {
            try await test.create(policy("wide", "member1", "priority: 100", clusterWide: true))
            try await test.create(settings)
            try await eventually("there") { try has("member1") && owner == "wide" }
            try await test.create(policy("low", "member2", "{priority: 1, preemption: Always}".unwrapped))
            try await eventually("a namespace's policy takes from a cluster-wide one") {
                try owner == "low" && has("member2") && !has("member1")
            }
            try await test.create(policy("high", "member3", "{priority: 9, preemption: Always}".unwrapped))
            try await eventually("and a higher one from a lower") { try owner == "high" && has("member3") && !has("member2") }
            try await test.plane.modify(PropagationPolicy.resource, ObjectKey(namespace: "default", name: "low")) { object in
                object["spec", "priority"] = 5
                return true
            }
            try await test.plane.modify(PropagationPolicy.resource, ObjectKey(namespace: "default", name: "high")) { object in
                object["spec", "priority"] = 2
                return true
            }
            try await eventually("what lost its priority gives way") { try owner == "low" && has("member2") }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aLazyPolicyWaitsForTheTemplate() async throws {
        try await test.run {
            try await test.create(policy("lazy", "member1", "activationPreference: Lazy"))
            try await test.create(settings)
            try await eventually("a template that comes is a change") { try has("member1") }
            try await test.plane.modify(PropagationPolicy.resource, ObjectKey(namespace: "default", name: "lazy")) { object in
                object["spec", "placement", "clusterAffinity", "clusterNames"] = ["member2"]
                return true
            }
            try await test.create(settings.replacing("settings", with: "other"))
            try await test.create(policy("other", "member3").replacing("settings", with: "other"))
            try await eventually("later things are done") {
                try test.members["member3"].object(.configMaps, "default", "other") != nil
            }
            #expect(try has("member1") && !has("member2"))
            try await test.plane.modify(.configMaps, key) { object in
                object["data", "a"] = "c"
                return true
            }
            try await eventually("now it counts") { try has("member2") && !has("member1") }
        }
    }

    @Test(.timeLimit(.minutes(1))) func dependentOverridesComeFirst() async throws {
        try await test.run {
            try await test.create(policy("p", "member1", "dependentOverrides: [o]"))
            try await test.create(settings)
            try await test.create(
                """
                apiVersion: policy.karmada.io/v1alpha1
                kind: OverridePolicy
                metadata: {name: o, namespace: default}
                spec:
                  resourceSelectors: [{apiVersion: v1, kind: ConfigMap, name: settings}]
                  overrideRules: [{overriders: {plaintext: [{path: /data/a, operator: replace, value: z}]}}]
                """)
            try await eventually("there, and overridden") {
                try test.members["member1"].object(.configMaps, "default", "settings")?["data", "a"] == "z"
            }
            let values = try test.members["member1"].writes.filter { $0.contains("configmaps") }
            #expect(values == ["create configmaps default/settings"])
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatHappenedMeanwhileIsCaughtUpWith() async throws {
        try await test.run {
            try await test.create(policy("p", "member1"))
            try await test.create(settings)
            try await eventually("there") { try has("member1") }
        }
        // Nobody is at work now.
        let before = test.plane.writes.count
        try await test.plane.delete(.configMaps, key)
        try await test.create(settings.replacing("settings", with: "other"))
        try await test.create(policy("q", "member2").replacing("settings", with: "other"))
        try await test.resume {
            try await eventually("caught up") {
                try !has("member1") && test.members["member2"].object(.configMaps, "default", "other") != nil
                    && test.binding("settings-configmap") == nil
            }
        }
        let restarted = test.plane.writes.dropFirst(before).filter { $0.contains("clusters.") && $0.hasPrefix("update") }
        #expect(restarted.isEmpty, "nothing else was to be done: \(restarted)")
    }
}

extension String {
    fileprivate func replacing(_ part: String, with other: String) -> String {
        split(separator: part, omittingEmptySubsequences: false).joined(separator: other)
    }

    /// The lines of a flow mapping.
    fileprivate var unwrapped: String {
        dropFirst().dropLast().split(separator: ", ").joined(separator: "\n  ")
    }
}
