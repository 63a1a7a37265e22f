import Kubernetes
import Testing

@testable import Interpreter

@Suite struct OverrideTests {
    let cluster: Cluster

    init() throws {
        cluster = Cluster(
            try object(
                """
                {metadata: {name: member1, labels: {env: prod}}, spec: {provider: aws, region: us-east, zones: [a, b]}}
                """))
    }

    /// A policy (cluster-scoped if the namespace is empty) whose spec is the given YAML.
    private func policy(_ name: String, namespace: String = "default", _ spec: String) throws -> OverridePolicy {
        var object = Object(apiVersion: "policy.karmada.io/v1alpha1", kind: "OverridePolicy", namespace: namespace, name: name)
        object.spec = try value(spec)
        return OverridePolicy(object)
    }

    /// A policy that adds one label.
    private func labelling(_ name: String, namespace: String = "default", selectors: String = "[]") throws -> OverridePolicy {
        try policy(
            name, namespace: namespace,
            """
            resourceSelectors: \(selectors)
            overrideRules: [{overriders: {labelsOverrider: [{operator: add, value: {by: \(name)}}]}}]
            """)
    }

    /// The object after one rule with these overriders.
    private func apply(_ overriders: String, to object: Object) throws -> Object {
        var object = object
        var policy = try policy("p", "overrideRules: [{overriders: {}}]")
        policy.rules[0].overriders = Overriders(try value(overriders))
        _ = try Overrides([policy]).apply(to: &object, for: cluster)
        return object
    }

    // MARK: Order

    @Test func theClosestPolicyHasTheLastWord() throws {
        var web = try workload("Deployment")
        web.labels = ["app": "web"]
        let kind = "apiVersion: apps/v1, kind: Deployment"
        let policies = [
            try labelling("a-by-name", selectors: "[{\(kind), name: web}]"),
            try labelling("b-by-label", selectors: "[{\(kind), labelSelector: {matchLabels: {app: web}}}]"),
            try labelling("c-by-kind", selectors: "[{\(kind)}]"),
            try labelling("d-by-nothing"),
            try labelling("z-other-kind", selectors: "[{apiVersion: v1, kind: ConfigMap}]"),
            try labelling("z-other-name", selectors: "[{\(kind), name: db}]"),
            try labelling("z-other-label", selectors: "[{\(kind), labelSelector: {matchLabels: {app: db}}}]"),
            try labelling(
                "z-unreadable", selectors: "[{\(kind), labelSelector: {matchExpressions: [{key: app, operator: Near}]}}]"),
            try labelling("z-other-namespace", namespace: "elsewhere"),
            try labelling("e-cluster-scoped", namespace: "", selectors: "[{\(kind), name: web}]"),
        ]
        let applied = try Overrides(policies.shuffled()).apply(to: &web, for: cluster)
        #expect(applied.clusterScoped.map(\.policy.name) == ["e-cluster-scoped"])
        #expect(applied.namespaced.map(\.policy.name) == ["c-by-kind", "d-by-nothing", "b-by-label", "a-by-name"])
        #expect(web.labels["by"] == "a-by-name")
    }

    @Test func namesDecideAmongEquals() throws {
        var web = try workload("Deployment")
        let applied = try Overrides([labelling("b"), labelling("c"), labelling("a")]).apply(to: &web, for: cluster)
        #expect(applied.namespaced.map(\.policy.name) == ["a", "b", "c"])
    }

    @Test func clusterScopedObjectsHaveNoNamespacedPolicies() throws {
        var role = try object("{apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: {name: r}}")
        let applied = try Overrides([labelling("a"), labelling("b", namespace: "")]).apply(to: &role, for: cluster)
        #expect(applied.clusterScoped.map(\.policy.name) == ["b"])
        #expect(applied.namespaced.isEmpty)
    }

