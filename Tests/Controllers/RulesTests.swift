import Client
import Kubernetes
import Testing

@testable import Controllers

@Suite struct ControllerListTests {
    @Test func starMeansAllAndMinusMeansNot() throws {
        let standard = Set(ControllerManager.names).subtracting(["descheduler"])
        #expect(try ControllerManager.enabled(["*"]) == standard)
        #expect(try ControllerManager.enabled(["*", "descheduler"]) == Set(ControllerManager.names))
        #expect(try ControllerManager.enabled(["*", "-execution"]) == standard.subtracting(["execution"]))
        #expect(try ControllerManager.enabled(["execution", "workStatus"]) == ["execution", "workStatus"])
        #expect(try ControllerManager.enabled(["-execution", "execution"]) == [], "the first item counts")
    }

    @Test func unknownNamesAreRefused() {
        #expect(throws: ControllerConfigurationError("--controllers: \"exection\" is not in the list of known controllers")) {
            try ControllerManager.enabled(["exection"])
        }
    }
}

@Suite struct SkippingTests {
    @Test func groupsVersionsAndKindsAreSkipped() throws {
        let skipped = try SkippedResources(apis: "example.com;apps/v1beta1;batch/v1/Job,CronJob;v1/Secret,Pod")
        func contains(_ apiVersion: String, _ kind: String) -> Bool {
            skipped.contains(GroupVersionKind(apiVersion: apiVersion, kind: kind))
        }
        #expect(contains("example.com/v1", "Anything"))
        #expect(contains("apps/v1beta1", "Deployment") && !contains("apps/v1", "Deployment"))
        #expect(contains("batch/v1", "Job") && contains("batch/v1", "CronJob") && !contains("batch/v1", "Other"))
        #expect(contains("v1", "Secret") && contains("v1", "Pod") && !contains("v1", "ConfigMap"))
        #expect(contains("v1", "Event") && contains("policy.karmada.io/v1alpha1", "PropagationPolicy"), "always")
        #expect(contains("coordination.k8s.io/v1", "Lease") && contains("events.k8s.io/v1", "Event"), "always")
    }

    @Test func badTokensAreRefused() {
        #expect(throws: ControllerConfigurationError.self) { try SkippedResources(apis: "a/b/c/d") }
        #expect(throws: ControllerConfigurationError.self) { try SkippedNamespaces(["("]) }
    }

    @Test func namespacesMatchWhole() throws {
        let skipped = try SkippedNamespaces(["kube-.*"])
        #expect(skipped.contains("kube-system") && !skipped.contains("my-kube-system") && !skipped.contains("default"))
        for reserved in ["karmada-es-member1", "karmada-system", "karmada-cluster"] { #expect(skipped.contains(reserved)) }
        #expect(!skipped.contains(""), "cluster-scoped objects have none")
    }
}

@Suite struct VersionPriorityTests {
    @Test func laterAndMoreStableIsPreferred() {
        let ordered = ["foo", "v1alpha1", "v1alpha2", "v1beta1", "v2beta2", "v1", "v2", "v10"]
        #expect(ordered.shuffled().sorted { APIVersionPriority($0) < APIVersionPriority($1) } == ordered)
    }
}

@Suite struct PolicyIndexTests {
    private let deployment: Object = {
        var object = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web")
        object.labels = ["app": "web"]
        return object
    }()

    private func policy(
        _ name: String, in namespace: String = "default", priority: Int = 0, _ selector: JSON = [:]
    ) -> EncodedObject {
        var policy = Object(apiVersion: "policy.karmada.io/v1alpha1", kind: "PropagationPolicy", namespace: namespace, name: name)
        var selector = selector
        selector["apiVersion"] = "apps/v1"
        selector["kind"] = "Deployment"
        policy.spec = ["resourceSelectors": [selector], "priority": JSON(priority)]
        return EncodedObject(policy, revision: 1)
    }

    private func winner(_ policies: EncodedObject...) -> String? {
        let index = PolicyIndex()
        for policy in policies.shuffled() { index.apply(.added(policy)) }
        return index.match(deployment)?.key.name
    }

    @Test func namespacesPoliciesGoBeforeClusterWideOnes() {
        #expect(winner(policy("a", in: "", priority: 100, ["name": "web"]), policy("z")) == "z")
    }

