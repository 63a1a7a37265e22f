import Kubernetes

/// Validates a custom resource by the expressions of its schema (Kubernetes documentation, "Validation rules").
struct RuleValidator {
    private var errors = FieldErrors()
    /// Steps that are left for all rules together.
    private var budget = Self.maximumSteps

    /// Some seconds of a processor; ordinary rules take a few dozen steps.
    private static let maximumSteps = 10_000_000
    /// Of one rule for one value.
    private static let maximumStepsOfRule = 1_000_000

    /// - Parameter old: what is stored, in the same version; nil on creation.
    static func validate(_ object: JSON, old: JSON?, _ schema: TypeSchema) -> FieldErrors {
        var validator = RuleValidator()
        validator.visit(object, old: old, schema, FieldPath(""))
        return validator.errors
    }

    private mutating func visit(_ value: JSON, old: JSON?, _ schema: TypeSchema, _ path: FieldPath) {
        // What did not change need not become valid, as with the schema itself.
        if value.isNull || budget <= 0 || (old != nil && old == value) { return }
        for rule in schema.rules { check(rule, value, old: old, schema, path) }
        switch (schema.shape, value) {
        case (.object(let type), .object(let members)):
            for (name, member) in members {
                if let field = type.field(name) { visit(member, old: old?[name], field.type, path.child(name)) }
            }
        case (.map(let type), .object(let members)):
            for (name, member) in members { visit(member, old: old?[name], type, path.key(name)) }
        case (.array(let type), .array(let elements)):
            for (index, element) in elements.enumerated() {
                visit(element, old: schema.counterpart(of: element, in: old), type, path.index(index))
            }
        default: break
        }
    }

    private mutating func check(
        _ rule: ValidationRule, _ value: JSON, old: JSON?, _ schema: TypeSchema, _ path: FieldPath
    ) {
        var variables = ["self": CELValue(value, schema)]
        let before = old.map { CELValue($0, schema) }
        if rule.hasOptionalOldSelf {
            variables["oldSelf"] = .optional(before.map { [$0] } ?? [])
        } else if rule.mentionsOldSelf {
            guard let before else { return }
            variables["oldSelf"] = before
        }
        let place = rule.fieldPath.isEmpty ? path : path.appending(rule.fieldPath)
        do throws(CELEvaluationError) {
            guard case .bool(true) = try evaluate(rule.program, variables) else {
                return refuse(rule, place, schema, try message(of: rule, variables))
            }
        } catch {
            let what = rule.message.isEmpty ? rule.source : rule.message
            let why =
                switch error {
                case _ where error.isTooCostly:
                    "no further validation rules will be run due to call cost exceeds limit for rule: \(what)"
                case .noSuchOverload:
                    "call arguments did not match a supported operator, function or macro signature for rule: \(what)"
                default: "evaluating rule: \(what)"
                }
            let separator = error == .noSuchOverload || error.isTooCostly ? ": " : " "
            errors.invalid(path, .string(schema.typeName), "\(error)\(separator)\(why)")
            if error.isTooCostly { budget = 0 }
        }
    }

    private mutating func evaluate(
        _ program: CELProgram, _ variables: [String: CELValue]
    ) throws(CELEvaluationError) -> CELValue {
        let granted = min(budget, Self.maximumStepsOfRule)
        var left = granted
        defer { budget -= granted - left }
        return try program.evaluate(variables, budget: &left)
    }

    /// A message expression that fails, or has nothing fit to show, leaves the message.
    private mutating func message(
        of rule: ValidationRule, _ variables: [String: CELValue]
    ) throws(CELEvaluationError) -> String {
        if let expression = rule.messageExpression, case .string(let text)? = try? evaluate(expression, variables),
            text.contains(where: { !$0.isWhitespace }), !text.contains("\n"), text.utf8.count <= 5 * 1024
        {
            return text
        }
        return rule.message.isEmpty ? "failed rule: \(rule.source)" : rule.message
    }

    private mutating func refuse(_ rule: ValidationRule, _ path: FieldPath, _ schema: TypeSchema, _ message: String) {
        switch rule.reason {
        case "FieldValueForbidden": errors.forbidden(path, message)
        case "FieldValueRequired": errors.required(path, message)
        case "FieldValueDuplicate": errors.duplicate(path, .string(schema.typeName), message)
        default: errors.invalid(path, .string(schema.typeName), message)
        }
    }
}

extension FieldPath {
    /// - Parameter rest: begins with a dot.
    fileprivate func appending(_ rest: String) -> FieldPath {
        FieldPath(description.isEmpty ? String(rest.dropFirst()) : description + rest)
    }
}

extension TypeSchema {
    /// As messages show a value that an expression refuses.
    fileprivate var typeName: String {
        switch shape {
        case .boolean: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string, .bytes, .time, .microTime: "string"
        case .array: "array"
        case .map, .object: "object"
        case .any, .quantity, .intOrString: ""
        }
    }
}