    @Test func whatWasAppliedIsToldInAnnotations() throws {
        var web = try workload("Deployment")
        #expect(try Overrides([]).apply(to: &web, for: cluster).annotations == [:])
        let closest = try labelling("a", selectors: "[{apiVersion: apps/v1, kind: Deployment, name: web}]")
        let applied = try Overrides([closest, labelling("b")]).apply(to: &web, for: cluster)
        #expect(
            applied.annotations == [
                "policy.karmada.io/applied-overrides":
                    #"[{"overriders":{"labelsOverrider":[{"operator":"add","value":{"by":"a"}}]},"policyName":"a"},"#
                    + #"{"overriders":{"labelsOverrider":[{"operator":"add","value":{"by":"b"}}]},"policyName":"b"}]"#
            ])
    }

    // MARK: Clusters

    @Test(arguments: [
        ("{}", true), ("{clusterNames: [member1, member2]}", true), ("{clusterNames: [member2]}", false),
        ("{exclude: [member1]}", false), ("{exclude: [member2]}", true),
        ("{clusterNames: [member1], exclude: [member1]}", false),
        ("{labelSelector: {matchLabels: {env: prod}}}", true), ("{labelSelector: {matchLabels: {env: test}}}", false),
        ("{fieldSelector: {matchExpressions: [{key: provider, operator: In, values: [aws]}]}}", true),
        ("{fieldSelector: {matchExpressions: [{key: region, operator: NotIn, values: [us-east]}]}}", false),
        ("{fieldSelector: {matchExpressions: [{key: zone, operator: In, values: [b, c]}]}}", true),
        ("{fieldSelector: {matchExpressions: [{key: zone, operator: NotIn, values: [b]}]}}", false),
    ])
    func rulesAreForSomeClusters(target: String, applies: Bool) throws {
        var web = try workload("Deployment")
        let policy = try policy(
            "p", "overrideRules: [{targetCluster: \(target), overriders: {labelsOverrider: [{operator: add, value: {a: b}}]}}]")
        let applied = try Overrides([policy]).apply(to: &web, for: cluster)
        #expect(applied.isEmpty == !applies)
        #expect(web.labels == (applies ? ["a": "b"] : [:]))
    }

    @Test func aPolicyWithoutRulesIsARuleItself() throws {
        var web = try workload("Deployment")
        let policy = try policy(
            "p", "{targetCluster: {clusterNames: [member1]}, overriders: {labelsOverrider: [{operator: add, value: {a: b}}]}}")
        _ = try Overrides([policy]).apply(to: &web, for: cluster)
        #expect(web.labels == ["a": "b"])
    }

    // MARK: Overriders

    @Test(arguments: [
        ("Registry", "add", ".cn", "gcr.io/p/img:v1", "gcr.io.cn/p/img:v1"),
        ("Registry", "replace", "mirror.io:5000", "gcr.io/p/img:v1", "mirror.io:5000/p/img:v1"),
        ("Registry", "replace", "mirror.io", "nginx", "mirror.io/nginx"),
        ("Registry", "remove", "", "gcr.io/p/img:v1", "p/img:v1"),
        ("Repository", "add", "-alpine", "gcr.io/p/img:v1", "gcr.io/p/img-alpine:v1"),
        ("Repository", "replace", "q/other", "gcr.io/p/img:v1", "gcr.io/q/other:v1"),
        ("Repository", "remove", "", "gcr.io/p/img:v1", "gcr.io/:v1"),
        ("Tag", "add", "-rc1", "nginx:v1", "nginx:v1-rc1"),
        ("Tag", "replace", "v2", "nginx", "nginx:v2"),
        ("Tag", "replace", "v2", "nginx@sha256:\(String(repeating: "a", count: 64))", "nginx:v2"),
        (
            "Tag", "replace", "sha256:\(String(repeating: "b", count: 64))", "nginx:v1",
            "nginx@sha256:\(String(repeating: "b", count: 64))"
        ),
        ("Tag", "remove", "", "nginx:v1", "nginx"),
    ])
    func images(component: String, operation: String, value: String, image: String, result: String) throws {
        var web = try workload("Deployment")
        web["spec", "template", "spec", "containers"] = [
            ["name": "a", "image": .string(image)], ["name": "b", "image": "docker.io/busybox:1"],
        ]
        web["spec", "template", "spec", "initContainers"] = [["name": "c", "image": .string(image)]]
        let overrider = "component: \(component), operator: \(operation), value: '\(value)'"

        let all = try apply("{imageOverrider: [{\(overrider)}]}", to: web)
        let containers = try #require(all["spec", "template", "spec", "containers"]?.array)
        #expect(containers[0]["image"]?.string == result)
        #expect(containers[1]["image"]?.string != "docker.io/busybox:1")
        #expect(all["spec", "template", "spec", "initContainers"] == web["spec", "template", "spec", "initContainers"])

        let first = "predicate: {path: /spec/template/spec/containers/0/image}"
        let one = try apply("{imageOverrider: [{\(overrider), \(first)}]}", to: web)
        #expect(one["spec", "template", "spec", "containers"]?[0]?["image"]?.string == result)
        #expect(one["spec", "template", "spec", "containers"]?[1]?["image"] == "docker.io/busybox:1")
    }

    @Test func imagesOfOtherKindsHaveToBePointedAt() throws {
        var custom = Object(apiVersion: "example.com/v1", kind: "App", namespace: "default", name: "a")
        custom["spec", "img"] = "nginx"
        let overrider = "component: Tag, operator: replace, value: v1"
        #expect(try apply("{imageOverrider: [{\(overrider)}]}", to: custom) == custom)
        #expect(
            try apply("{imageOverrider: [{\(overrider), predicate: {path: /spec/img}}]}", to: custom).spec["img"] == "nginx:v1")
    }

    @Test(arguments: ["command", "args"])
    func commandsAndArguments(field: String) throws {
        var web = try workload("Deployment")
        let path = ["spec", "template", "spec", "containers"]
        var first: JSON = ["name": "a", "image": "x"]
        first[field] = ["run", "-v"]
        web.json[path] = [first, ["name": "b", "image": "x"]]
        func values(_ container: String, _ operation: String, _ value: String) throws -> [JSON?] {
            let overrider = "{containerName: \(container), operator: \(operation), value: \(value)}"
            let result = try apply("{\(field)Overrider: [\(overrider)]}", to: web)
            return [0, 1].map { result.json[path]?[$0]?[field] }
        }
        #expect(try values("a", "add", "[-x]") == [["run", "-v", "-x"], nil])
        #expect(try values("a", "remove", "[-v, -z]") == [["run"], nil])
        #expect(try values("a", "add", "[]") == [["run", "-v"], nil])
        #expect(try values("b", "add", "[-x]") == [["run", "-v"], ["-x"]])
        #expect(try values("nobody", "add", "[-x]") == [["run", "-v"], nil])
    }

    @Test(arguments: [("labelsOverrider", "labels"), ("annotationsOverrider", "annotations")])
    func labelsAndAnnotations(overrider: String, field: String) throws {
        var web = try workload("Deployment")
        func result(_ operation: String, _ value: String) throws -> [String: String]? {
            try apply("{\(overrider): [{operator: \(operation), value: \(value)}]}", to: web).metadata[field]?.stringMap
        }
        #expect(try result("add", "{example.com/a: b}") == ["example.com/a": "b"])
        #expect(try result("replace", "{a: b}") == nil)
        #expect(try result("remove", "{a: b}") == nil)
        web.json["metadata", default: [:]][field] = ["a": "1", "example.com/c": "2"]
        #expect(try result("add", "{a: b, d: e}") == ["a": "b", "d": "e", "example.com/c": "2"])
        #expect(try result("replace", "{a: b, d: e}") == ["a": "b", "example.com/c": "2"])
        #expect(try result("remove", "{example.com/c: whatever, d: e}") == ["a": "1"])
    }

    @Test func fieldsThatHoldDocuments() throws {
        var map = Object(apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "c")
        map["data"] = ["app.yaml": "log: {level: info}\nlist: [a]\n", "a/b.json": #"{"a": {"b": 1}, "l": [1, 2]}"#]
        let result = try apply(
            """
            fieldOverrider:
            - fieldPath: /data/app.yaml
              yaml: [{operator: replace, subPath: /log/level, value: debug}, {operator: add, subPath: /list/-, value: b}]
            - fieldPath: /data/a~1b.json
              json: [{operator: remove, subPath: /l/0}, {operator: replace, subPath: /a/b, value: {c: 7}}]
            """, to: map)
        #expect(result["data", "app.yaml"] == "list:\n- a\n- b\nlog:\n  level: debug\n")
        #expect(result["data", "a/b.json"] == #"{"a":{"b":{"c":7}},"l":[2]}"#)
    }

    @Test func patches() throws {
        let web = try workload("Deployment", replicas: 2)
        let result = try apply(
            """
            {plaintext: [{path: /spec/replicas, operator: replace, value: 9}, {path: /metadata/generation, operator: remove},
            {path: /spec/template/spec/containers/-, operator: add, value: {name: side}}]}
            """, to: web)
        #expect(result.spec["replicas"] == 9)
        #expect(result.metadata["generation"] == nil)
        #expect(result["spec", "template", "spec", "containers"]?.array?.count == 2)
    }

    @Test func overridersApplyInTheOrderOfTheirKinds() throws {
        let result = try apply(
            """
            {plaintext: [{path: /metadata/labels/a, operator: replace, value: last}],
            labelsOverrider: [{operator: add, value: {a: first}}]}
            """, to: workload("Deployment"))
        #expect(result.labels == ["a": "last"])
    }

    // MARK: Errors

    @Test(arguments: [
        ("{plaintext: [{path: /metadata/nothing/here, operator: replace, value: 1}]}", "plaintext: "),
        ("{plaintext: [{path: /kind, operator: remove}]}", "plaintext: it removes the object's kind"),
        (
            "{imageOverrider: [{component: Tag, operator: replace, value: v, predicate: {path: /spec/nothing}}]}",
            "imageOverrider: there is no text at /spec/nothing"
        ),
        (
            "{imageOverrider: [{component: Repository, operator: remove}, {component: Tag, operator: replace, value: v}]}",
            "imageOverrider: \"\" is no image name"
        ),
        (
            "{fieldOverrider: [{fieldPath: /spec/replicas, json: [{operator: remove, subPath: /a}]}]}",
            "fieldOverrider: there is no text at /spec/replicas"
        ),
        (
            "{fieldOverrider: [{fieldPath: /metadata/name, json: [{operator: remove, subPath: /a}]}]}",
            "fieldOverrider: /metadata/name is no JSON: "
        ),
    ])
    func anErrorNamesThePolicyAndTheOverriderAndChangesNothing(overriders: String, message: String) throws {
        let web = try workload("Deployment")
        var changed = web
        let overrides = Overrides([
            try labelling("a"), try policy("b", "overrideRules: [{overriders: \(overriders)}]"),
        ])
        let error = try #require(throws: OverrideError.self) { try overrides.apply(to: &changed, for: cluster) }
        #expect(error.policy == ObjectKey(namespace: "default", name: "b"))
        #expect(error.message.hasPrefix(message), "\(error.message)")
        #expect(changed == web)
    }
}