    @Test func explicitPriorityGoesBeforeFit() {
        #expect(winner(policy("a", ["name": "web"]), policy("z", priority: 1)) == "z")
        #expect(winner(policy("a", priority: -1, ["name": "web"]), policy("z")) == "z")
    }

    @Test func closerFitGoesBeforeName() {
        let labels: JSON = ["labelSelector": ["matchLabels": ["app": "web"]]]
        #expect(winner(policy("a"), policy("z", labels)) == "z")
        #expect(winner(policy("a", labels), policy("z", ["name": "web"])) == "z")
        #expect(winner(policy("b"), policy("a"), policy("c")) == "a")
    }

    @Test func othersAreNotSelected() {
        #expect(winner(policy("a", ["name": "other"]), policy("b", in: "elsewhere")) == nil)
        #expect(winner(policy("a", ["labelSelector": ["matchLabels": ["app": "other"]]])) == nil)
    }

    @Test func changesAndDeletionsCount() {
        let index = PolicyIndex()
        index.apply(.added(policy("a")))
        index.apply(.updated(old: policy("a"), new: policy("a", ["name": "other"])))
        #expect(index.match(deployment) == nil)
        index.apply(.updated(old: policy("a"), new: policy("a")))
        #expect(index.match(deployment) != nil)
        index.apply(.deleted(policy("a")))
        #expect(index.match(deployment) == nil && index.get(ObjectKey(namespace: "default", name: "a")) == nil)
    }
}

@Suite struct TemplateFingerprintTests {
    private func template(_ change: (inout Object) -> Void = { _ in }) -> TemplateFingerprint {
        var object = Object(apiVersion: "apps/v1", kind: "Deployment", namespace: "default", name: "web")
        object.spec = ["replicas": 2, "list": [1, 2]]
        object.resourceVersion = "1"
        object.generation = 1
        change(&object)
        return TemplateFingerprint(object)
    }

    @Test func bookkeepingAndStatusDoNotCount() {
        #expect(template() == template { $0.status = ["replicas": 2] })
        #expect(template() == template { $0.resourceVersion = "2" })
        #expect(template() == template { $0.generation = 2 })
        #expect(template() == template { $0.metadata["managedFields"] = [[:]] })
        #expect(template() == template { $0.labels[Label.bindingID] = "x" })
    }

    @Test func whatUsersWriteCounts() {
        #expect(template() != template { $0["spec", "replicas"] = 3 })
        #expect(template() != template { $0["spec", "list"] = [12] })
        #expect(template() != template { $0.labels["a"] = "b" })
        #expect(template() != template { $0["data"] = ["a": "b"] })
    }

    @Test func claimsCountButAreNoChangeOfUsers() {
        let claimed = template { Claim.clusterPolicy(name: "p", id: "1").mark(&$0) }
        #expect(claimed != template() && claimed.content == template().content)
    }
}

@Suite struct ReadinessThresholdTests {
    private let threshold = ReadinessThreshold(success: .seconds(30), failure: .seconds(10))
    private let start = ContinuousClock.now

    private func condition(_ status: Condition.Status) -> Condition {
        Condition(type: "Ready", status: status, reason: "Test")
    }

    private func judge(_ observed: Condition.Status, current: Condition.Status?, at seconds: Int) -> Condition.Status {
        threshold.judge(
            condition(observed), of: "member1", current: current.map(condition), now: start + .seconds(seconds)
        ).condition.status
    }

    @Test func theFirstLookCountsAtOnce() {
        #expect(judge(.true, current: nil, at: 0) == .true)
    }

    @Test func aFailureMustLast() {
        #expect(judge(.true, current: nil, at: 0) == .true)
        #expect(judge(.false, current: .true, at: 1) == .true)
        #expect(judge(.false, current: .true, at: 10) == .true)
        #expect(judge(.false, current: .true, at: 11) == .false)
    }

    @Test func anInterruptionStartsTheTimeAnew() {
        #expect(judge(.true, current: nil, at: 0) == .true)
        #expect(judge(.false, current: .true, at: 1) == .true)
        #expect(judge(.true, current: .true, at: 5) == .true)
        #expect(judge(.false, current: .true, at: 6) == .true)
        #expect(judge(.false, current: .true, at: 12) == .true)
        #expect(judge(.false, current: .true, at: 16) == .false)
    }

