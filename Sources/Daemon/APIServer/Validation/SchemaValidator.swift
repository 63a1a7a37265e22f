import Kubernetes

/// Validates a custom resource against its schema, in the words of kube-apiserver.
///
/// Of an update, what did not change is not looked at: a schema that has become stricter since must not stand in the way of
/// changing something else (Kubernetes documentation, "Validation ratcheting").
struct SchemaValidator {
    private(set) var errors = FieldErrors()

    /// - Parameter old: what is stored; nil on creation.
    static func validate(_ object: JSON, old: JSON?, _ schema: TypeSchema) -> FieldErrors {
        var validator = SchemaValidator()
        guard let type = schema.object, case .object(let members) = object else { return FieldErrors() }
        // Metadata has rules of its own.
        validator.members(members, old: old, type, FieldPath(""), passing: ["apiVersion", "kind", "metadata"])
        return validator.errors
    }

    /// Checks one value, a default say.
    static func validate(_ value: JSON, as schema: TypeSchema, _ path: FieldPath) -> FieldErrors {
        var validator = SchemaValidator()
        validator.validate(value, old: nil, schema, path)
        return validator.errors
    }

    private mutating func validate(_ value: JSON, old: JSON?, _ schema: TypeSchema, _ path: FieldPath) {
        if value.isNull, schema.isNullable { return }
        if let old, old == value { return }
        switch schema.shape {
        case .any: return
        case .boolean: guard case .bool = value else { return wrongType(value, "boolean", path) }
        case .string, .bytes: guard case .string = value else { return wrongType(value, "string", path) }
        case .time, .microTime:
            guard case .string(let text) = value else { return wrongType(value, "string", path) }
            if Timestamp(text) == nil { errors.typeInvalid(path, value, "\(path) in body must be of type date-time: \(value)") }
        case .integer(let bits):
            guard let integer = value.integer else { return wrongType(value, "integer", path) }
            if bits == 32, Int32(exactly: integer) == nil {
                errors.invalid(path, value, "\(path) in body must be of type int32: \(value)")
            }
        case .number: guard value.double != nil else { return wrongType(value, "number", path) }
        case .quantity:
            guard value.string != nil || value.integer != nil else { return wrongType(value, "integer,string", path) }
            if let text = value.string, Quantity(text) == nil {
                errors.invalid(path, value, "\(path) in body should match '\(Self.quantityPattern)'")
            }
        case .intOrString:
            guard value.string != nil || value.integer != nil else { return wrongType(value, "integer,string", path) }
        case .array(let element):
            guard case .array(let elements) = value else { return wrongType(value, "array", path) }
            for (index, item) in elements.enumerated() {
                validate(item, old: schema.counterpart(of: item, in: old), element, path.index(index))
            }
            checkKeys(elements, schema.listType, path)
        case .map(let type):
            guard case .object(let members) = value else { return wrongType(value, "object", path) }
            for (key, member) in members { validate(member, old: old?[key], type, path.child(key)) }
        case .object(let type):
            guard case .object(let members) = value else { return wrongType(value, "object", path) }
            self.members(members, old: old, type, path)
        }
        if let constraints = schema.constraints { check(value, constraints, path) }
    }

    private mutating func members(
        _ members: JSONObject, old: JSON?, _ type: ObjectType, _ path: FieldPath, passing: [String] = []
    ) {
        for field in type.requiredFields where members[field.name] == nil && !passing.contains(field.name) {
            errors.required(path.child(field.name))
        }
        for (name, member) in members where !passing.contains(name) {
            let old = old?[name]
            if old == member { continue }
            if let field = type.field(name) { validate(member, old: old, field.type, path.child(name)) }
        }
    }

    private mutating func wrongType(_ value: JSON, _ wanted: String, _ path: FieldPath) {
        errors.typeInvalid(path, .string(value.typeName), "\(path) in body must be of type \(wanted): \"\(value.typeName)\"")
    }

    /// Elements of `set` lists and the keys of `map` lists must be unique.
    private mutating func checkKeys(_ elements: [JSON], _ listType: TypeSchema.ListType, _ path: FieldPath) {
        switch listType {
        case .atomic: return
        case .set:
            for (index, element) in elements.enumerated() where elements[..<index].contains(element) {
                errors.duplicate(path.index(index), element)
            }
        case .map(let keys):
            let values = elements.map { element in keys.map { element[$0] } }
            for (index, element) in elements.enumerated() where values[..<index].contains(values[index]) {
                let key = JSON.object(JSONObject(keys.compactMap { name in element[name].map { (name, $0) } }))
                errors.duplicate(path.index(index), key)
            }
        }
    }

