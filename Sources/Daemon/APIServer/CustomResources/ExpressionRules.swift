import Kubernetes

/// Which rules in expressions (`x-kubernetes-validations`) a schema may have: those that compile for it.
enum ExpressionRules {
    private static let keyword = "x-kubernetes-validations"

    /// Whether a schema has rules anywhere.
    static func areIn(_ schema: JSON) -> Bool {
        switch schema {
        case .object(let members): members.contains { $0.key == keyword || areIn($0.value) }
        case .array(let elements): elements.contains(where: areIn)
        default: false
        }
    }

    /// - Parameter path: of a sound schema.
    static func check(_ schema: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard areIn(schema) else { return }
        check(schema, path, isRoot: true, isCorrelatable: true, &errors)
    }

    /// - Parameter isCorrelatable: whether it can be told which value a new one has come from.
    private static func check(
        _ schema: JSON, _ path: FieldPath, isRoot: Bool = false, isCorrelatable: Bool, _ errors: inout FieldErrors
    ) {
        let rules = schema.list(keyword)
        if !rules.isEmpty {
            let type = isRoot ? TypeSchema.customResource(schema) : TypeSchema(structural: schema)
            for (index, rule) in rules.enumerated() {
                check(rule, type, path.child(keyword).index(index), isCorrelatable: isCorrelatable, &errors)
            }
        }
        for (name, property) in schema["properties"]?.object ?? [:] {
            check(property, path.child("properties").key(name), isCorrelatable: isCorrelatable, &errors)
        }
        if let items = schema["items"] {
            let isMap = schema["x-kubernetes-list-type"]?.string == "map"
            check(items, path.child("items"), isCorrelatable: isCorrelatable && isMap, &errors)
        }
        if let values = schema["additionalProperties"], values.object != nil {
            check(values, path.child("additionalProperties"), isCorrelatable: isCorrelatable, &errors)
        }
    }

    private static func check(
        _ json: JSON, _ type: TypeSchema, _ path: FieldPath, isCorrelatable: Bool, _ errors: inout FieldErrors
    ) {
        guard json.text("rule").contains(where: { !$0.isWhitespace }) else {
            return errors.required(path.child("rule"), "rule is not specified")
        }
        errors.oneOf(json["reason"], ValidationRule.reasons.sorted(), path.child("reason"))
        if let fieldPath = json["fieldPath"]?.string, !fieldPath.isEmpty, !fieldPath.hasPrefix(".") {
            errors.invalid(path.child("fieldPath"), json["fieldPath"], "fieldPath must be a valid path that begins with a dot")
        }
        for field in ["message", "messageExpression"] where json.text(field).contains("\n") {
            errors.invalid(path.child(field), json[field], "\(field) must not contain line breaks")
        }
        var withoutMessage = json
        withoutMessage["messageExpression"] = nil
        do throws(CELCompileError) {
            let rule = try ValidationRule(withoutMessage, for: type)
            if rule.mentionsOldSelf, !isCorrelatable {
                errors.invalid(
                    path.child("rule"), json["rule"],
                    "oldSelf cannot be used on the uncorrelatable portion of the schema: elements of this list have no keys")
            }
        } catch {
            return errors.invalid(path.child("rule"), json["rule"], "compilation failed: \(error)")
        }
        do throws(CELCompileError) {
            _ = try ValidationRule(json, for: type)
        } catch {
            errors.invalid(path.child("messageExpression"), json["messageExpression"], "compilation failed: \(error)")
        }
    }
}
