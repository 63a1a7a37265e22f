import Client
import Kubernetes
import Testing

@testable import Controllers

private let nginx = """
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: nginx, namespace: default, labels: {app: nginx}}
    spec:
      replicas: 3
      selector: {matchLabels: {app: nginx}}
      template:
        metadata: {labels: {app: nginx}}
        spec: {containers: [{name: nginx, image: nginx}]}
    """

private let policy = """
    apiVersion: policy.karmada.io/v1alpha1
    kind: PropagationPolicy
    metadata: {name: nginx, namespace: default}
    spec:
      resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: nginx}]
      placement:
        clusterAffinity: {clusterNames: [member1, member2]}
        replicaScheduling: {replicaSchedulingType: Divided}
    """

/// Whole ways through the controllers, against API servers in memory.
@Suite struct PropagationTests {
    private let test = TestPlane()
    private let key = ObjectKey(namespace: "default", name: "nginx")

    private func deployment(_ cluster: String) throws -> Object? {
        try test.members[cluster].object(.deployments, "default", "nginx")
    }

    private func replicas(_ cluster: String) throws -> Int? { try deployment(cluster)?.spec["replicas"]?.int }

    /// What a member's own controllers would report.
    private func report(ready: Int, on cluster: String) async throws {
        try await test.members[cluster].modify(.deployments, key, subresource: "status") { object in
            object.status = [
                "replicas": JSON(ready), "readyReplicas": JSON(ready), "updatedReplicas": JSON(ready),
                "availableReplicas": JSON(ready), "observedGeneration": .integer(object.generation),
            ]
            return true
        }
    }

