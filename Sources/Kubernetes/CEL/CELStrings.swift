/// The methods of strings. Positions count Unicode scalars, from 0.
enum CELStrings {
    /// Bytes that a result may have: replacing must not make megabytes of kilobytes.
    private static let maximumResult = 1 << 20

    static func call(_ name: String, _ text: String, _ arguments: [CELValue]) throws(CELEvaluationError) -> CELValue {
        switch (name, arguments.first, arguments.count) {
        case ("startsWith", .string(let part)?, 1): return .bool(text.utf8.starts(with: part.utf8))
        case ("endsWith", .string(let part)?, 1): return .bool(text.utf8.reversed().starts(with: part.utf8.reversed()))
        case ("contains", .string(let part)?, 1): return .bool(!positions(of: part, in: text, limit: 1).isEmpty)
        case ("lowerAscii", nil, _): return .string(mapASCII(text, from: 65...90, by: 32))
        case ("upperAscii", nil, _): return .string(mapASCII(text, from: 97...122, by: -32))
        case ("trim", nil, _): return .string(trim(text))
        case ("charAt", .int(let position)?, 1):
            return .string(try part(text, position, position == text.unicodeScalars.count ? position : position + 1))
        case ("substring", .int(let start)?, 1): return .string(try part(text, start, Int64(text.unicodeScalars.count)))
        case ("substring", .int(let start)?, 2):
            guard case .int(let end) = arguments[1] else { throw .noSuchOverload }
            return .string(try part(text, start, end))
        case ("indexOf", .string(let part)?, 1): return .int(Int64(positions(of: part, in: text, limit: 1).first ?? -1))
        case ("indexOf", .string(let part)?, 2):
            guard case .int(let start) = arguments[1] else { throw .noSuchOverload }
            return .int(Int64(positions(of: part, in: text, limit: .max).first { $0 >= start } ?? -1))
        case ("lastIndexOf", .string(let part)?, 1): return .int(Int64(positions(of: part, in: text, limit: .max).last ?? -1))
        case ("split", .string(let separator)?, _):
            return .list(split(text, separator, try limit(arguments, at: 1)).map { .string($0) })
        case ("replace", .string(let old)?, _): return .string(try replace(text, old, arguments))
        case ("find", .string(let pattern)?, 1):
            return .string(try found(pattern, in: text, limit: 1).first ?? "")
        case ("findAll", .string(let pattern)?, _):
            return .list(try found(pattern, in: text, limit: try limit(arguments, at: 1)).map { .string($0) })
        default: throw .noSuchOverload
        }
    }

    private static func limit(_ arguments: [CELValue], at index: Int) throws(CELEvaluationError) -> Int {
        guard index < arguments.count else { return .max }
        guard case .int(let limit) = arguments[index] else { throw .noSuchOverload }
        return limit < 0 ? .max : Int(limit)
    }

    /// Where `part` begins in `text`; an empty part begins everywhere.
    private static func positions(of part: String, in text: String, limit: Int) -> [Int] {
        let scalars = Array(text.unicodeScalars)
        let wanted = Array(part.unicodeScalars)
        guard wanted.count <= scalars.count else { return [] }
        var found: [Int] = []
        for start in 0...(scalars.count - wanted.count) where scalars[start..<start + wanted.count].elementsEqual(wanted) {
            found.append(start)
            if found.count == limit { break }
        }
        return found
    }

    private static func part(_ text: String, _ start: Int64, _ end: Int64) throws(CELEvaluationError) -> String {
        let scalars = Array(text.unicodeScalars)
        guard start >= 0, end >= start, end <= scalars.count else {
            throw CELEvaluationError("index out of range: \(start)...\(end)")
        }
        return joined(scalars[Int(start)..<Int(end)])
    }

    private static func joined(_ scalars: ArraySlice<Unicode.Scalar>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }

    private static func mapASCII(_ text: String, from range: ClosedRange<UInt8>, by distance: Int) -> String {
        String(decoding: text.utf8.map { range.contains($0) ? UInt8(Int($0) + distance) : $0 }, as: UTF8.self)
    }

    private static func trim(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
            let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
        else { return "" }
        return joined(scalars[first...last])
    }

    private static func split(_ text: String, _ separator: String, _ limit: Int) -> [String] {
        guard limit > 0 else { return [] }
        let scalars = Array(text.unicodeScalars)
        let width = separator.unicodeScalars.count
        guard width > 0 else {
            let count = min(limit, scalars.count)
            guard count > 0 else { return [] }
            return scalars[..<(count - 1)].map { String($0) } + [joined(scalars[(count - 1)...])]
        }
        var parts: [String] = []
        var start = 0
        for position in positions(of: separator, in: text, limit: .max) where position >= start && parts.count < limit - 1 {
            parts.append(joined(scalars[start..<position]))
            start = position + width
        }
        return parts + [joined(scalars[start...])]
    }

    private static func replace(_ text: String, _ old: String, _ arguments: [CELValue]) throws(CELEvaluationError) -> String {
        guard arguments.count >= 2, case .string(let new) = arguments[1] else { throw .noSuchOverload }
        let limit = try limit(arguments, at: 2)
        let scalars = Array(text.unicodeScalars)
        let width = old.unicodeScalars.count
        var result = String.UnicodeScalarView()
        var start = 0
        var count = 0
        for position in positions(of: old, in: text, limit: .max) where position >= start && count < limit {
            result.append(contentsOf: scalars[start..<position])
            result.append(contentsOf: new.unicodeScalars)
            guard result.count <= maximumResult else { throw .tooCostly }
            count += 1
            // An empty text stands before each character, and at the end.
            if width == 0, position < scalars.count { result.append(scalars[position]) }
            start = position + max(width, 1)
        }
        if start < scalars.count { result.append(contentsOf: scalars[start...]) }
        return String(result)
    }

    private static func found(_ pattern: String, in text: String, limit: Int) throws(CELEvaluationError) -> [String] {
        guard let found = RegularExpressions.found(pattern, in: text, limit: limit) else {
            throw CELEvaluationError("error parsing regexp")
        }
        return found
    }
}