    @Test func recoveryMustLast() {
        #expect(judge(.false, current: nil, at: 0) == .false)
        #expect(judge(.true, current: .false, at: 1) == .false)
        #expect(judge(.true, current: .false, at: 31) == .true)
    }

    @Test func itSaysWhenItWillSettle() {
        _ = threshold.judge(condition(.true), of: "a", current: nil, now: start)
        let verdict = threshold.judge(condition(.false), of: "a", current: condition(.true), now: start + .seconds(1))
        #expect(verdict.settlesAfter == .seconds(10))
    }
}

@Suite struct TolerationTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func taint(_ key: String, addedBefore seconds: Int64) -> Taint {
        Taint(key: key, effect: .noExecute, timeAdded: now + .seconds(-seconds))
    }

    private func judge(_ tolerations: [Toleration], _ taints: [Taint]) -> TaintManager.TolerationTime {
        TaintManager.toleration(tolerations, of: taints, now: now)
    }

    @Test func whatIsNotToleratedIsEvictedAtOnce() {
        #expect(judge([], [taint("a", addedBefore: 0)]) == .never)
        let both = [taint("a", addedBefore: 0), taint("b", addedBefore: 0)]
        #expect(judge([Toleration(key: "a", operator: "Exists")], both) == .never)
    }

    @Test func withoutATimeItIsForEver() {
        #expect(judge([Toleration(operator: "Exists")], [taint("a", addedBefore: 1_000)]) == .always)
        #expect(judge([], []) == .always)
    }

    @Test func theShortestTimeCounts() {
        let tolerations = [
            Toleration(key: "a", operator: "Exists", tolerationSeconds: 300),
            Toleration(key: "b", operator: "Exists", tolerationSeconds: 60),
        ]
        let taints = [taint("a", addedBefore: 10), taint("b", addedBefore: 10)]
        #expect(judge(tolerations, taints) == .until(now + .seconds(50)))
        #expect(judge(tolerations, [taint("a", addedBefore: 10), taint("b", addedBefore: 60)]) == .never)
    }
}

@Suite struct EvictionAssessmentTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func assess(
        _ task: JSON, health: String = "Healthy", observedGeneration: Int = 2, clusters: JSON = [["name": "new"]],
        hasReplacement: Bool = true
    ) -> GracefulEvictionController.Assessment {
        var binding = Object(apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "d", name: "b")
        binding.generation = 2
        binding.spec = ["clusters": clusters, "gracefulEvictionTasks": [task]]
        binding.status = [
            "schedulerObservedGeneration": JSON(observedGeneration),
            "aggregatedStatus": [["clusterName": "new", "health": .string(health)]],
        ]
        return .init(ResourceBinding(binding), timeout: .seconds(600), now: now) { _ in hasReplacement }
    }

    private func task(age: Int64?, _ more: JSON = [:]) -> JSON {
        var task = more
        task["fromCluster"] = "old"
        if let age { task["creationTimestamp"] = .string((now + .seconds(-age)).description) }
        return task
    }

    @Test func aNewTaskGetsItsTime() {
        let assessment = assess(task(age: nil))
        #expect(assessment.kept.first?.creationTimestamp == now && assessment.evicted.isEmpty)
        #expect(assessment.nextExpiry == now + .seconds(600))
    }

    @Test func itEndsWhenTheNewPlaceIsHealthy() {
        #expect(assess(task(age: 1)).evicted == ["old"])
        #expect(assess(task(age: 1), health: "Unhealthy").evicted == [])
        #expect(assess(task(age: 1), observedGeneration: 1).evicted == [], "an older schedule says nothing")
        #expect(assess(task(age: 1), clusters: []).evicted == [], "there is no new place")
    }

    @Test func itWaitsForEndpointsThatOthersCanCallInstead() {
        #expect(assess(task(age: 1), hasReplacement: false).evicted == [])
        #expect(assess(task(age: 601), hasReplacement: false).evicted == ["old"], "not for ever")
    }

    @Test func itEndsWhenItsTimeIsOver() {
        #expect(assess(task(age: 601), health: "Unknown").evicted == ["old"])
        #expect(assess(task(age: 61, ["gracePeriodSeconds": 60]), health: "Unknown").evicted == ["old"])
        #expect(assess(task(age: 59, ["gracePeriodSeconds": 60]), health: "Unknown").nextExpiry == now + .seconds(1))
    }

    @Test func peopleHaveTheLastWord() {
        #expect(assess(task(age: 10_000, ["suppressDeletion": true])).evicted == [])
        #expect(assess(task(age: 10_000, ["suppressDeletion": true])).nextExpiry == nil)
        #expect(assess(task(age: 1, ["suppressDeletion": false]), health: "Unknown").evicted == ["old"])
    }
}

