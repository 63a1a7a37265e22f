import Kubernetes
import Testing

@testable import APIServer

/// Structural schemas: which are accepted, and what they accept.
@Suite struct SchemaTests {
    private func faults(_ definition: Object) -> [String: String] {
        var definition = definition
        KindDefaults.fill(resourceDefinition: &definition, isCreation: true)
        var errors = FieldErrors()
        CustomResourceRules.validate(definition, old: nil, &errors)
        return Dictionary(errors.causes.map { ($0.field, $0.message) }) { first, _ in first }
    }

    /// What is wrong with a definition whose spec has this schema for `spec.field`.
    private func faults(ofField schema: JSON) -> [String: String] {
        let root: JSON = [
            "type": "object", "properties": ["spec": ["type": "object", "properties": ["field": schema]]],
        ]
        let definition = CustomResourceTests.widgets { spec in
            var version = spec["versions"]?[0] ?? [:]
            version["schema"] = ["openAPIV3Schema": root]
            spec["versions"] = [version]
        }
        let prefix = "spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[field]."
        return Dictionary(
            uniqueKeysWithValues: faults(definition).map { field, message in
                (field.hasPrefix(prefix) ? String(field.dropFirst(prefix.count)) : field, message)
            })
    }

    @Test func aSoundDefinitionIsAccepted() { #expect(faults(CustomResourceTests.widgets()).isEmpty) }

    @Test func definitionsAreChecked() {
        var misnamed = CustomResourceTests.widgets()
        misnamed.name = "widget.example.io"
        #expect(
            faults(misnamed)["metadata.name"]
                == #"Invalid value: "widget.example.io": must be spec.names.plural+"."+spec.group"#)
        #expect(
            faults(CustomResourceTests.widgets { $0["scope"] = "Global" })["spec.scope"]
                == #"Unsupported value: "Global": supported values: "Cluster", "Namespaced""#)
        let unstored = CustomResourceTests.widgets { spec in
            var version = spec["versions"]?[0] ?? [:]
            version["storage"] = false
            version["schema"] = nil
            spec["versions"] = [version]
        }
        #expect(faults(unstored)["spec.versions"]?.hasSuffix("must have exactly one version marked as storage version") == true)
        #expect(
            faults(unstored)["spec.versions[0].schema.openAPIV3Schema"] == "Required value: schemas are required")
    }

    @Test func schemasAreStructural() {
        #expect(faults(ofField: [:])["type"] == "Required value: must not be empty for specified object fields")
        #expect(
            faults(ofField: ["type": "text"])["type"]
                == #"Unsupported value: "text": supported values: "array", "boolean", "integer", "number", "object", "string""#)
        #expect(faults(ofField: ["type": "array"])["items"] == "Required value: must be specified")
        #expect(faults(ofField: ["type": "array", "items": [:]])["items.type"] != nil)
        #expect(faults(ofField: ["type": "object", "$ref": "#/x"])["$ref"] == "Forbidden: $ref is not supported")
        #expect(
            faults(ofField: [
                "type": "object", "properties": ["a": ["type": "string"]], "additionalProperties": ["type": "string"],
            ])["additionalProperties"] == "Forbidden: additionalProperties and properties are mutual exclusive")
        #expect(
            faults(ofField: ["type": "string", "anyOf": [["type": "string", "minLength": 1]]])["anyOf[0].type"]
                == "Forbidden: must be empty to be structural")
        #expect(faults(ofField: ["type": "integer", "default": "one"])["default"] != nil)
        #expect(faults(ofField: ["x-kubernetes-int-or-string": true, "anyOf": [["type": "integer"], ["type": "string"]]]).isEmpty)
        #expect(faults(ofField: ["x-kubernetes-preserve-unknown-fields": true]).isEmpty)
        let keyless: JSON = [
            "type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": ["type": "object", "properties": ["name": ["type": "string"]]],
        ]
        #expect(faults(ofField: keyless)["items.properties[name].default"] != nil)
    }

    /// What is wrong with a value of this schema, by field.
    private func faults(_ value: JSON, _ schema: JSON) -> [String] {
        let type = TypeSchema.customResource(["type": "object", "properties": ["v": schema]])
        return SchemaValidator.validate(["v": value], old: nil, type).causes.map { "\($0.field): \($0.message)" }
    }

    @Test func valuesAreValidated() {
        #expect(faults(1, ["type": "string"]) == [#"v: Invalid value: "integer": v in body must be of type string: "integer""#])
        #expect(faults(.null, ["type": "string", "nullable": true]).isEmpty)
        #expect(!faults("2026-13-01T00:00:00Z", ["type": "string", "format": "date-time"]).isEmpty)
        #expect(!faults(.integer(1 << 40), ["type": "integer", "format": "int32"]).isEmpty)
        #expect(faults("50%", ["x-kubernetes-int-or-string": true]).isEmpty)
        #expect(!faults([1, 1], ["type": "array", "x-kubernetes-list-type": "set", "items": ["type": "integer"]]).isEmpty)
        #expect(faults(["a": 1], ["type": "object", "additionalProperties": ["type": "integer"]]).isEmpty)
        #expect(!faults(["a": "b"], ["type": "object", "additionalProperties": ["type": "integer"]]).isEmpty)
        #expect(
            faults([:], ["type": "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true])
                == ["v.apiVersion: Required value", "v.kind: Required value"])
    }

    @Test func rulesOfRules() {
        let one: JSON = [
            "type": "object", "properties": ["a": ["type": "string"], "b": ["type": "string"]],
            "oneOf": [["required": ["a"]], ["required": ["b"]]],
        ]
        #expect(faults(["a": ""], one).isEmpty)
        #expect(faults([:], one).first?.hasSuffix("validate one and only one schema (oneOf). Found none valid") == true)
        #expect(faults(["a": "", "b": ""], one).first?.hasSuffix("(oneOf). Found 2 valid alternatives") == true)
        let any: JSON = ["type": "string", "anyOf": [["maxLength": 1], ["pattern": "^x"]], "not": ["enum": ["xyz"]]]
        #expect(faults("xx", any).isEmpty)
        #expect(faults("yy", any) == [#"v: Invalid value: "yy": "v" must validate at least one schema (anyOf)"#])
        #expect(faults("xyz", any) == [#"v: Invalid value: "xyz": "v" must not validate the schema (not)"#])
        #expect(!faults(3, ["type": "integer", "allOf": [["minimum": 1], ["maximum": 2]]]).isEmpty)
    }

    @Test(arguments: [
        ("ipv4", "10.0.0.1", "10.0.0"), ("ipv6", "fe80::1", "10.0.0.1"), ("cidr", "10.0.0.0/8", "10.0.0.0/33"),
        ("mac", "00:1b:44:11:3a:b7", "00:1b"), ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
        ("date", "2026-02-28", "2026-02-30"), ("duration", "1h30m", "soon"), ("hostname", "example.io", "a_b"),
        ("uri", "https://example.io/x", "not a uri"), ("email", "a@example.io", "a"), ("byte", "aGVsbG8=", "a?"),
    ])
    func formats(name: String, good: String, bad: String) {
        let schema: JSON = ["type": "string", "format": .string(name)]
        #expect(faults(.string(good), schema).isEmpty)
        #expect(!faults(.string(bad), schema).isEmpty)
    }
}
