/// The part of kubectl's JSONPath that printer columns and policies use: members, indices, `[*]`, and filters that compare a
/// member with a literal, such as `.status.conditions[?(@.type=="Ready")].status`.
public struct JSONPath: Sendable {
    private enum Step: Sendable {
        case member(String)
        /// From the end where it is negative.
        case index(Int)
        case all
        case filter(path: [String], isEqual: Bool, value: JSON)
    }

    private var steps: [Step] = []

    /// Nil where the text is no such path.
    public init?(_ text: String) {
        var rest = Substring(text)
        if rest.hasPrefix("{"), rest.hasSuffix("}") { rest = rest.dropFirst().dropLast() }
        if rest.hasPrefix("$") { rest = rest.dropFirst() }
        while let first = rest.first {
            switch first {
            case ".":
                rest = rest.dropFirst()
                let name = Self.name(&rest)
                // A lone dot is the whole object.
                if name.isEmpty, !rest.isEmpty, rest.first != "[" { return nil }
                if name == "*" { steps.append(.all) } else if !name.isEmpty { steps.append(.member(name)) }
            case "[":
                guard let end = Self.closing(rest) else { return nil }
                guard let step = Self.bracket(rest[rest.index(after: rest.startIndex)..<end]) else { return nil }
                steps.append(step)
                rest = rest[rest.index(after: end)...]
            default: return nil
            }
        }
    }

    /// The values at the path, in order; none where there is nothing.
    public func values(in json: JSON) -> [JSON] {
        var values = [json]
        for step in steps {
            switch step {
            case .member(let name): values = values.compactMap { $0[name] }
            case .index(let index):
                values = values.compactMap { value in
                    let count = value.array?.count ?? 0
                    return value[index < 0 ? count + index : index]
                }
            case .all: values = values.flatMap { $0.array ?? $0.object.map { Array($0.values) } ?? [] }
            case .filter(let path, let isEqual, let wanted):
                values = values.flatMap { ($0.array ?? []).filter { ($0[path] == wanted) == isEqual } }
            }
        }
        return values
    }

    /// Up to the next dot or bracket; a backslash takes the next character as it is.
    private static func name(_ rest: inout Substring) -> String {
        var name = ""
        while let character = rest.first, character != ".", character != "[" {
            rest = rest.dropFirst()
            if character == "\\", let escaped = rest.popFirst() { name.append(escaped) } else { name.append(character) }
        }
        return name
    }

    private static func closing(_ text: Substring) -> String.Index? {
        var quote: Character?
        for index in text.indices {
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
            } else if character == "'" || character == "\"" {
                quote = character
            } else if character == "]" {
                return index
            }
        }
        return nil
    }

    private static func bracket(_ text: Substring) -> Step? {
        if text == "*" { return .all }
        if let index = Int(text) { return .index(index) }
        if text.count >= 2, let quote = text.first, quote == "'" || quote == "\"", text.last == quote {
            return .member(String(text.dropFirst().dropLast()))
        }
        guard text.hasPrefix("?("), text.hasSuffix(")") else { return nil }
        let condition = text.dropFirst(2).dropLast()
        for (sign, isEqual) in [("==", true), ("!=", false)] {
            guard let range = condition.firstRange(of: sign) else { continue }
            let left = condition[..<range.lowerBound].trimmed
            let right = condition[range.upperBound...].trimmed
            guard left.hasPrefix("@.") else { return nil }
            let isQuoted = right.count >= 2 && (right.hasPrefix("'") || right.hasPrefix("\"")) && right.first == right.last
            let value = isQuoted ? JSON.string(String(right.dropFirst().dropLast())) : try? JSON(parsing: String(right))
            guard let value else { return nil }
            return .filter(path: left.dropFirst(2).split(separator: ".").map(String.init), isEqual: isEqual, value: value)
        }
        return nil
    }
}

extension Substring {
    fileprivate var trimmed: Substring {
        let front = drop { $0 == " " }
        return front.lastIndex { $0 != " " }.map { front[...$0] } ?? ""
    }
}
