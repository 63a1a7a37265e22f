import Kubernetes

// Structural schemas (Kubernetes documentation, "Extend the Kubernetes API with CustomResourceDefinitions", "Specifying a
// structural schema") as types. Schemas were validated before they come here, so what is odd is read leniently.
extension TypeSchema {
    /// The type of a custom resource.
    /// - Parameter schema: `openAPIV3Schema` of one of its versions.
    static func customResource(_ schema: JSON) -> TypeSchema { TypeSchema(structural: schema, isRoot: true) }

    convenience init(structural schema: JSON, isRoot: Bool = false) {
        let listType: ListType =
            switch schema["x-kubernetes-list-type"]?.string {
            case "set": .set
            case "map": .map(keys: schema["x-kubernetes-list-map-keys"]?.strings ?? [])
            default: .atomic
            }
        let shape = Self.shape(of: schema, isRoot: isRoot)
        let constraints = Constraints(structural: schema)
        // Rules are about a value of this very type, which they are compiled for before they are part of it.
        let rules = (schema["x-kubernetes-validations"]?.array ?? []).compactMap { rule in
            try? ValidationRule(rule, for: TypeSchema(shape, listType: listType, constraints: constraints))
        }
        self.init(
            shape, listType: listType, isAtomicMap: schema["x-kubernetes-map-type"]?.string == "atomic",
            isNullable: schema["nullable"]?.bool == true, constraints: constraints, rules: rules)
    }

    private static func shape(of schema: JSON, isRoot: Bool) -> Shape {
        if schema["x-kubernetes-int-or-string"]?.bool == true { return .intOrString }
        switch schema["type"]?.string {
        case "boolean": return .boolean
        case "integer": return .integer(bits: schema["format"]?.string == "int32" ? 32 : 64)
        case "number": return .number
        case "string": return schema["format"]?.string == "date-time" ? .time : .string
        case "array": return .array(TypeSchema(structural: schema["items"] ?? [:]))
        case "object": return objectShape(of: schema, isRoot: isRoot)
        default: return .any
        }
    }

    private static func objectShape(of schema: JSON, isRoot: Bool) -> Shape {
        let preserves = schema["x-kubernetes-preserve-unknown-fields"]?.bool == true
        switch schema["additionalProperties"] {
        case .object?: return .map(TypeSchema(structural: schema["additionalProperties"] ?? [:]))
        case .bool(true)?: return .map(TypeSchema(.any))
        default: break
        }
        let required = Set(schema["required"]?.strings ?? [])
        var fields: [SchemaField] = []
        let isResource = isRoot || schema["x-kubernetes-embedded-resource"]?.bool == true
        if isResource {
            // A root's own come from the request; an embedded resource has to name its kind.
            let string = TypeSchema(.string)
            fields = ["apiVersion", "kind"].map { SchemaField($0, string, isRequired: !isRoot) }
            let metadata = SchemaLibrary.builtIn.type(named: "meta.v1.ObjectMeta") ?? TypeSchema(.any)
            fields.append(SchemaField("metadata", metadata, isRequired: required.contains("metadata") && !isRoot))
        }
        for (name, property) in schema["properties"]?.object ?? [:] {
            if isResource, ["apiVersion", "kind", "metadata"].contains(name) { continue }
            fields.append(
                SchemaField(
                    name, TypeSchema(structural: property), isRequired: required.contains(name), defaultValue: property["default"]
                ))
        }
        // A name may be required without being declared where unknown members are kept.
        for name in required where preserves && !fields.contains(where: { $0.name == name }) {
            fields.append(SchemaField(name, TypeSchema(.any), isRequired: true))
        }
        return .object(ObjectType(fields, preservesUnknownFields: preserves))
    }
}

extension Constraints {
    /// Nil for a schema that asks for nothing beyond its type.
    fileprivate init?(structural schema: JSON) {
        self.init()
        allowedValues = schema["enum"]?.array ?? []
        minimum = schema["minimum"]?.double
        maximum = schema["maximum"]?.double
        isMinimumExclusive = schema["exclusiveMinimum"]?.bool == true
        isMaximumExclusive = schema["exclusiveMaximum"]?.bool == true
        multipleOf = schema["multipleOf"]?.double
        minLength = schema["minLength"]?.int
        maxLength = schema["maxLength"]?.int
        pattern = schema["pattern"]?.string
        minItems = schema["minItems"]?.int
        maxItems = schema["maxItems"]?.int
        hasUniqueItems = schema["uniqueItems"]?.bool == true
        minProperties = schema["minProperties"]?.int
        maxProperties = schema["maxProperties"]?.int
        // Formats of numbers and times are part of the type.
        if schema["type"]?.string == "string", let name = schema["format"]?.string, name != "date-time" { format = name }
        allOf = Self.rules(schema["allOf"])
        anyOf = Self.rules(schema["anyOf"])
        oneOf = Self.rules(schema["oneOf"])
        not = schema["not"].map { [ValueRule(structural: $0)] } ?? []
        if self == Constraints() { return nil }
    }

    /// `anyOf: [{type: integer}, {type: string}]` is how an int-or-string says what its type says already.
    private static func rules(_ schemas: JSON?) -> [ValueRule] {
        let schemas = schemas?.array ?? []
        if schemas.allSatisfy({ $0.object?.keys.allSatisfy { $0 == "type" } == true }) { return [] }
        return schemas.map { ValueRule(structural: $0) }
    }
}

extension ValueRule {
    fileprivate init(structural schema: JSON) {
        self.init()
        constraints = Constraints(structural: schema) ?? Constraints()
        required = schema["required"]?.strings ?? []
        for (name, property) in schema["properties"]?.object ?? [:] { properties[name] = ValueRule(structural: property) }
        if let element = schema["items"], element.object != nil { items = [ValueRule(structural: element)] }
    }
}