    private mutating func check(_ value: JSON, _ rules: Constraints, _ path: FieldPath) {
        if !rules.allowedValues.isEmpty, !rules.allowedValues.contains(value) {
            errors.notSupported(path, value, rules.allowedValues.map { $0.string ?? $0.description })
        }
        checkAlternatives(value, rules, path)
        if let number = value.double { check(value, number, rules, path) }
        if let text = value.string { check(text, rules, path) }
        if let elements = value.array {
            if let limit = rules.minItems, elements.count < limit {
                errors.invalid(path, value, "\(path) in body should have at least \(limit) items")
            }
            if let limit = rules.maxItems, elements.count > limit { errors.tooMany(path, count: elements.count, limit: limit) }
            if rules.hasUniqueItems, elements.indices.contains(where: { elements[..<$0].contains(elements[$0]) }) {
                errors.invalid(path, value, "\(path) in body shouldn't contain duplicates")
            }
        }
        if let members = value.object {
            if let limit = rules.minProperties, members.count < limit {
                errors.invalid(path, value, "\(path) in body should have at least \(limit) properties")
            }
            if let limit = rules.maxProperties, members.count > limit { errors.tooMany(path, count: members.count, limit: limit) }
        }
    }

    // MARK: Rules of rules

    private mutating func checkAlternatives(_ value: JSON, _ rules: Constraints, _ path: FieldPath) {
        func holds(_ rule: ValueRule) -> Bool {
            var validator = SchemaValidator()
            validator.check(value, rule, path)
            return validator.errors.isEmpty
        }
        for rule in rules.allOf { check(value, rule, path) }
        let place = "\"\(path)\" must"
        if !rules.anyOf.isEmpty, !rules.anyOf.contains(where: holds) {
            errors.invalid(path, value, "\(place) validate at least one schema (anyOf)")
        }
        if !rules.oneOf.isEmpty {
            let count = rules.oneOf.count(where: holds)
            let found = count == 0 ? "Found none valid" : "Found \(count) valid alternatives"
            if count != 1 { errors.invalid(path, value, "\(place) validate one and only one schema (oneOf). \(found)") }
        }
        if rules.not.contains(where: holds) { errors.invalid(path, value, "\(place) not validate the schema (not)") }
    }

    private mutating func check(_ value: JSON, _ rule: ValueRule, _ path: FieldPath) {
        check(value, rule.constraints, path)
        if let members = value.object {
            for name in rule.required where members[name] == nil { errors.required(path.child(name)) }
            for (name, rule) in rule.properties.sorted(by: { $0.key < $1.key }) {
                if let member = members[name] { check(member, rule, path.child(name)) }
            }
        }
        for rule in rule.items {
            for (index, element) in (value.array ?? []).enumerated() { check(element, rule, path.index(index)) }
        }
    }

    private mutating func check(_ value: JSON, _ number: Double, _ rules: Constraints, _ path: FieldPath) {
        if let limit = rules.minimum, rules.isMinimumExclusive ? number <= limit : number < limit {
            let words = rules.isMinimumExclusive ? "greater than" : "greater than or equal to"
            errors.invalid(path, value, "\(path) in body should be \(words) \(JSON.number(limit).whole)")
        }
        if let limit = rules.maximum, rules.isMaximumExclusive ? number >= limit : number > limit {
            let words = rules.isMaximumExclusive ? "less than" : "less than or equal to"
            errors.invalid(path, value, "\(path) in body should be \(words) \(JSON.number(limit).whole)")
        }
        if let factor = rules.multipleOf, factor > 0, (number / factor).rounded() * factor != number {
            errors.invalid(path, value, "\(path) in body should be a multiple of \(JSON.number(factor).whole)")
        }
    }

    private mutating func check(_ text: String, _ rules: Constraints, _ path: FieldPath) {
        let length = text.unicodeScalars.count
        if let limit = rules.minLength, length < limit {
            errors.invalid(path, .string(text), "\(path) in body should be at least \(limit) chars long")
        }
        if let limit = rules.maxLength, length > limit { errors.tooLong(path, limit: limit) }
        if let pattern = rules.pattern, !RegularExpressions.matches(text, pattern) {
            errors.invalid(path, .string(text), "\(path) in body should match '\(pattern)'")
        }
        if let format = rules.format, let known = StringFormat(rawValue: format), !known.matches(text) {
            errors.typeInvalid(path, .string(text), "\(path) in body must be of type \(format): \(JSON.string(text))")
        }
    }

    private static let quantityPattern =
        #"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))))?$"#
}

extension TypeSchema {
    /// The element of an earlier list that `element` has become: the one of the same keys. Nil where elements have none.
    func counterpart(of element: JSON, in old: JSON?) -> JSON? {
        guard case .map(let keys) = listType else { return nil }
        return old?.array?.first { other in keys.allSatisfy { other[$0] == element[$0] } }
    }
}

extension JSON {
    /// `3` for `3.0`.
    fileprivate var whole: JSON { integer.map(JSON.integer) ?? self }
}
