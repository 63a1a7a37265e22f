/// Which field values are wanted: `metadata.name=web,status.phase!=Running`. Every requirement must hold.
///
/// Which fields a resource can be selected by is for its server to say; here any path is taken.
public struct FieldSelector: Sendable, Hashable {
    public enum Operator: Sendable, Hashable {
        case equals, notEquals
    }

    public struct Requirement: Sendable, Hashable {
        public let path: String
        public let operation: Operator
        public let value: String

        public init(path: String, operation: Operator, value: String) {
            self.path = path
            self.operation = operation
            self.value = value
        }
    }

    public let requirements: [Requirement]

    public init(_ requirements: [Requirement]) { self.requirements = requirements }

    public var isEmpty: Bool { requirements.isEmpty }

    /// - Parameter value: gives the field at a path, nil where the object has none, which counts as the empty string.
    public func matches(_ value: (String) -> String?) -> Bool {
        requirements.allSatisfy { ((value($0.path) ?? "") == $0.value) == ($0.operation == .equals) }
    }

    /// The value that the field at `path` must have, where the selector asks for one.
    public func requiredValue(of path: String) -> String? {
        requirements.first { $0.path == path && $0.operation == .equals }?.value
    }
}

// MARK: - The query form

extension FieldSelector {
    /// Reads `path=value`, `path==value` and `path!=value` with commas between them. In values `\,`, `\=` and `\\` stand for the
    /// character itself. Errors are those of `k8s.io/apimachinery/pkg/fields`.
    public init(parsing query: String) throws(SelectorError) {
        var requirements: [Requirement] = []
        for term in Self.terms(of: query) where !term.isEmpty {
            guard let operation = Self.operation(in: term) else {
                throw SelectorError("invalid selector: '\(query)'; can't understand '\(term)'")
            }
            requirements.append(
                Requirement(
                    path: String(term[..<operation.range.lowerBound]), operation: operation.is,
                    value: try Self.unescaped(term[operation.range.upperBound...])))
        }
        self.init(requirements)
    }

    /// The parts between commas that no backslash precedes.
    private static func terms(of query: String) -> [Substring] {
        var terms: [Substring] = []
        var start = query.startIndex
        var isEscaped = false
        for index in query.unicodeScalars.indices {
            let character = query.unicodeScalars[index]
            if isEscaped {
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character == "," {
                terms.append(query[start..<index])
                start = query.unicodeScalars.index(after: index)
            }
        }
        return terms + [query[start...]]
    }

    /// The first operator, the longest there.
    private static func operation(in term: Substring) -> (range: Range<String.Index>, is: Operator)? {
        let scalars = term.unicodeScalars
        for index in scalars.indices {
            for (text, operation) in [("!=", Operator.notEquals), ("==", .equals), ("=", .equals)]
            where scalars[index...].starts(with: text.unicodeScalars) {
                return (index..<scalars.index(index, offsetBy: text.unicodeScalars.count), operation)
            }
        }
        return nil
    }

    private static func unescaped(_ text: Substring) throws(SelectorError) -> String {
        var value = String.UnicodeScalarView()
        var isEscaped = false
        for character in text.unicodeScalars {
            switch (isEscaped, character) {
            case (true, "\\"), (true, ","), (true, "="):
                value.append(character)
                isEscaped = false
            case (true, _):
                throw SelectorError("invalid field selector: invalid escape sequence: \\\(character)")
            case (false, "\\"):
                isEscaped = true
            case (false, ","), (false, "="):
                throw SelectorError("invalid field selector: unescaped character in value: \(character)")
            case (false, _):
                value.append(character)
            }
        }
        guard !isEscaped else { throw SelectorError("invalid field selector: invalid escape sequence: \\") }
        return String(value)
    }
}

extension FieldSelector: CustomStringConvertible {
    /// As a query.
    public var description: String {
        requirements.map { requirement in
            var escaped = ""
            for character in requirement.value {
                if character == "\\" || character == "," || character == "=" { escaped.append("\\") }
                escaped.append(character)
            }
            return requirement.path + (requirement.operation == .equals ? "=" : "!=") + escaped
        }.joined(separator: ",")
    }
}
