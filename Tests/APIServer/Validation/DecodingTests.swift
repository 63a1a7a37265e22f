import Kubernetes
import Testing

@testable import APIServer

@Suite struct DecodingTests {
    private func definition(_ group: String, _ resource: String) throws -> ResourceDefinition {
        try #require(ResourceCatalog.controlPlane.definition(of: GroupResource(group: group, resource: resource)))
    }

    private func decode(
        _ group: String, _ resource: String, _ json: JSON, _ level: FieldValidation = .warn, duplicates: [String] = []
    ) throws -> DecodedObject {
        let definition = try definition(group, resource)
        return try definition.decode(json, version: definition.versions[0].name, duplicates: duplicates, level: level)
    }

    private func failure(_ group: String, _ resource: String, _ json: JSON, _ level: FieldValidation = .warn) throws -> String {
        do {
            _ = try decode(group, resource, json, level)
        } catch let error as APIError {
            #expect(error.code == 400)
            #expect(error.reason == .badRequest)
            return error.message
        }
        Issue.record("nothing was wrong")
        return ""
    }

    private func deployment(_ spec: JSON) -> JSON {
        ["apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "d"], "spec": spec]
    }

    @Test func wrongTypesAreNamedAsGoNamesThem() throws {
        let prefix = #"Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal "#
        let cases: [(JSON, String)] = [
            (["replicas": "3"], "string into Go struct field DeploymentSpec.spec.replicas of type int32"),
            (["replicas": 3_000_000_000], "number 3000000000 into Go struct field DeploymentSpec.spec.replicas of type int32"),
            (["replicas": 1.5], "number 1.5 into Go struct field DeploymentSpec.spec.replicas of type int32"),
            (["paused": "yes"], "string into Go struct field DeploymentSpec.spec.paused of type bool"),
            (["template": []], "array into Go struct field DeploymentSpec.spec.template of type v1.PodTemplateSpec"),
            (
                ["template": ["spec": ["containers": [["image": 5]]]]],
                "number into Go struct field Container.spec.template.spec.containers.image of type string"
            ),
            (
                ["template": ["spec": ["containers": "x"]]],
                "string into Go struct field PodSpec.spec.template.spec.containers of type []v1.Container"
            ),
            (
                ["selector": ["matchLabels": ["a": 1]]],
                "number into Go struct field LabelSelector.spec.selector.matchLabels of type string"
            ),
            (
                ["selector": ["matchLabels": [1]]],
                "array into Go struct field LabelSelector.spec.selector.matchLabels of type map[string]string"
            ),
        ]
        for (spec, message) in cases {
            #expect(try failure("apps", "deployments", deployment(spec)) == prefix + message)
        }
        let secret: JSON = ["apiVersion": "v1", "kind": "Secret", "data": ["a": "not base64!"]]
        #expect(try failure("", "secrets", secret).contains("illegal base64 data"))
        let lease: JSON = ["apiVersion": "coordination.k8s.io/v1", "kind": "Lease", "spec": ["renewTime": "soon"]]
        #expect(try failure("coordination.k8s.io", "leases", lease).contains(#"parsing time "soon""#))
        let quota: JSON = ["apiVersion": "v1", "kind": "ResourceQuota", "spec": ["hard": ["cpu": "many"]]]
        #expect(try failure("", "resourcequotas", quota).contains("quantities must match the regular expression"))
    }

    @Test func unknownAndDuplicateMembers() throws {
        let body = deployment([
            "bogus": 1, "replicas": 1, "template": ["spec": ["containers": [["name": "c", "imagee": "x"]]]],
        ])
        let unknown = [#"unknown field "spec.bogus""#, #"unknown field "spec.template.spec.containers[0].imagee""#]
        let warned = try decode("apps", "deployments", body, .warn, duplicates: ["spec.replicas"])
        #expect(warned.warnings == [#"duplicate field "spec.replicas""#] + unknown)
        #expect(warned.object.spec["bogus"] == nil)
        #expect(try decode("apps", "deployments", body, .ignore).warnings.isEmpty)
        #expect(
            try failure("apps", "deployments", body, .strict)
                == #"Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: "#
                + unknown.joined(separator: ", "))
        let policy: JSON = [
            "apiVersion": "policy.karmada.io/v1alpha1", "kind": "PropagationPolicy", "metadata": ["name": "p"],
            "spec": ["placment": [:], "resourceSelectors": [["kind": "Deployment", "apiVersion": "apps/v1", "nme": "x"]]],
        ]
        #expect(
            try failure("policy.karmada.io", "propagationpolicies", policy, .strict)
                == #"PropagationPolicy in version "v1alpha1" cannot be handled as a PropagationPolicy: strict decoding error: "#
                + #"unknown field "spec.placment", unknown field "spec.resourceSelectors[0].nme""#)
        #expect(try decode("policy.karmada.io", "propagationpolicies", policy).object.spec["placment"] == nil)
    }

    @Test func valuesTakeTheirCanonicalForm() throws {
        let pod: JSON = [
            "apiVersion": "v1", "kind": "Pod",
            "metadata": ["name": "p", "creationTimestamp": .null, "labels": [:], "annotations": ["a": "b"]],
            "spec": [
                "containers": [
                    [
                        "name": "c", "args": [], "command": .null,
                        "resources": ["limits": ["cpu": "0.5", "memory": 1_073_741_824], "requests": [:]],
                    ]
                ]
            ],
        ]
        let object = try decode("", "pods", pod).object
        #expect(object.metadata == ["name": "p", "annotations": ["a": "b"]])
        #expect(
            object.spec == [
                "containers": [["name": "c", "resources": ["limits": ["cpu": "500m", "memory": "1073741824"]]]]
            ])
    }

