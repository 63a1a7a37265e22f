import Kubernetes

/// Turns types into the schema objects of OpenAPI, version 2 or 3, and gathers the named types that they refer to.
struct OpenAPISchemas {
    enum Format {
        case v2
        case v3

        var referencePrefix: String {
            switch self {
            case .v2: "#/definitions/"
            case .v3: "#/components/schemas/"
            }
        }
    }

    let format: Format
    /// By definition name.
    private(set) var definitions: [String: JSON] = [:]

    init(_ format: Format) { self.format = format }

    /// The schema of a kind of objects: a reference to its definition, which says of which kind it is.
    mutating func kind(_ schema: TypeSchema, _ kind: GroupVersionKind) -> JSON {
        let name = Self.definitionName(of: schema.object?.name ?? "", kind)
        if definitions[name] == nil, let type = schema.object {
            definitions[name] = [:]  // so that a type that refers to itself ends
            definitions[name] = body(of: type, schema)
        }
        definitions[name]?["x-kubernetes-group-version-kind"] = [
            ["group": .string(kind.group), "kind": .string(kind.kind), "version": .string(kind.version)]
        ]
        return ["$ref": .string(format.referencePrefix + name)]
    }

    /// The schema of a custom resource, in its author's words.
    mutating func customResource(_ document: JSON, _ kind: GroupVersionKind) -> JSON {
        var body = format == .v2 ? document.openAPIVersion2 : document
        body["type"] = "object"
        addResourceMembers(to: &body, kind, metadata: "meta.v1.ObjectMeta")
        return define(body, kind)
    }

    mutating func customResourceList(of item: GroupVersionKind, _ kind: GroupVersionKind) -> JSON {
        let reference: JSON = ["$ref": .string(format.referencePrefix + Self.definitionName(of: "", item))]
        var body: JSON = [
            "type": "object", "properties": ["items": ["type": "array", "items": reference]], "required": ["items"],
        ]
        addResourceMembers(to: &body, kind, metadata: "meta.v1.ListMeta")
        return define(body, kind)
    }

    private mutating func addResourceMembers(to body: inout JSON, _ kind: GroupVersionKind, metadata: String) {
        for name in ["apiVersion", "kind"] where body["properties", name] == nil {
            body[["properties", name]] = ["type": "string"]
        }
        if let type = SchemaLibrary.builtIn.type(named: metadata) { body[["properties", "metadata"]] = schema(type) }
        body["x-kubernetes-group-version-kind"] = [
            ["group": .string(kind.group), "kind": .string(kind.kind), "version": .string(kind.version)]
        ]
    }

    private mutating func define(_ body: JSON, _ kind: GroupVersionKind) -> JSON {
        let name = Self.definitionName(of: "", kind)
        definitions[name] = body
        return ["$ref": .string(format.referencePrefix + name)]
    }

    private mutating func body(of type: ObjectType, _ schema: TypeSchema) -> JSON {
        var properties = JSONObject()
        for field in type.fields {
            var property = self.schema(field.type)
            if let value = field.defaultValue { property["default"] = value }
            properties[field.name] = property
        }
        var body: JSON = ["type": "object", "properties": .object(properties)]
        let required = type.requiredFields.map(\.name)
        if !required.isEmpty { body["required"] = JSON(required) }
        if type.preservesUnknownFields { body["x-kubernetes-preserve-unknown-fields"] = true }
        if schema.isAtomicMap { body["x-kubernetes-map-type"] = "atomic" }
        return body
    }

    private mutating func schema(_ schema: TypeSchema) -> JSON {
        var json = shape(schema)
        var extensions: JSON = [:]
        if schema.patchStrategy.contains(.merge) || schema.patchStrategy.contains(.retainKeys) {
            let parts = [(TypeSchema.PatchStrategy.merge, "merge"), (.retainKeys, "retainKeys")]
                .filter { schema.patchStrategy.contains($0.0) }.map(\.1)
            extensions["x-kubernetes-patch-strategy"] = .string(parts.joined(separator: ","))
        }
        if let key = schema.mergeKey { extensions["x-kubernetes-patch-merge-key"] = .string(key) }
        if case .array = schema.shape {
            switch schema.listType {
            case .atomic: extensions["x-kubernetes-list-type"] = "atomic"
            case .set: extensions["x-kubernetes-list-type"] = "set"
            case .map(let keys):
                extensions["x-kubernetes-list-type"] = "map"
                extensions["x-kubernetes-list-map-keys"] = JSON(keys)
            }
        }
        if schema.isNullable { extensions["nullable"] = true }
        if let constraints = schema.constraints { constraints.describe(in: &extensions) }
        guard extensions.object?.isEmpty == false else { return json }
        // OpenAPI 3 ignores what stands beside a reference.
        if format == .v3, json["$ref"] != nil { json = ["allOf": [json]] }
        for (name, value) in extensions.object ?? [:] { json[name] = value }
        return json
    }

