/// Parses CEL (language definition, "Syntax") into a tree; macros are recognized here.
struct CELParser {
    private let tokens: [(token: CELToken, offset: Int)]
    private var position = 0
    /// How deep parentheses, brackets and unary operators nest at the moment.
    private var nesting = 0
    private static let maximumNesting = 100

    /// Characters that an expression may have.
    static let maximumLength = 64 * 1024

    static func parse(_ source: String) throws(CELCompileError) -> CELNode {
        guard source.utf8.count <= maximumLength else {
            throw CELCompileError("the expression is longer than \(maximumLength) bytes", at: 0)
        }
        var parser = CELParser(tokens: try CELLexer.tokens(of: source))
        let node = try parser.expression()
        guard parser.token == .end else { throw parser.unexpected() }
        return node
    }

    private init(tokens: [(token: CELToken, offset: Int)]) { self.tokens = tokens }

    private var token: CELToken { tokens[position].token }
    private var offset: Int { tokens[position].offset }

    private func unexpected() -> CELCompileError {
        switch token {
        case .end: CELCompileError("Syntax error: mismatched input '<EOF>'", at: offset)
        case .symbol(let text), .identifier(let text):
            CELCompileError("Syntax error: mismatched input '\(text)'", at: offset)
        default: CELCompileError("Syntax error: a literal is not expected here", at: offset)
        }
    }

    private mutating func take(_ symbol: String) -> Bool {
        guard token == .symbol(symbol) else { return false }
        position += 1
        return true
    }

    private mutating func expect(_ symbol: String) throws(CELCompileError) {
        guard take(symbol) else { throw unexpected() }
    }

    private mutating func nested(
        _ parse: (inout CELParser) throws(CELCompileError) -> CELNode
    ) throws(CELCompileError) -> CELNode {
        nesting += 1
        defer { nesting -= 1 }
        guard nesting <= Self.maximumNesting else {
            throw CELCompileError("the expression is nested deeper than \(Self.maximumNesting) levels", at: offset)
        }
        return try parse(&self)
    }

    // MARK: Operators

    private mutating func expression() throws(CELCompileError) -> CELNode {
        try nested { (parser) throws(CELCompileError) in
            let start = parser.offset
            let condition = try parser.binary(level: 0)
            guard parser.take("?") else { return condition }
            let yes = try parser.binary(level: 0)
            try parser.expect(":")
            return try CELNode(.conditional(condition, yes, try parser.expression()), at: start)
        }
    }

    /// From the weakest to the strongest.
    private static let levels: [[CELNode.Binary]] = [
        [.or], [.and], [.equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual, .within], [.add, .subtract],
        [.multiply, .divide, .remainder],
    ]

    private mutating func binary(level: Int) throws(CELCompileError) -> CELNode {
        guard level < Self.levels.count else { return try unary() }
        var left = try binary(level: level + 1)
        while let operation = Self.levels[level].first(where: isNext) {
            let start = offset
            position += 1
            left = try CELNode(.binary(operation, left, try binary(level: level + 1)), at: start)
        }
        return left
    }

    private func isNext(_ operation: CELNode.Binary) -> Bool {
        operation == .within ? token == .identifier("in") : token == .symbol(operation.rawValue)
    }

    private mutating func unary() throws(CELCompileError) -> CELNode {
        let start = offset
        if take("!") {
            let operand = try nested { (parser) throws(CELCompileError) in try parser.unary() }
            return try CELNode(.unary(.not, operand), at: start)
        }
        guard take("-") else { return try member() }
        switch token {
        case .integer(let value):
            position += 1
            return try members(of: CELNode(.literal(.int(value == .min ? value : -value)), at: start))
        case .double(let value):
            position += 1
            return try members(of: CELNode(.literal(.double(-value)), at: start))
        default:
            let operand = try nested { (parser) throws(CELCompileError) in try parser.unary() }
            return try CELNode(.unary(.negate, operand), at: start)
        }
    }

    // MARK: Members

    private mutating func member() throws(CELCompileError) -> CELNode { try members(of: primary()) }

    private mutating func members(of first: CELNode) throws(CELCompileError) -> CELNode {
        var node = first
        while true {
            let start = offset
            if take(".") {
                let isOptional = take("?")
                guard case .identifier(let name) = token else { throw unexpected() }
                position += 1
                if !isOptional, take("(") {
                    node = try call(name, target: node, at: start)
                } else {
                    node = try CELNode(.select(node, name, isOptional: isOptional), at: start)
                }
            } else if take("[") {
                let isOptional = take("?")
                let index = try expression()
                try expect("]")
                node = try CELNode(.index(node, index, isOptional: isOptional), at: start)
            } else {
                return node
            }
        }
    }

