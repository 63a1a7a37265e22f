import Kubernetes

/// Which schemas a CustomResourceDefinition may have: structural ones.
enum SchemaRules {
    private static let types = ["array", "boolean", "integer", "number", "object", "string"]
    /// Keywords of JSON Schema that structural schemas do without.
    private static let unsupported = [
        "$ref", "$schema", "additionalItems", "definitions", "dependencies", "id", "patternProperties",
    ]
    /// What belongs to the structure and so must not be said inside of `allOf` and its like.
    private static let structural = [
        "additionalProperties", "default", "description", "nullable", "title", "type", "x-kubernetes-embedded-resource",
        "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys", "x-kubernetes-list-type", "x-kubernetes-map-type",
        "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
    ]
    /// How deep schemas may nest.
    private static let maximumDepth = 100

    /// - Parameter path: of `openAPIV3Schema`.
    static func validate(_ schema: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        if let type = schema["type"]?.string, type != "object" {
            errors.invalid(path.child("type"), .string(type), "must be object at the root")
        }
        if schema["nullable"]?.bool == true { errors.forbidden(path.child("nullable"), "nullable cannot be true at the root") }
        if schema["default"] != nil { errors.forbidden(path.child("default"), "must not be set at the root") }
        let before = errors.causes.count
        check(schema, path, .root, 0, &errors)
        // Defaults are values of the schema and expressions speak of it, which has to be sound for that.
        guard errors.causes.count == before else { return }
        checkDefaults(schema, path, &errors)
        ExpressionRules.check(schema, path, &errors)
    }

    /// Where in its parent a schema stands: messages name it.
    private enum Place {
        case root, property, items, additionalProperties

        var description: String {
            switch self {
            case .root: "at the root"
            case .property, .additionalProperties: "for specified object fields"
            case .items: "for specified array items"
            }
        }
    }

    private static func check(_ schema: JSON, _ path: FieldPath, _ place: Place, _ depth: Int, _ errors: inout FieldErrors) {
        guard schema.object != nil else {
            errors.typeInvalid(path, schema, "must be an object")
            return
        }
        guard depth < maximumDepth else {
            errors.forbidden(path, "schemas may not nest deeper than \(maximumDepth) levels")
            return
        }
        checkType(schema, path, place, &errors)
        checkKeywords(schema, path, &errors)
        checkListsAndMaps(schema, path, &errors)
        for (name, property) in schema["properties"]?.object ?? [:] {
            check(property, path.child("properties").key(name), .property, depth + 1, &errors)
        }
        if let items = schema["items"] { check(items, path.child("items"), .items, depth + 1, &errors) }
        if let values = schema["additionalProperties"], values.object != nil {
            check(values, path.child("additionalProperties"), .additionalProperties, depth + 1, &errors)
        }
        checkRules(schema, path, depth, &errors)
    }

    private static func checkType(_ schema: JSON, _ path: FieldPath, _ place: Place, _ errors: inout FieldErrors) {
        let isIntOrString = schema["x-kubernetes-int-or-string"]?.bool == true
        let preserves = schema["x-kubernetes-preserve-unknown-fields"]?.bool == true
        let type = schema.text("type")
        if type.isEmpty {
            if !isIntOrString, !preserves || place == .root {
                errors.required(path.child("type"), "must not be empty \(place.description)")
            }
        } else if !types.contains(type) {
            errors.notSupported(path.child("type"), .string(type), types)
        } else if isIntOrString {
            errors.invalid(path.child("type"), .string(type), "must be empty if x-kubernetes-int-or-string is true")
        }
        if schema["x-kubernetes-preserve-unknown-fields"]?.bool == false {
            errors.invalid(path.child("x-kubernetes-preserve-unknown-fields"), false, "must be true or undefined")
        }
        if schema["x-kubernetes-embedded-resource"]?.bool == true {
            if type != "object" {
                errors.invalid(path.child("type"), .string(type), "must be object if x-kubernetes-embedded-resource is true")
            }
            if !preserves, schema["properties"] == nil {
                errors.required(
                    path.child("properties"),
                    "must not be empty if x-kubernetes-embedded-resource is true without x-kubernetes-preserve-unknown-fields")
            }
        }
        if type == "array", schema["items"] == nil { errors.required(path.child("items"), "must be specified") }
        if type != "array", schema["items"] != nil { errors.forbidden(path.child("items"), "items is only allowed for arrays") }
    }