@Suite struct ClusterTaintTests {
    private let now = Timestamp(seconds: 1_000_000)

    private func cluster(_ ready: String?, taints: [Taint] = []) -> Cluster {
        var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member1")
        cluster.setTaints(taints)
        if let ready { cluster.status = ["conditions": [["type": "Ready", "status": .string(ready)]]] }
        return Cluster(cluster)
    }

    private func keys(_ taints: [Taint]) -> [String] { taints.map { "\($0.key):\($0.effect.rawValue)" } }

    @Test func readinessTaints() {
        let own = Taint(key: "own", effect: .noSchedule)
        #expect(keys(ClusterController.taints(of: cluster(nil), now: now)) == ["cluster.karmada.io/not-ready:NoSchedule"])
        #expect(
            keys(ClusterController.taints(of: cluster("False", taints: [own]), now: now))
                == ["own:NoSchedule", "cluster.karmada.io/not-ready:NoSchedule"])
        #expect(
            keys(ClusterController.taints(of: cluster("Unknown", taints: [ClusterTaint.notReady]), now: now))
                == ["cluster.karmada.io/unreachable:NoSchedule"])
        #expect(ClusterController.taints(of: cluster("True", taints: [ClusterTaint.notReady, own]), now: now) == [own])
    }

    @Test func policiesAddAndRemoveTaints() throws {
        let yaml = """
            metadata: {name: p}
            spec:
              targetClusters: {clusterNames: [member1]}
              addOnConditions: [{conditionType: Ready, operator: NotIn, statusValues: ["True"]}]
              removeOnConditions: [{conditionType: Ready, operator: In, statusValues: ["True"]}]
              taints: [{key: fail, effect: NoExecute}]
            """
        let policy = ClusterTaintPolicy(Object(try #require(try YAML.parse(yaml).first).json))
        let tainted = ClusterTaintPolicyController.taints(of: cluster("False"), by: [policy], now: now)
        #expect(keys(tainted) == ["fail:NoExecute"] && tainted.first?.timeAdded == now)
        let later = now + .seconds(9)
        #expect(
            ClusterTaintPolicyController.taints(of: cluster("False", taints: tainted), by: [policy], now: later) == tainted)
        #expect(ClusterTaintPolicyController.taints(of: cluster("True", taints: tainted), by: [policy], now: now) == [])
        #expect(ClusterTaintPolicyController.taints(of: cluster(nil), by: [policy], now: now) == [], "no condition meets nothing")
    }
}

@Suite struct ResourceModelsTests {
    private func models(_ minimums: [(String, String)]) -> [Cluster.ResourceModel] {
        minimums.enumerated().map { grade, minimum in
            Cluster.ResourceModel([
                "grade": JSON(grade),
                "ranges": [
                    ["name": "cpu", "min": .string(minimum.0), "max": "1000"],
                    ["name": "memory", "min": .string(minimum.1), "max": "1000Gi"],
                ],
            ])
        }
    }

    @Test func aNodeIsAsGoodAsItsScarcestResource() throws {
        let models = models([("0", "0"), ("1", "4Gi"), ("2", "16Gi")])
        func grade(_ cpu: String, _ memory: String) throws -> Int? {
            ResourceModels.grade(
                of: ["cpu": try #require(Quantity(cpu)), "memory": try #require(Quantity(memory))], in: models)
        }
        #expect(try grade("500m", "64Gi") == 0)
        #expect(try grade("1", "64Gi") == 1)
        #expect(try grade("8", "4Gi") == 1)
        #expect(try grade("8", "64Gi") == 2)
        #expect(try grade("-1", "64Gi") == nil)
    }
}
