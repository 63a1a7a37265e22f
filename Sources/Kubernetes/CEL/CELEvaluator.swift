/// Evaluates an expression by walking its tree.
struct CELEvaluator {
    private var scope: [(name: String, value: CELValue)]
    /// Steps that are left: a node is one, and what is done with long strings and lists costs more.
    private(set) var budget: Int

    init(_ variables: [String: CELValue], budget: Int) {
        scope = variables.map { ($0.key, $0.value) }
        self.budget = budget
    }

    mutating func spend(_ steps: Int) throws(CELEvaluationError) {
        budget -= steps
        if budget < 0 { throw .tooCostly }
    }

    mutating func value(of node: CELNode) throws(CELEvaluationError) -> CELValue {
        try spend(1)
        switch node.kind {
        case .literal(let value): return value
        case .name(let name): return variable(name)
        case .select(let target, let name, let isOptional):
            return try select(name, of: try value(of: target), isOptional: isOptional)
        case .has(let target, let name):
            let target = try value(of: target)
            if case .optional(let content) = target { return .bool(content.first?.member(name) != nil) }
            guard target.entries != nil else { throw .noSuchOverload }
            return .bool(target.member(name) != nil)
        case .index(let target, let index, let isOptional):
            return try element(of: try value(of: target), at: try value(of: index), isOptional: isOptional)
        case .call(let name, let target, let arguments):
            var values: [CELValue] = []
            if let target { values.append(try value(of: target)) }
            for argument in arguments { values.append(try value(of: argument)) }
            try spend(values.reduce(0) { $0 + ($1.size ?? 0) / 10 })
            return try CELLibrary.call(name, values, hasTarget: target != nil)
        case .unary(let operation, let operand): return try unary(operation, try value(of: operand))
        case .binary(.and, let left, let right): return try both(left, right, deciding: false)
        case .binary(.or, let left, let right): return try both(left, right, deciding: true)
        case .binary(let operation, let left, let right):
            let left = try value(of: left)
            let right = try value(of: right)
            try spend(((left.size ?? 0) + (right.size ?? 0)) / 10)
            return try CELLibrary.operate(operation, left, right)
        case .conditional(let condition, let yes, let no):
            guard case .bool(let holds) = try value(of: condition) else { throw .noSuchOverload }
            return try value(of: holds ? yes : no)
        case .list(let nodes):
            var elements: [CELValue] = []
            for node in nodes { elements.append(try value(of: node)) }
            return .list(elements)
        case .map(let nodes):
            var entries: [(CELValue, CELValue)] = []
            for entry in nodes { entries.append((try value(of: entry.key), try value(of: entry.value))) }
            return .map(entries)
        case .macro(let macro): return try self.macro(macro)
        }
    }

    /// The checker has seen that there is one; else it names a type.
    private func variable(_ name: String) -> CELValue { scope.last { $0.name == name }?.value ?? .type(name) }

    // MARK: Parts

    private func select(_ name: String, of target: CELValue, isOptional: Bool) throws(CELEvaluationError) -> CELValue {
        if case .optional(let content) = target {
            return .optional(content.first?.member(name).map { [$0] } ?? [])
        }
        guard target.entries != nil else { throw .noSuchOverload }
        let found = target.member(name)
        if isOptional { return .optional(found.map { [$0] } ?? []) }
        guard let found else { throw .noSuchKey(name) }
        return found
    }

    private func element(of target: CELValue, at index: CELValue, isOptional: Bool) throws(CELEvaluationError) -> CELValue {
        if case .optional(let content) = target {
            guard let content = content.first else { return .optional([]) }
            return try element(of: content, at: index, isOptional: true)
        }
        var found: CELValue?
        let isList = target.elements != nil
        if let elements = target.elements {
            guard let position = Self.position(index) else { throw .noSuchOverload }
            found = elements.indices.contains(position) ? elements[position] : nil
        } else if target.entries != nil {
            found = target.entry(index)
        } else {
            throw .noSuchOverload
        }
        if isOptional { return .optional(found.map { [$0] } ?? []) }
        guard let found else {
            let text = (try? CELLibrary.text(of: index)) ?? ""
            throw isList ? CELEvaluationError("index out of bounds: \(text)") : .noSuchKey(text)
        }
        return found
    }

    private static func position(_ index: CELValue) -> Int? {
        switch index {
        case .int(let value): Int(value)
        case .uint(let value): Int(exactly: value)
        case .double(let value): Int(exactly: value)
        default: nil
        }
    }

    // MARK: Logic

    private func unary(_ operation: CELNode.Unary, _ operand: CELValue) throws(CELEvaluationError) -> CELValue {
        switch (operation, operand) {
        case (.not, .bool(let value)): return .bool(!value)
        case (.negate, .int(let value)):
            guard value != .min else { throw .overflow }
            return .int(-value)
        case (.negate, .double(let value)): return .double(-value)
        default: throw .noSuchOverload
        }
    }

    /// Whichever side decides, decides, even where the other has no value.
    private mutating func both(_ left: CELNode, _ right: CELNode, deciding: Bool) throws(CELEvaluationError) -> CELValue {
        var failure: CELEvaluationError?
        for side in [left, right] {
            do throws(CELEvaluationError) {
                guard case .bool(let value) = try value(of: side) else { throw .noSuchOverload }
                if value == deciding { return .bool(deciding) }
            } catch {
                guard !error.isTooCostly else { throw error }
                failure = failure ?? error
            }
        }
        if let failure { throw failure }
        return .bool(!deciding)
    }

    private mutating func macro(_ macro: CELNode.Macro) throws(CELEvaluationError) -> CELValue {
        let range = try value(of: macro.range)
        guard let elements = range.elements ?? range.entries?.map(\.key) else { throw .noSuchOverload }
        try spend(elements.count)
        var results: [CELValue] = []
        var matches = 0
        var failure: CELEvaluationError?
        for element in elements {
            scope.append((macro.variable, element))
            defer { scope.removeLast() }
            var holds = true
            if let condition = macro.condition {
                do throws(CELEvaluationError) {
                    guard case .bool(let value) = try value(of: condition) else { throw .noSuchOverload }
                    holds = value
                } catch {
                    // As with "&&" and "||", an element that decides outweighs one that fails.
                    guard !error.isTooCostly, macro.operation == .all || macro.operation == .exists else { throw error }
                    failure = failure ?? error
                    continue
                }
            }
            if holds { matches += 1 }
            switch macro.operation {
            case .all: if !holds { return .bool(false) }
            case .exists: if holds { return .bool(true) }
            case .existsOne: break
            case .filter: if holds { results.append(element) }
            case .map:
                if holds, let result = macro.result { results.append(try value(of: result)) }
            }
        }
        if let failure { throw failure }
        switch macro.operation {
        case .all: return .bool(true)
        case .exists: return .bool(false)
        case .existsOne: return .bool(matches == 1)
        case .filter, .map: return .list(results)
        }
    }
}
