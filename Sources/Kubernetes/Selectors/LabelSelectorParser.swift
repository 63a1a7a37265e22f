extension LabelSelector {
    /// Reads a query, as in `?labelSelector=` and `kubectl -l`: conditions with commas between them, of the forms `key`, `!key`,
    /// `key=value`, `key==value`, `key!=value`, `key in (a,b)`, `key notin (a,b)`, `key>1` and `key<1`. The empty query matches
    /// everything. Errors are those of `k8s.io/apimachinery/pkg/labels`.
    public init(parsing query: String) throws(SelectorError) {
        var parser = LabelSelectorParser(query)
        self.init(try parser.selector())
    }
}

private struct LabelSelectorParser {
    private enum Token: Equatable {
        case identifier(String)
        /// An operator, a parenthesis or a comma.
        case symbol(String)
        case end

        var text: String {
            switch self {
            case .identifier(let text), .symbol(let text): text
            case .end: ""
            }
        }
    }

    private let tokens: [Token]
    private var position = 0

    init(_ query: String) { tokens = Self.scan(query) }

    // MARK: Tokens

    private static func scan(_ query: String) -> [Token] {
        var tokens: [Token] = []
        var rest = Substring(query).utf8
        while let first = rest.first {
            if isSpace(first) {
                rest = rest.dropFirst()
            } else if isSpecial(first) {
                // The longest operator: every special character is one, and two have a second.
                let symbol = rest.prefix(rest.starts(with: "==".utf8) || rest.starts(with: "!=".utf8) ? 2 : 1)
                tokens.append(.symbol(String(Substring(symbol))))
                rest = rest.dropFirst(symbol.count)
            } else {
                let word = rest.prefix { !isSpace($0) && !isSpecial($0) }
                tokens.append(.identifier(String(Substring(word))))
                rest = rest.dropFirst(word.count)
            }
        }
        return tokens + [.end]
    }

    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

    private static func isSpecial(_ byte: UInt8) -> Bool { "=!(),><".utf8.contains(byte) }

    private var next: Token { tokens[min(position, tokens.count - 1)] }

    private mutating func take() -> Token {
        defer { position += 1 }
        return next
    }

    // MARK: Grammar

    mutating func selector() throws(SelectorError) -> [LabelSelector.Requirement] {
        var requirements: [LabelSelector.Requirement] = []
        while next != .end {
            guard isRequirementStart(next) else {
                throw SelectorError("found '\(next.text)', expected: !, identifier, or 'end of string'")
            }
            do {
                requirements.append(try requirement())
            } catch {
                throw SelectorError("unable to parse requirement: \(error.message)")
            }
            let separator = take()
            guard separator != .end else { break }
            guard separator == .symbol(",") else {
                throw SelectorError("found '\(separator.text)', expected: ',' or 'end of string'")
            }
            guard isRequirementStart(next) else { throw SelectorError("found '\(next.text)', expected: identifier after ','") }
        }
        return requirements
    }

    private func isRequirementStart(_ token: Token) -> Bool {
        if case .identifier = token { true } else { token == .symbol("!") }
    }

    private mutating func requirement() throws(SelectorError) -> LabelSelector.Requirement {
        var token = take()
        let isNegated = token == .symbol("!")
        if isNegated { token = take() }
        guard case .identifier(let key) = token else { throw SelectorError("found '\(token.text)', expected: identifier") }
        let problems = LabelSyntax.problems(ofKey: key)
        // Kubernetes says "<nil>" where a query has no field to name.
        guard problems.isEmpty else { throw SelectorError([SelectorError.invalid("<nil>", .string(key), problems)]) }
        if next == .end || next == .symbol(",") {
            return try LabelSelector.Requirement(key: key, operation: isNegated ? .doesNotExist : .exists, values: [])
        }
        guard !isNegated else { throw SelectorError("found '\(next.text)', expected: ',' or 'end of string'") }
        let operation = try operation()
        let values = operation == .in || operation == .notIn ? try set() : [try value()]
        return try LabelSelector.Requirement(key: key, operation: operation, values: values)
    }

    private mutating func operation() throws(SelectorError) -> LabelSelector.Operator {
        let token = take()
        switch token {
        case .identifier("in"): return .in
        case .identifier("notin"): return .notIn
        case .symbol("="), .symbol("=="): return .equals
        case .symbol("!="): return .notEquals
        case .symbol(">"): return .greaterThan
        case .symbol("<"): return .lessThan
        default: throw SelectorError("found '\(token.text)', expected: in, notin, =, ==, !=, gt, lt")
        }
    }

    /// A missing value is the empty one.
    private mutating func value() throws(SelectorError) -> String {
        if next == .end || next == .symbol(",") { return "" }
        let token = take()
        guard case .identifier(let value) = token else { throw SelectorError("found '\(token.text)', expected: identifier") }
        return value
    }

    /// Values in parentheses. What is missing between commas is the empty value.
    private mutating func set() throws(SelectorError) -> [String] {
        let opening = take()
        guard opening == .symbol("(") else { throw SelectorError("found '\(opening.text)' expected: '('") }
        var values: [String] = []
        while true {
            var value = ""
            if case .identifier(let text) = next {
                value = text
                position += 1
            }
            values.append(value)
            let token = take()
            if token == .symbol(")") { return values }
            guard token == .symbol(",") else { throw SelectorError("found '\(token.text)', expected: ',' or ')'") }
        }
    }
}
