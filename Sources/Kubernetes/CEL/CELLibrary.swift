/// What operators and functions do.
enum CELLibrary {
    // MARK: Operators

    static func operate(
        _ operation: CELNode.Binary, _ left: CELValue, _ right: CELValue
    ) throws(CELEvaluationError) -> CELValue {
        switch operation {
        case .equal: return .bool(left.equals(right))
        case .notEqual: return .bool(!left.equals(right))
        case .less: return .bool(try order(left, right).map { $0 < 0 } ?? false)
        case .lessOrEqual: return .bool(try order(left, right).map { $0 <= 0 } ?? false)
        case .greater: return .bool(try order(left, right).map { $0 > 0 } ?? false)
        case .greaterOrEqual: return .bool(try order(left, right).map { $0 >= 0 } ?? false)
        case .within:
            if let elements = right.elements { return .bool(elements.contains { $0.equals(left) }) }
            guard right.entries != nil else { throw .noSuchOverload }
            return .bool(right.entry(left) != nil)
        case .add: return try add(left, right)
        case .subtract: return try subtract(left, right)
        case .multiply, .divide, .remainder: return try scale(operation, left, right)
        case .and, .or: throw .noSuchOverload  // the evaluator's own, as they need not look at both sides
        }
    }

    /// Nil where one of two numbers is NaN, which is neither less nor more than anything.
    private static func order(_ left: CELValue, _ right: CELValue) throws(CELEvaluationError) -> Int? {
        if let order = left.order(to: right) { return order }
        if case .double(let value) = left, value.isNaN { return nil }
        if case .double(let value) = right, value.isNaN { return nil }
        throw .noSuchOverload
    }

    private static func exact<Value>(_ result: (partialValue: Value, overflow: Bool)) throws(CELEvaluationError) -> Value {
        guard !result.overflow else { throw .overflow }
        return result.partialValue
    }