    @Test func customResourcesKeepTheirValues() throws {
        let work: JSON = [
            "apiVersion": "work.karmada.io/v1alpha1", "kind": "Work", "metadata": ["name": "w", "labels": [:]],
            "spec": ["workload": ["manifests": [["kind": "X", "anything": [1, .null]]]]],
        ]
        let decoded = try decode("work.karmada.io", "works", work, .strict)
        #expect(decoded.object.spec == work["spec"])
        #expect(
            try failure("work.karmada.io", "works", ["metadata": ["labels": ["a": 1]]]).contains("ObjectMeta.metadata.labels"))
    }

    /// Whatever comes, it ends in an object or a BadRequest.
    @Test func nothingBreaksTheDecoder() throws {
        var generator = SplitMix(seed: 7)
        let names = ["spec", "metadata", "template", "containers", "labels", "replicas", "selector", "x", "resources", "limits"]
        func value(_ depth: Int) -> JSON {
            switch Int.random(in: 0..<(depth > 5 ? 5 : 7), using: &generator) {
            case 0: return .null
            case 1: return .bool(true)
            case 2: return .integer(.random(in: -5...5_000_000_000, using: &generator))
            case 3: return .number(0.5)
            case 4: return .string(["", "a", "100m", "2026-01-01T00:00:00Z"].randomElement(using: &generator)!)
            case 5: return .array((0..<2).map { _ in value(depth + 1) })
            default:
                return .object(JSONObject((0..<3).map { _ in (names.randomElement(using: &generator)!, value(depth + 1)) }))
            }
        }
        for definition in ResourceCatalog.controlPlane.definitions {
            for _ in 0..<40 {
                let version = definition.versions[0].name
                let body: JSON = ["metadata": value(1), "spec": value(1), "status": value(2), "data": value(2)]
                do throws(APIError) {
                    var object = try definition.decode(body, version: version).object
                    definition.fillDefaults(&object, version: version)
                    try definition.validate(object, version: version, old: object)
                } catch {
                    #expect([400, 403, 422].contains(error.code))
                }
            }
        }
    }
}

/// A seeded generator, so that a failure comes again.
struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
