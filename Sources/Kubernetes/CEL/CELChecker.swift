/// Works out the types of an expression, and refuses what could never be evaluated.
struct CELChecker {
    private var scope: [(name: String, type: CELType)]

    init(_ variables: [String: CELType]) { scope = variables.map { ($0.key, $0.value) } }

    mutating func type(of node: CELNode) throws(CELCompileError) -> CELType {
        switch node.kind {
        case .literal(let value): return Self.type(of: value)
        case .name(let name): return try variable(name, at: node.offset)
        case .select(let target, let name, let isOptional):
            let found = try field(name, of: try type(of: target), at: node.offset)
            return isOptional ? Self.optional(found) : found
        case .has(let target, let name):
            _ = try field(name, of: try type(of: target), at: node.offset)
            return .bool
        case .index(let target, let index, let isOptional):
            let found = try element(of: try type(of: target), at: try type(of: index), node.offset)
            return isOptional ? Self.optional(found) : found
        case .call(let name, let target, let arguments):
            let targetType: CELType? = if let target { try type(of: target) } else { nil }
            var types: [CELType] = []
            for argument in arguments { types.append(try type(of: argument)) }
            try checkPattern(name, arguments)
            return try CELFunctions.result(of: name, target: targetType, types, at: node.offset)
        case .unary(let operation, let operand): return try unary(operation, try type(of: operand), node.offset)
        case .binary(let operation, let left, let right):
            return try binary(operation, try type(of: left), try type(of: right), node.offset)
        case .conditional(let condition, let yes, let no):
            try require(.bool, try type(of: condition), "_?_:_", condition.offset)
            let types = [try type(of: yes), try type(of: no)]
            return CELType.common(types)
        case .list(let elements):
            var types: [CELType] = []
            for element in elements { types.append(try type(of: element)) }
            return .list(CELType.common(types))
        case .map(let entries):
            var keys: [CELType] = []
            var values: [CELType] = []
            for entry in entries {
                keys.append(try type(of: entry.key))
                values.append(try type(of: entry.value))
            }
            return .map(CELType.common(keys), CELType.common(values))
        case .macro(let macro): return try self.macro(macro, at: node.offset)
        }
    }

    private static func optional(_ type: CELType) -> CELType { if case .optional = type { type } else { .optional(type) } }

    private static func type(of value: CELValue) -> CELType {
        switch value {
        case .null: .null
        case .bool: .bool
        case .int: .int
        case .uint: .uint
        case .double: .double
        case .string: .string
        case .bytes: .bytes
        default: .dyn
        }
    }

    private static let typeNames: Set = ["bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type"]

    private func variable(_ name: String, at offset: Int) throws(CELCompileError) -> CELType {
        if let found = scope.last(where: { $0.name == name }) { return found.type }
        guard Self.typeNames.contains(name) else {
            throw CELCompileError("undeclared reference to '\(name)' (in container '')", at: offset)
        }
        return .type
    }

    private func field(_ name: String, of type: CELType, at offset: Int) throws(CELCompileError) -> CELType {
        switch type {
        case .dyn: return .dyn
        case .map(_, let value): return value
        case .optional(let value): return Self.optional(try field(name, of: value, at: offset))
        case .object(let schema):
            guard let found = schema.object?.field(CELNames.unescape(name)) else {
                throw CELCompileError("undefined field '\(name)'", at: offset)
            }
            return CELType(found.type)
        default: throw CELCompileError("type '\(type)' does not support field selection", at: offset)
        }
    }

    private func element(of type: CELType, at index: CELType, _ offset: Int) throws(CELCompileError) -> CELType {
        var bindings: [String: CELType] = [:]
        switch type {
        case .dyn: return .dyn
        case .list(let element) where index.isNumber: return element
        case .map(let key, let value) where index.fits(key, &bindings): return value
        case .optional(let value): return Self.optional(try element(of: value, at: index, offset))
        default: throw CELFunctions.noOverload("_[_]", nil, [type, index], at: offset)
        }
    }

    private func require(_ wanted: CELType, _ found: CELType, _ name: String, _ offset: Int) throws(CELCompileError) {
        var bindings: [String: CELType] = [:]
        guard found.fits(wanted, &bindings) else { throw CELFunctions.noOverload(name, nil, [found], at: offset) }
    }

    private func unary(_ operation: CELNode.Unary, _ operand: CELType, _ offset: Int) throws(CELCompileError) -> CELType {
        switch (operation, operand) {
        case (.not, .bool), (.not, .dyn): return .bool
        case (.negate, .int), (.negate, .double), (.negate, .dyn): return operand
        default: throw CELFunctions.noOverload(operation == .not ? "!_" : "-_", nil, [operand], at: offset)
        }
    }

    private func binary(
        _ operation: CELNode.Binary, _ left: CELType, _ right: CELType, _ offset: Int
    ) throws(CELCompileError) -> CELType {
        let name = operation == .within ? "@in" : "_\(operation.rawValue)_"
        var bindings: [String: CELType] = [:]
        switch operation {
        case .equal, .notEqual:
            let isSame = left.fits(right, &bindings) || right.fits(left, &bindings) || (left.isNumber && right.isNumber)
            if case .null = left { return .bool }
            if case .null = right { return .bool }
            guard isSame else { throw CELFunctions.noOverload(name, nil, [left, right], at: offset) }
            return .bool
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            if left.isNumber && right.isNumber { return .bool }
            return try CELFunctions.result(of: "_<_", target: nil, [left, right], at: offset, shownAs: name)
        default: return try CELFunctions.result(of: name, target: nil, [left, right], at: offset)
        }
    }

    private mutating func macro(_ macro: CELNode.Macro, at offset: Int) throws(CELCompileError) -> CELType {
        let element: CELType
        switch try type(of: macro.range) {
        case .dyn: element = .dyn
        case .list(let type): element = type
        case .map(let key, _): element = key
        case let other:
            throw CELCompileError(
                "expression of type '\(other)' cannot be range of a comprehension (must be list, map, or dynamic)", at: offset)
        }
        scope.append((macro.variable, element))
        defer { scope.removeLast() }
        if let condition = macro.condition {
            try require(.bool, try type(of: condition), "\(macro.operation.rawValue)", condition.offset)
        }
        switch macro.operation {
        case .all, .exists, .existsOne: return .bool
        case .filter: return .list(element)
        case .map:
            guard let result = macro.result else { return .list(.dyn) }
            return .list(try type(of: result))
        }
    }

    /// A pattern that is written out is tried at once.
    private func checkPattern(_ name: String, _ arguments: [CELNode]) throws(CELCompileError) {
        guard ["matches", "find", "findAll"].contains(name), let last = arguments.last,
            case .literal(.string(let pattern)) = last.kind, !RegularExpressions.isValid(pattern)
        else { return }
        throw CELCompileError("error parsing regexp: `\(pattern)`", at: last.offset)
    }
}