    @Test(.timeLimit(.minutes(1))) func aTemplateGoesToItsClustersAndItsStatusComesBack() async throws {
        try await test.run {
            try await test.create(nginx)
            try await test.create(policy)
            try await eventually("the members have their shares") { try replicas("member1") == 2 && replicas("member2") == 1 }
            #expect(try replicas("member3") == nil)

            let binding = try #require(test.binding("nginx-deployment"))
            #expect(binding.spec.replicas == 3 && binding.spec.resource.name == "nginx")
            let object = try #require(test.plane.object(ResourceBinding.resource, "default", "nginx-deployment"))
            #expect(object.finalizers == [Finalizer.binding])
            #expect(object.annotations[Annotation.policyName] == "nginx")
            let template = try #require(test.plane.object(.deployments, "default", "nginx"))
            #expect(object.controller?.uid == template.uid)
            #expect(template.labels[Label.propagationPolicyID] == object.labels[Label.propagationPolicyID])

            let member = try #require(try deployment("member1"))
            #expect(member.labels[Label.managed] == "true" && member.labels[Label.bindingID] == binding.permanentID)
            #expect(member.annotations[Annotation.workName] == "nginx-687f7fb96f")
            #expect(member.annotations[Annotation.workNamespace] == "karmada-es-member1")
            #expect(member.annotations[Annotation.templateUID] == template.uid)
            #expect(
                member.annotations[Annotation.managedLabels]
                    == "app,karmada.io/managed,propagationpolicy.karmada.io/permanent-id,"
                    + "resourcebinding.karmada.io/permanent-id,work.karmada.io/permanent-id")

            try await report(ready: 2, on: "member1")
            try await report(ready: 1, on: "member2")
            try await eventually("the status is added up") {
                test.plane.object(.deployments, "default", "nginx")?.status["readyReplicas"]?.int == 3
            }
            let status = try #require(test.binding("nginx-deployment")).status
            #expect(status.conditions.isTrue(ResourceBinding.fullyAppliedCondition))
            #expect(status.aggregatedStatus.map(\.clusterName) == ["member1", "member2"])
            #expect(status.aggregatedStatus.allSatisfy { $0.applied && $0.health == "Healthy" })
        }
    }

    @Test(.timeLimit(.minutes(1))) func theMainThingIsWrittenOnce() async throws {
        try await test.run {
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("applied everywhere") {
                test.binding("nginx-deployment")?.status.conditions.isTrue(ResourceBinding.fullyAppliedCondition) ?? false
            }
            for member in ["member1", "member2"] { try await report(ready: 1, on: member) }
            try await eventually("the status is added up") {
                test.plane.object(.deployments, "default", "nginx")?.status["readyReplicas"]?.int == 2
            }
            // One create and no update of each Work and each member's object: nothing changed.
            let works = test.plane.writes.filter { $0.contains("works") && $0.contains("nginx") && !$0.hasPrefix("status") }
            #expect(
                works.sorted()
                    == ["member1", "member2"].map { "create works.work.karmada.io karmada-es-\($0)/nginx-687f7fb96f" })
            for member in ["member1", "member2"] {
                let writes = try test.members[member].writes.filter { $0.contains("deployments") && !$0.hasPrefix("status") }
                #expect(writes == ["create deployments.apps default/nginx"])
            }
            // The claim, and the status.
            let template = test.plane.writes.filter { $0.contains("deployments") }
            #expect(template.filter { $0.hasPrefix("update") }.count == 1, "\(template)")
        }
    }

    /// A template has a new version with each status. Who leads anew does not take that for news, but sees what is.
    @Test(.timeLimit(.minutes(1))) func aNewLeaderWritesNoBindingAnewForAStatus() async throws {
        let image = { @Sendable (name: String) in
            try test.members["member1"].object(.deployments, "default", name)?["spec", "template", "spec"]?["containers"]?.array?
                .first?["image"]?.string
        }
        let names = ["nginx", "other", "third"]
        let create = { @Sendable (name: String) in
            try await test.create(policy.replacing("nginx", with: name))
            try await test.create(nginx.replacing("nginx", with: name))
        }
        try await test.run {
            for name in names.prefix(2) { try await create(name) }
            for name in names.prefix(2) {
                try await eventually("\(name) is applied") {
                    test.binding("\(name)-deployment")?.status.conditions.isTrue(ResourceBinding.fullyAppliedCondition) ?? false
                }
            }
            try await report(ready: 2, on: "member1")
            try await eventually("its status is in the template") {
                test.plane.object(.deployments, "default", "nginx")?.status["readyReplicas"]?.int == 2
            }
        }
        let binding = try #require(test.binding("nginx-deployment"))
        let template = try #require(test.plane.object(.deployments, "default", "nginx"))
        #expect(
            test.plane.object(ResourceBinding.resource, "default", "nginx-deployment")?["spec", "resource", "resourceVersion"]
                != .string(template.resourceVersion))
        // Nobody is at work now.
        try await test.plane.modify(.deployments, ObjectKey(namespace: "default", name: "other")) { object in
            object["spec", "template", "spec"] = ["containers": [["name": "other", "image": "other:2"]]]
            return true
        }
        try await test.resume {
            try await create("third")
            try await eventually("what is new goes to the member") {
                try image("other") == "other:2" && image("third") == "third"
            }
        }
        #expect(test.binding("nginx-deployment")?.generation == binding.generation)
    }

    @Test(.timeLimit(.minutes(1))) func changesFollow() async throws {
        try await test.run {
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("there") { try replicas("member1") == 2 }
            try await test.plane.modify(.deployments, key) { object in
                object["spec", "replicas"] = 6
                object.labels["tier"] = "web"
                return true
            }
            try await eventually("scaled") { try replicas("member1") == 3 && replicas("member2") == 3 }
            try await eventually("labelled") { try deployment("member1")?.labels["tier"] == "web" }
            try await test.plane.modify(.deployments, key) { object in
                object.labels["tier"] = nil
                return true
            }
            try await eventually("what the control plane drops is dropped") {
                try deployment("member1")?.labels["tier"] == nil
            }
            try await test.plane.modify(PropagationPolicy.resource, key) { object in
                object["spec", "placement", "clusterAffinity", "clusterNames"] = ["member2", "member3"]
                return true
            }
            try await eventually("moved") { try replicas("member3") == 3 && deployment("member1") == nil }
        }
    }

    @Test(.timeLimit(.minutes(1))) func overridesComeAndGo() async throws {
        try await test.run {
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("there") { try replicas("member1") == 2 }
            try await test.create(
                """
                apiVersion: policy.karmada.io/v1alpha1
                kind: OverridePolicy
                metadata: {name: label, namespace: default}
                spec:
                  resourceSelectors: [{apiVersion: apps/v1, kind: Deployment, name: nginx}]
                  overrideRules:
                  - targetCluster: {clusterNames: [member2]}
                    overriders: {labelsOverrider: [{operator: add, value: {env: test}}]}
                """)
            try await eventually("overridden") { try deployment("member2")?.labels["env"] == "test" }
            #expect(try deployment("member1")?.labels["env"] == nil)
            let work = try #require(test.work("Deployment", "nginx", on: "member2"))
            #expect(work.annotations["policy.karmada.io/applied-overrides"]?.contains("\"label\"") == true)
            try await test.plane.delete(Resource.overridePolicies, ObjectKey(namespace: "default", name: "label"))
            try await eventually("as before") { try deployment("member2")?.labels["env"] == nil }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsDeletedGoesEverywhere() async throws {
        try await test.run {
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("there") { try replicas("member1") == 2 && replicas("member2") == 1 }
            try await test.plane.delete(.deployments, key)
            try await eventually("gone from the members") { try deployment("member1") == nil && deployment("member2") == nil }
            try await eventually("nothing is left") {
                test.binding("nginx-deployment") == nil
                    && test.plane.objects(Work.resource).filter { $0.name.hasPrefix("nginx") }.isEmpty
            }
        }
    }

    @Test(.timeLimit(.minutes(1))) func aPolicyThatGoesLeavesWhatRuns() async throws {
        try await test.run {
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("there") { try replicas("member1") == 2 && replicas("member2") == 1 }
            try await test.plane.delete(PropagationPolicy.resource, key)
            try await eventually("the policy is gone, and its marks are off") {
                test.plane.object(PropagationPolicy.resource, "default", "nginx") == nil
                    && test.plane.object(.deployments, "default", "nginx")?.labels[Label.propagationPolicyID] == nil
                    && test.plane.object(ResourceBinding.resource, "default", "nginx-deployment")?
                        .labels[Label.propagationPolicyID] == nil
            }
            #expect(try replicas("member1") == 2)
            try await test.create(policy.replacingName("nginx", with: "other", clusters: "member3"))
            try await eventually("another policy takes over") { try replicas("member3") == 3 && deployment("member1") == nil }
        }
    }

    @Test(.timeLimit(.minutes(1))) func driftIsCorrected() async throws {
        try await test.run {
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("applied") {
                test.work("Deployment", "nginx", on: "member1")?.status["conditions"]?.array?.contains {
                    $0["type"] == "Applied" && $0["status"] == "True"
                } ?? false
            }
            let member = try test.members["member1"]
            try await member.modify(.deployments, key) { object in
                object["spec", "replicas"] = 9
                object.annotations["member"] = "own"
                return true
            }
            try await eventually("put right") { try replicas("member1") == 2 }
            #expect(try deployment("member1")?.annotations["member"] == "own", "what is the member's stays")
            try await member.delete(.deployments, key)
            try await eventually("made again") { try replicas("member1") == 2 }
        }
    }

    @Test(.timeLimit(.minutes(1))) func whatIsNotOursIsLeftAlone() async throws {
        try await test.run {
            let member = try test.members["member1"]
            var foreign = Object(try #require(try YAML.parse(nginx).first).json)
            foreign["spec", "replicas"] = 7
            _ = try await member.create(foreign, in: .deployments)
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("the conflict is told") {
                test.binding("nginx-deployment")?.status.aggregatedStatus.contains {
                    $0.clusterName == "member1" && !$0.applied
                        && $0.appliedMessage.contains("already exists in the cluster member1")
                } ?? false
            }
            #expect(try replicas("member1") == 7 && replicas("member2") == 1)
            try await test.plane.modify(PropagationPolicy.resource, key) { object in
                object["spec", "conflictResolution"] = "Overwrite"
                return true
            }
            try await eventually("taken over") { try replicas("member1") == 2 }
        }
    }

    @Test(.timeLimit(.minutes(1))) func oneMembersFailureHoldsUpNobody() async throws {
        try await test.run {
            try await eventually("ready") {
                test.plane.objects(Cluster.resource).allSatisfy { Cluster($0).isReady }
            }
            try test.members["member1"].setDown(true)
            try await test.create(policy)
            try await test.create(nginx)
            try await eventually("member2 has it") { try replicas("member2") == 1 }
            try test.members["member1"].setDown(false)
            try await eventually("and member1, when it is back") { try replicas("member1") == 2 }
        }
    }

    @Test(.timeLimit(.minutes(1))) func suspensionHoldsBack() async throws {
        try await test.run {
            try await test.create(
                policy.replacingOccurrence(
                    of: "spec:\n", with: "spec:\n  suspension: {dispatchingOnClusters: {clusterNames: [member1]}}\n"))
            try await test.create(nginx)
            try await eventually("member2 has it") { try replicas("member2") == 1 }
            try await eventually("told") {
                test.work("Deployment", "nginx", on: "member1")?.status["conditions"]?.array?.contains {
                    $0["reason"] == "SuspendDispatching" && $0["status"] == "False"
                } ?? false
            }
            #expect(try deployment("member1") == nil)
            try await test.plane.modify(PropagationPolicy.resource, key) { object in
                object["spec", "suspension"] = nil
                return true
            }
            try await eventually("member1 has it") { try replicas("member1") == 2 }
        }
    }

    @Test(.timeLimit(.minutes(1))) func clusterScopedResourcesAndNamespaces() async throws {
        try await test.run {
            try await test.create(
                """
                apiVersion: v1
                kind: Namespace
                metadata: {name: team}
                ---
                apiVersion: rbac.authorization.k8s.io/v1
                kind: ClusterRole
                metadata: {name: "system:viewer"}
                ---
                apiVersion: policy.karmada.io/v1alpha1
                kind: ClusterPropagationPolicy
                metadata: {name: all}
                spec:
                  resourceSelectors:
                  - {apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole}
                  - {apiVersion: v1, kind: ConfigMap, namespace: team}
                  placement: {clusterAffinity: {clusterNames: [member3]}}
                ---
                apiVersion: v1
                kind: ConfigMap
                metadata: {name: settings, namespace: team}
                data: {a: b}
                """)
            for member in test.names {
                try await eventually("\(member) has the namespace") {
                    try test.members[member].object(Resource.namespaces, "team") != nil
                }
            }
            try await eventually("member3 has the rest") {
                try test.members["member3"].object(.clusterRoles, "system:viewer") != nil
                    && test.members["member3"].object(.configMaps, "team", "settings")?["data", "a"] == "b"
            }
            #expect(test.plane.object(ResourceBinding.clusterResource, "system.viewer-clusterrole") != nil)
            #expect(try test.members["member1"].object(.clusterRoles, "system:viewer") == nil)
            try await test.plane.delete(.clusterRoles, ObjectKey(name: "system:viewer"))
            try await test.plane.delete(.configMaps, ObjectKey(namespace: "team", name: "settings"))
            try await test.plane.delete(Resource.namespaces, ObjectKey(name: "team"))
            try await eventually("all gone") {
                try test.members["member3"].object(.clusterRoles, "system:viewer") == nil
                    && test.members["member3"].object(Resource.namespaces, "team") == nil
            }
        }
    }
}

extension String {
    fileprivate func replacingOccurrence(of part: String, with other: String) -> String {
        guard let range = firstRange(of: part) else { return self }
        return replacingCharacters(in: range, with: other)
    }

    private func replacingCharacters(in range: Range<String.Index>, with other: String) -> String {
        var copy = self
        copy.replaceSubrange(range, with: other)
        return copy
    }

    /// The policy under another name, for other clusters.
    fileprivate func replacingName(_ name: String, with other: String, clusters: String) -> String {
        replacingOccurrence(of: "metadata: {name: \(name)", with: "metadata: {name: \(other)")
            .replacingOccurrence(of: "[member1, member2]", with: "[\(clusters)]")
    }
}