    private mutating func shape(_ schema: TypeSchema) -> JSON {
        switch schema.shape {
        case .any: return ["x-kubernetes-preserve-unknown-fields": true]
        case .boolean: return ["type": "boolean"]
        case .integer(let bits): return ["type": "integer", "format": .string("int\(bits)")]
        case .number: return ["type": "number", "format": "double"]
        case .string: return ["type": "string"]
        case .bytes: return ["type": "string", "format": "byte"]
        case .time, .microTime: return ["type": "string", "format": "date-time"]
        case .quantity, .intOrString:
            switch format {
            case .v2: return ["type": "string", "format": "int-or-string"]
            case .v3: return ["oneOf": [["type": "string"], ["type": "number"]], "x-kubernetes-int-or-string": true]
            }
        case .array(let element): return ["type": "array", "items": self.schema(element)]
        case .map(let value): return ["type": "object", "additionalProperties": self.schema(value)]
        case .object(let type):
            guard !type.name.isEmpty else { return body(of: type, schema) }
            let name = Self.definitionName(of: type.name, nil)
            if definitions[name] == nil {
                definitions[name] = [:]
                definitions[name] = body(of: type, schema)
            }
            return ["$ref": .string(format.referencePrefix + name)]
        }
    }

    /// The name that clients know a type by: `io.k8s.api.apps.v1.Deployment` for `apps.v1.Deployment`.
    static func definitionName(of type: String, _ kind: GroupVersionKind?) -> String {
        guard !type.isEmpty else {
            guard let kind else { return "" }
            let group = kind.group.split(separator: ".").reversed().joined(separator: ".")
            return "\(group).\(kind.version).\(kind.kind)"
        }
        let parts = type.split(separator: ".")
        switch parts[0] {
        case "meta": return "io.k8s.apimachinery.pkg.apis.\(type)"
        case "apiextensions": return "io.k8s.apiextensions-apiserver.pkg.apis.\(type)"
        case "multicluster": return "io.x-k8s.\(type)"
        default:
            guard parts[1] == "karmada" else { return "io.k8s.api.\(type)" }
            return "io.karmada.\(([parts[0]] + parts[2...]).joined(separator: "."))"
        }
    }
}

extension JSON {
    /// A schema of OpenAPI 3 without what version 2 has no words for. What remains allows at least as much.
    fileprivate var openAPIVersion2: JSON {
        guard case .object(let members) = self else { return self }
        if members["x-kubernetes-int-or-string"]?.bool == true { return ["x-kubernetes-int-or-string": true] }
        // A client that checks types would refuse a null, or a member that the server keeps without knowing it.
        let isOpen = members["nullable"]?.bool == true || members["x-kubernetes-preserve-unknown-fields"]?.bool == true
        var reduced = JSONObject()
        for (name, value) in members {
            switch name {
            case "nullable", "oneOf", "anyOf", "allOf", "not", "default", "x-kubernetes-validations": continue
            case "type", "properties", "required", "items", "additionalProperties": if isOpen { continue }
            default: break
            }
            switch name {
            case "properties":
                reduced[name] = .object(JSONObject((value.object ?? [:]).map { ($0.key, $0.value.openAPIVersion2) }))
            case "items", "additionalProperties": reduced[name] = value.openAPIVersion2
            default: reduced[name] = value
            }
        }
        return .object(reduced)
    }
}

extension Constraints {
    /// Adds the keywords of JSON Schema for these constraints.
    fileprivate func describe(in schema: inout JSON) {
        if !allowedValues.isEmpty { schema["enum"] = .array(allowedValues) }
        for (name, value) in [("minimum", minimum), ("maximum", maximum), ("multipleOf", multipleOf)] {
            if let value { schema[name] = Int64(exactly: value).map(JSON.integer) ?? .number(value) }
        }
        if isMinimumExclusive { schema["exclusiveMinimum"] = true }
        if isMaximumExclusive { schema["exclusiveMaximum"] = true }
        for (name, value) in [
            ("minLength", minLength), ("maxLength", maxLength), ("minItems", minItems), ("maxItems", maxItems),
            ("minProperties", minProperties), ("maxProperties", maxProperties),
        ] {
            if let value { schema[name] = JSON(value) }
        }
        if let pattern { schema["pattern"] = .string(pattern) }
        if let format { schema["format"] = .string(format) }
        if hasUniqueItems { schema["uniqueItems"] = true }
    }
}