    private static func checkKeywords(_ schema: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        for keyword in unsupported where schema[keyword] != nil {
            errors.forbidden(path.child(keyword), "\(keyword) is not supported")
        }
        if schema["uniqueItems"]?.bool == true {
            errors.forbidden(
                path.child("uniqueItems"), "uniqueItems cannot be set to true since the runtime complexity becomes quadratic")
        }
        switch schema["additionalProperties"] {
        case .bool(false)?:
            errors.forbidden(path.child("additionalProperties"), "additionalProperties cannot be set to false")
        case .some where schema["properties"]?.object?.isEmpty == false:
            errors.forbidden(
                path.child("additionalProperties"), "additionalProperties and properties are mutual exclusive")
        default: break
        }
    }

    private static func checkListsAndMaps(_ schema: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        if let mapType = schema["x-kubernetes-map-type"]?.string {
            if mapType != "atomic" && mapType != "granular" {
                errors.notSupported(path.child("x-kubernetes-map-type"), .string(mapType), ["atomic", "granular"])
            }
        }
        let keys = schema["x-kubernetes-list-map-keys"]?.strings ?? []
        let keysPath = path.child("x-kubernetes-list-map-keys")
        guard let listType = schema["x-kubernetes-list-type"]?.string else {
            if !keys.isEmpty { errors.forbidden(keysPath, "may only be set if x-kubernetes-list-type is map") }
            return
        }
        let listPath = path.child("x-kubernetes-list-type")
        if !["atomic", "map", "set"].contains(listType) {
            errors.notSupported(listPath, .string(listType), ["atomic", "map", "set"])
        }
        if schema.text("type") != "array" {
            errors.invalid(
                path.child("type"), .string(schema.text("type")), "must be array if x-kubernetes-list-type is specified")
        }
        guard listType == "map" else {
            if !keys.isEmpty { errors.forbidden(keysPath, "may only be set if x-kubernetes-list-type is map") }
            return
        }
        if keys.isEmpty { errors.required(keysPath, "must not be empty if x-kubernetes-list-type is map") }
        let items = schema["items"] ?? [:]
        if items.text("type") != "object" {
            errors.invalid(
                path.child("items").child("type"), .string(items.text("type")),
                "must be object if parent array's x-kubernetes-list-type is map")
        }
        let required = items["required"]?.strings ?? []
        for (index, key) in keys.enumerated() {
            guard let property = items["properties", key] else {
                errors.invalid(keysPath.index(index), .string(key), "must be a name of an item property")
                continue
            }
            if property["default"] == nil, !required.contains(key) {
                errors.required(
                    path.child("items").child("properties").key(key).child("default"),
                    "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property")
            }
        }
    }

    // MARK: allOf, anyOf, oneOf, not

    private static func checkRules(_ schema: JSON, _ path: FieldPath, _ depth: Int, _ errors: inout FieldErrors) {
        let mayNameTypes = schema["x-kubernetes-int-or-string"]?.bool == true
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for (index, rule) in schema.list(keyword).enumerated() {
                checkRule(rule, path.child(keyword).index(index), depth + 1, mayNameTypes: mayNameTypes, &errors)
            }
        }
        if let rule = schema["not"] { checkRule(rule, path.child("not"), depth + 1, mayNameTypes: false, &errors) }
    }

    private static func checkRule(
        _ rule: JSON, _ path: FieldPath, _ depth: Int, mayNameTypes: Bool, _ errors: inout FieldErrors
    ) {
        guard depth < maximumDepth else {
            errors.forbidden(path, "schemas may not nest deeper than \(maximumDepth) levels")
            return
        }
        for keyword in structural where rule[keyword] != nil && !(mayNameTypes && keyword == "type") {
            errors.forbidden(path.child(keyword), "must be empty to be structural")
        }
        checkKeywords(rule, path, &errors)
        for (name, property) in rule["properties"]?.object ?? [:] {
            checkRule(property, path.child("properties").key(name), depth + 1, mayNameTypes: false, &errors)
        }
        if let items = rule["items"] { checkRule(items, path.child("items"), depth + 1, mayNameTypes: false, &errors) }
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for (index, inner) in rule.list(keyword).enumerated() {
                checkRule(inner, path.child(keyword).index(index), depth + 1, mayNameTypes: mayNameTypes, &errors)
            }
        }
        if let inner = rule["not"] { checkRule(inner, path.child("not"), depth + 1, mayNameTypes: false, &errors) }
    }

    // MARK: Defaults

    private static func checkDefaults(_ schema: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        for (name, property) in schema["properties"]?.object ?? [:] {
            let at = path.child("properties").key(name)
            if let value = property["default"] {
                errors.append(SchemaValidator.validate(value, as: TypeSchema(structural: property), at.child("default")))
            }
            checkDefaults(property, at, &errors)
        }
        if let items = schema["items"] { checkDefaults(items, path.child("items"), &errors) }
        if let values = schema["additionalProperties"] { checkDefaults(values, path.child("additionalProperties"), &errors) }
    }
}