    private static func add(_ left: CELValue, _ right: CELValue) throws(CELEvaluationError) -> CELValue {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try exact(left.addingReportingOverflow(right)))
        case (.uint(let left), .uint(let right)): return .uint(try exact(left.addingReportingOverflow(right)))
        case (.double(let left), .double(let right)): return .double(left + right)
        case (.string(let left), .string(let right)): return .string(left + right)
        case (.bytes(let left), .bytes(let right)): return .bytes(left + right)
        case (.duration(let left), .duration(let right)): return .duration(try exact(left.addingReportingOverflow(right)))
        case (.timestamp(let time), .duration(let span)), (.duration(let span), .timestamp(let time)):
            return .timestamp(Timestamp(nanoseconds: try exact(time.nanoseconds.addingReportingOverflow(span))))
        default:
            guard let elements = left.elements, let others = right.elements else { throw .noSuchOverload }
            guard case .array(_, let schema?) = left else { return .list(elements + others) }
            return .list(union(elements, others, schema.listType))
        }
    }

    /// A set gets what it does not have; in a list map, elements of the same keys give way.
    private static func union(_ left: [CELValue], _ right: [CELValue], _ type: TypeSchema.ListType) -> [CELValue] {
        func isSame(_ element: CELValue, _ other: CELValue) -> Bool {
            guard case .map(let keys) = type else { return element.equals(other) }
            return keys.allSatisfy { key in
                guard let own = element.entry(.string(key)) else { return other.entry(.string(key)) == nil }
                return other.entry(.string(key))?.equals(own) == true
            }
        }
        guard type != .atomic else { return left + right }
        var result = left
        for element in right {
            if let index = left.firstIndex(where: { isSame($0, element) }) {
                result[index] = element
            } else {
                result.append(element)
            }
        }
        return result
    }

    private static func subtract(_ left: CELValue, _ right: CELValue) throws(CELEvaluationError) -> CELValue {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try exact(left.subtractingReportingOverflow(right)))
        case (.uint(let left), .uint(let right)): return .uint(try exact(left.subtractingReportingOverflow(right)))
        case (.double(let left), .double(let right)): return .double(left - right)
        case (.duration(let left), .duration(let right)): return .duration(try exact(left.subtractingReportingOverflow(right)))
        case (.timestamp(let left), .timestamp(let right)):
            return .duration(try exact(left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)))
        case (.timestamp(let time), .duration(let span)):
            return .timestamp(Timestamp(nanoseconds: try exact(time.nanoseconds.subtractingReportingOverflow(span))))
        default: throw .noSuchOverload
        }
    }

    private static func scale(
        _ operation: CELNode.Binary, _ left: CELValue, _ right: CELValue
    ) throws(CELEvaluationError) -> CELValue {
        switch (left, right) {
        case (.int(let left), .int(let right)): return .int(try scale(operation, left, right))
        case (.uint(let left), .uint(let right)): return .uint(try scale(operation, left, right))
        case (.double(let left), .double(let right)):
            guard operation != .remainder else { throw .noSuchOverload }
            return .double(operation == .multiply ? left * right : left / right)
        default: throw .noSuchOverload
        }
    }

    private static func scale<Value: FixedWidthInteger>(
        _ operation: CELNode.Binary, _ left: Value, _ right: Value
    ) throws(CELEvaluationError) -> Value {
        if operation == .multiply { return try exact(left.multipliedReportingOverflow(by: right)) }
        guard right != 0 else {
            throw CELEvaluationError(operation == .divide ? "division by zero" : "modulus by zero")
        }
        return try exact(
            operation == .divide ? left.dividedReportingOverflow(by: right) : left.remainderReportingOverflow(dividingBy: right))
    }

    // MARK: Functions

    /// - Parameter values: with the target first, where the call has one.
    static func call(_ name: String, _ values: [CELValue], hasTarget: Bool) throws(CELEvaluationError) -> CELValue {
        if name == "size", let size = values.first?.size { return .int(Int64(size)) }
        if !hasTarget, let result = try CELConversions.call(name, values) { return result }
        switch (name, values.first) {
        case ("matches", .string(let text)?): return try matches(text, values.last)
        case (_, .string(let text)?) where hasTarget: return try CELStrings.call(name, text, Array(values.dropFirst()))
        case (_, .timestamp?), (_, .duration?): return try CELTimes.call(name, values)
        case (_, .quantity(let quantity)?): return try CELQuantities.call(name, quantity, values.dropFirst().first)
        case (_, .optional(let content)?) where hasTarget: return try optional(name, content, values.dropFirst().first)
        case ("optional.none", nil): return .optional([])
        case ("optional.of", let value?): return .optional([value])
        case ("optional.ofNonZeroValue", let value?): return .optional(isZero(value) ? [] : [value])
        default:
            guard let elements = values.first?.elements else { throw .noSuchOverload }
            return try CELLists.call(name, elements, Array(values.dropFirst()))
        }
    }

    private static func matches(_ text: String, _ pattern: CELValue?) throws(CELEvaluationError) -> CELValue {
        guard case .string(let pattern)? = pattern, RegularExpressions.isValid(pattern) else {
            throw CELEvaluationError("error parsing regexp")
        }
        return .bool(RegularExpressions.matches(text, pattern))
    }

    private static func optional(
        _ name: String, _ content: [CELValue], _ argument: CELValue?
    ) throws(CELEvaluationError) -> CELValue {
        switch name {
        case "hasValue": return .bool(!content.isEmpty)
        case "value":
            guard let value = content.first else { throw CELEvaluationError("optional.none() dereference") }
            return value
        case "orValue": return content.first ?? argument ?? .null
        case "or": return content.isEmpty ? argument ?? .optional([]) : .optional(content)
        default: throw .noSuchOverload
        }
    }

    private static func isZero(_ value: CELValue) -> Bool {
        switch value {
        case .null, .bool(false), .int(0), .uint(0), .double(0), .duration(0): true
        default: value.size == 0
        }
    }

    /// A value as `string()` has it, and as messages show it.
    static func text(of value: CELValue) throws(CELEvaluationError) -> String {
        switch value {
        case .string(let text): return text
        case .bool(let value): return String(value)
        case .int(let value): return String(value)
        case .uint(let value): return String(value)
        case .double(let value): return Int64(exactly: value).map { String($0) } ?? String(value)
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw CELEvaluationError("invalid UTF-8 in bytes, cannot convert to string")
            }
            return text
        case .timestamp(let time): return time.description
        case .duration(let nanoseconds): return CELDuration.text(nanoseconds)
        default: throw .noSuchOverload
        }
    }
}
