/// Text in which paths in braces stand for the values that they lead to: kubectl's JSONPath templates
/// (https://kubernetes.io/docs/reference/kubectl/jsonpath/), without `range`, unions and slices.
///
/// `{.replicas} of {.spec.name}{"\n"}`: a quoted string in braces is text as well.
public struct JSONTemplate: Sendable {
    private enum Part: Sendable {
        case text(String)
        case path(JSONPath, source: String)
    }

    private var parts: [Part] = []

    public init(_ source: String) throws(JSONTemplateError) {
        var rest = Substring(source)
        while !rest.isEmpty {
            let text = rest.prefix { $0 != "{" }
            if !text.isEmpty { parts.append(.text(String(text))) }
            rest = rest[text.endIndex...].dropFirst()
            guard rest.startIndex > text.endIndex else { break }
            guard let end = Self.closingBrace(rest) else { throw JSONTemplateError("unclosed action in \"\(source)\"") }
            parts.append(try Self.action(rest[..<end]))
            rest = rest[rest.index(after: end)...]
        }
    }

    /// The text with the values in it; several values of one path have spaces between them.
    /// - Throws: where a path leads to nothing.
    public func render(_ json: JSON) throws(JSONTemplateError) -> String {
        var result = ""
        for part in parts {
            switch part {
            case .text(let text): result += text
            case .path(let path, let source):
                let values = path.values(in: json)
                if values.isEmpty { throw JSONTemplateError("{\(source)} is not found") }
                result += values.map { $0.string ?? $0.description }.joined(separator: " ")
            }
        }
        return result
    }

    private static func closingBrace(_ text: Substring) -> String.Index? {
        var quote: Character?
        return text.indices.first { index in
            let character = text[index]
            if let open = quote {
                if character == open { quote = nil }
                return false
            }
            if character == "'" || character == "\"" { quote = character }
            return character == "}"
        }
    }

    private static func action(_ source: Substring) throws(JSONTemplateError) -> Part {
        if source.first == "\"", source.last == "\"", let text = (try? JSON(parsing: String(source)))?.string {
            return .text(text)
        }
        guard let first = source.first, first == "." || first == "$" || first == "[" || first == "@",
            let path = JSONPath(String(first == "@" ? source.dropFirst() : source))
        else { throw JSONTemplateError("\"{\(source)}\" is not a path that is understood here") }
        return .path(path, source: String(source))
    }
}

/// Why a template cannot be read, or has nothing to show.
public struct JSONTemplateError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}