    private static let reserved: Set = [
        "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let", "loop", "package", "namespace",
        "return", "var", "void", "while", "in",
    ]

    private mutating func primary() throws(CELCompileError) -> CELNode {
        let start = offset
        let found = token
        switch found {
        case .integer(let value):
            guard value != .min else { throw CELCompileError("invalid int literal", at: start) }
            position += 1
            return try CELNode(.literal(.int(value)), at: start)
        case .unsigned(let value):
            position += 1
            return try CELNode(.literal(.uint(value)), at: start)
        case .double(let value):
            position += 1
            return try CELNode(.literal(.double(value)), at: start)
        case .string(let value):
            position += 1
            return try CELNode(.literal(.string(value)), at: start)
        case .bytes(let value):
            position += 1
            return try CELNode(.literal(.bytes(value)), at: start)
        case .identifier(let name): return try identifier(name, at: start)
        case .symbol("("):
            position += 1
            let node = try expression()
            try expect(")")
            return node
        case .symbol("["):
            position += 1
            return try CELNode(.list(try expressions(until: "]")), at: start)
        case .symbol("{"):
            position += 1
            return try CELNode(.map(try entries()), at: start)
        case .symbol("."):
            // A leading dot names what is global, as all names are here.
            position += 1
            guard case .identifier(let name) = token else { throw unexpected() }
            return try identifier(name, at: start)
        case .symbol, .end: throw unexpected()
        }
    }

    private mutating func identifier(_ name: String, at start: Int) throws(CELCompileError) -> CELNode {
        guard !Self.reserved.contains(name) else {
            throw CELCompileError("Syntax error: reserved identifier: \(name)", at: start)
        }
        position += 1
        switch name {
        case "true": return try CELNode(.literal(.bool(true)), at: start)
        case "false": return try CELNode(.literal(.bool(false)), at: start)
        case "null": return try CELNode(.literal(.null), at: start)
        default: break
        }
        return take("(") ? try call(name, target: nil, at: start) : try CELNode(.name(name), at: start)
    }

    private mutating func expressions(until end: String) throws(CELCompileError) -> [CELNode] {
        var nodes: [CELNode] = []
        while !take(end) {
            nodes.append(try expression())
            if take(end) { break }
            try expect(",")
        }
        return nodes
    }

    private mutating func entries() throws(CELCompileError) -> [(key: CELNode, value: CELNode)] {
        var entries: [(CELNode, CELNode)] = []
        while !take("}") {
            let key = try expression()
            try expect(":")
            entries.append((key, try expression()))
            if take("}") { break }
            try expect(",")
        }
        return entries
    }

    // MARK: Calls and macros

    /// After the opening parenthesis.
    private mutating func call(_ name: String, target: CELNode?, at start: Int) throws(CELCompileError) -> CELNode {
        let arguments = try expressions(until: ")")
        guard let target else {
            guard name == "has" else { return try CELNode(.call(name, target: nil, arguments), at: start) }
            guard arguments.count == 1, case .select(let node, let field, false) = arguments[0].kind else {
                throw CELCompileError("invalid argument to has() macro", at: start)
            }
            return try CELNode(.has(node, field), at: start)
        }
        // "sets.contains(…)" is a function with a dot in its name, not a method of a variable.
        if case .name(let namespace) = target.kind, CELFunctions.namespaces.contains(namespace) {
            return try CELNode(.call("\(namespace).\(name)", target: nil, arguments), at: start)
        }
        let operation = name == "existsOne" ? .existsOne : CELNode.Macro.Operation(rawValue: name)
        guard let operation, (operation == .map ? 2...3 : 2...2).contains(arguments.count) else {
            return try CELNode(.call(name, target: target, arguments), at: start)
        }
        guard case .name(let variable) = arguments[0].kind else {
            throw CELCompileError("argument must be a simple name", at: arguments[0].offset)
        }
        let isMap = operation == .map
        let macro = CELNode.Macro(
            operation: operation, range: target, variable: variable,
            condition: isMap && arguments.count == 2 ? nil : arguments[1], result: isMap ? arguments[arguments.count - 1] : nil)
        return try CELNode(.macro(macro), at: start)
    }
}
