/// A node of the syntax tree of a CEL expression.
final class CELNode: Sendable {
    enum Kind: Sendable {
        case literal(CELValue)
        case name(String)
        /// `a.b`, or `a.?b`.
        case select(CELNode, String, isOptional: Bool)
        /// `has(a.b)`
        case has(CELNode, String)
        /// `a[b]`, or `a[?b]`.
        case index(CELNode, CELNode, isOptional: Bool)
        /// `f(a)`, or `a.f(b)` with a target.
        case call(String, target: CELNode?, [CELNode])
        case unary(Unary, CELNode)
        case binary(Binary, CELNode, CELNode)
        case conditional(CELNode, CELNode, CELNode)
        case list([CELNode])
        case map([(key: CELNode, value: CELNode)])
        case macro(Macro)
    }

    enum Unary: String, Sendable {
        case not = "!"
        case negate = "-"
    }

    enum Binary: String, Sendable {
        case or = "||"
        case and = "&&"
        case equal = "=="
        case notEqual = "!="
        case less = "<"
        case lessOrEqual = "<="
        case greater = ">"
        case greaterOrEqual = ">="
        case within = "in"
        case add = "+"
        case subtract = "-"
        case multiply = "*"
        case divide = "/"
        case remainder = "%"
    }

    /// `range.all(variable, condition)` and its like.
    struct Macro: Sendable {
        enum Operation: String, Sendable {
            case all, exists
            case existsOne = "exists_one"
            case filter, map
        }

        var operation: Operation
        var range: CELNode
        var variable: String
        /// Nil for `map` of two arguments.
        var condition: CELNode?
        /// Of `map`.
        var result: CELNode?

        var parts: [CELNode] { [range, condition, result].compactMap { $0 } }
    }

    let kind: Kind
    /// Where the node begins, in Unicode scalars.
    let offset: Int
    /// How many levels the tree has from here on.
    let depth: Int

    /// Deeper trees are refused rather than trusted with the stack.
    static let maximumDepth = 250

    init(_ kind: Kind, at offset: Int) throws(CELCompileError) {
        self.kind = kind
        self.offset = offset
        depth = 1 + (Self.children(of: kind).map(\.depth).max() ?? 0)
        guard depth <= Self.maximumDepth else {
            throw CELCompileError("the expression is nested deeper than \(Self.maximumDepth) levels", at: offset)
        }
    }

    private static func children(of kind: Kind) -> [CELNode] {
        switch kind {
        case .literal, .name: []
        case .select(let node, _, _), .has(let node, _), .unary(_, let node): [node]
        case .index(let left, let right, _), .binary(_, let left, let right): [left, right]
        case .call(_, let target, let arguments): [target].compactMap { $0 } + arguments
        case .conditional(let condition, let yes, let no): [condition, yes, no]
        case .list(let elements): elements
        case .map(let entries): entries.flatMap { [$0.key, $0.value] }
        case .macro(let macro): macro.parts
        }
    }

    /// Whether the tree uses a variable that it does not bind itself.
    func mentions(_ name: String) -> Bool {
        if case .name(let own) = kind { return own == name }
        if case .macro(let macro) = kind, macro.variable == name { return macro.range.mentions(name) }
        return Self.children(of: kind).contains { $0.mentions(name) }
    }
}
