import Kubernetes
import Testing

@testable import APIServer

/// Rules of `x-kubernetes-validations`: which are accepted, and what they refuse.
@Suite struct ValidationRuleTests {
    private static func faults(_ value: JSON, old: JSON? = nil, _ schema: JSON) -> [String] {
        let type = TypeSchema.customResource(["type": "object", "properties": ["v": schema]])
        return RuleValidator.validate(["v": value], old: old.map { ["v": $0] }, type).causes.map { "\($0.field): \($0.message)" }
    }

    private static func integer(_ rule: JSON) -> JSON { ["type": "integer", "x-kubernetes-validations": [rule]] }

    @Test func rulesRefuseWithTheirMessages() {
        #expect(Self.faults(3, Self.integer(["rule": "self > 2"])).isEmpty)
        #expect(Self.faults(1, Self.integer(["rule": " self > 2 "])) == [#"v: Invalid value: "integer": failed rule: self > 2"#])
        #expect(
            Self.faults(1, Self.integer(["rule": "self > 2", "message": "too few"])) == [#"v: Invalid value: "integer": too few"#]
        )
        #expect(
            Self.faults(1, Self.integer(["rule": "self > 2", "message": "m", "messageExpression": "'got ' + string(self)"]))
                == [#"v: Invalid value: "integer": got 1"#])
        // A message expression that fails leaves the message.
        #expect(
            Self.faults(1, Self.integer(["rule": "self > 2", "message": "m", "messageExpression": "string(1 / 0)"]))
                == [#"v: Invalid value: "integer": m"#])
        #expect(
            Self.faults(1, Self.integer(["rule": "self > 2", "message": "m", "reason": "FieldValueForbidden"])) == [
                "v: Forbidden: m"
            ])
        #expect(
            Self.faults(1, Self.integer(["rule": "1 / (self - 1) == 1"]))
                == [#"v: Invalid value: "integer": division by zero evaluating rule: 1 / (self - 1) == 1"#])
    }

    @Test func rulesNameThePartAtFault() {
        let schema: JSON = [
            "type": "object", "properties": ["min": ["type": "integer"], "max": ["type": "integer"]],
            "x-kubernetes-validations": [["rule": "self.min <= self.max", "message": "m", "fieldPath": ".min"]],
        ]
        #expect(Self.faults(["min": 2, "max": 1], schema) == [#"v.min: Invalid value: "object": m"#])
        let list: JSON = ["type": "array", "items": schema]
        #expect(Self.faults([["min": 1, "max": 2], ["min": 2, "max": 1]], list) == [#"v[1].min: Invalid value: "object": m"#])
        let map: JSON = ["type": "object", "additionalProperties": schema]
        #expect(Self.faults(["k": ["min": 2, "max": 1]], map) == [#"v[k].min: Invalid value: "object": m"#])
    }

    @Test func transitionRulesCompareWithWhatWas() {
        let immutable = Self.integer(["rule": "self == oldSelf", "message": "immutable"])
        #expect(Self.faults(1, immutable).isEmpty)
        #expect(Self.faults(1, old: 1, immutable).isEmpty)
        #expect(Self.faults(2, old: 1, immutable) == [#"v: Invalid value: "integer": immutable"#])
        let optional = Self.integer(["rule": "oldSelf.orValue(0) < self", "message": "must grow", "optionalOldSelf": true])
        #expect(Self.faults(0, optional) == [#"v: Invalid value: "integer": must grow"#])
        #expect(Self.faults(2, old: 1, optional).isEmpty)
        #expect(Self.faults(1, old: 2, optional) == [#"v: Invalid value: "integer": must grow"#])
        let keyed: JSON = [
            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": [
                "type": "object", "required": ["name"], "properties": ["name": ["type": "string"], "size": immutable],
            ],
        ]
        let before: JSON = [["name": "a", "size": 1], ["name": "b", "size": 2]]
        #expect(Self.faults([["name": "b", "size": 2], ["name": "a", "size": 1]], old: before, keyed).isEmpty)
        #expect(
            Self.faults([["name": "b", "size": 3]], old: before, keyed) == [#"v[0].size: Invalid value: "integer": immutable"#])
    }

    @Test func whatDidNotChangeIsNotRefused() {
        let schema: JSON = ["type": "object", "properties": ["a": Self.integer(["rule": "self > 2"]), "b": ["type": "integer"]]]
        #expect(Self.faults(["a": 1, "b": 2], old: ["a": 1, "b": 1], schema).isEmpty)
        #expect(Self.faults(["a": 0, "b": 2], old: ["a": 1, "b": 1], schema).count == 1)
        let type = TypeSchema.customResource([
            "type": "object", "properties": ["a": ["type": "string", "maxLength": 2], "b": ["type": "string", "maxLength": 2]],
        ])
        let faults = SchemaValidator.validate(["a": "long", "b": "longer"], old: ["a": "long", "b": "x"], type)
        #expect(faults.causes.map(\.field) == ["b"])
    }

    @Test func expensiveRulesAreGivenUp() {
        let schema: JSON = [
            "type": "array", "items": ["type": "integer"],
            "x-kubernetes-validations": [["rule": "self.all(a, self.all(b, self.all(c, a + b + c >= 0)))"]],
        ]
        let faults = Self.faults(.array((0..<200).map { JSON($0) }), schema)
        #expect(faults.count == 1)
        #expect(faults[0].contains("operation cancelled: actual cost limit exceeded"))
    }

    private func refusals(_ schema: JSON) -> [String: String] {
        var errors = FieldErrors()
        SchemaRules.validate(["type": "object", "properties": ["v": schema]], FieldPath("s"), &errors)
        return Dictionary(errors.causes.map { ($0.field, $0.message) }) { first, _ in first }
    }

    @Test func rulesThatDoNotCompileAreRefused() {
        let path = "s.properties[v].x-kubernetes-validations[0]"
        #expect(refusals(Self.integer(["rule": "self > 2"])).isEmpty)
        #expect(refusals(Self.integer(["rule": ""]))["\(path).rule"] == "Required value: rule is not specified")
        let unknown = refusals(Self.integer(["rule": "self.x > 2"]))["\(path).rule"]
        #expect(unknown?.contains("compilation failed: ERROR: <input>:1:5: type 'int' does not support field selection") == true)
        #expect(refusals(Self.integer(["rule": "self + 1"]))["\(path).rule"]?.contains("must evaluate to bool") == true)
        #expect(
            refusals(Self.integer(["rule": "true", "messageExpression": "1"])).keys.sorted() == ["\(path).messageExpression"])
        #expect(refusals(Self.integer(["rule": "true", "reason": "Because"])).keys.sorted() == ["\(path).reason"])
        #expect(refusals(Self.integer(["rule": "true", "fieldPath": "x"])).keys.sorted() == ["\(path).fieldPath"])
        let list: JSON = ["type": "array", "items": Self.integer(["rule": "self == oldSelf"])]
        #expect(refusals(list)["s.properties[v].items.x-kubernetes-validations[0].rule"]?.contains("uncorrelatable") == true)
        #expect(refusals(["type": "integer", "anyOf": [["x-kubernetes-validations": [["rule": "true"]]]]]).count == 1)
    }

    @Test func theServerAppliesThem() async throws {
        let definition = CustomResourceTests.widgets { spec in
            var version = spec["versions"]?[0] ?? [:]
            version["schema"] = [
                "openAPIV3Schema": [
                    "type": "object",
                    "properties": [
                        "spec": [
                            "type": "object", "properties": ["low": ["type": "integer"], "high": ["type": "integer"]],
                            "x-kubernetes-validations": [
                                [
                                    "rule": "!has(self.low) || !has(self.high) || self.low < self.high",
                                    "message": "low must be below high",
                                ]
                            ],
                        ]
                    ],
                ]
            ]
            spec["versions"] = [version]
        }
        let resource = try #require(CustomResourceDefinition(definition).withNames(besides: []).resource)
        var widget = Object(apiVersion: "example.io/v1", kind: "Widget", namespace: "default", name: "w")
        widget.metadata["uid"] = "1"
        widget.spec = ["low": 1, "high": 2]
        try resource.validate(widget, version: resource.versions[0].name, old: nil)
        widget.spec = ["low": 2, "high": 1]
        let refusal = #expect(throws: APIError.self) {
            try resource.validate(widget, version: resource.versions[0].name, old: nil)
        }
        #expect(refusal?.details?.causes.map(\.message) == [#"Invalid value: "object": low must be below high"#])
        #expect(refusal?.details?.causes.map(\.field) == ["spec"])
    }
}
