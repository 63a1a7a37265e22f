/// Why a CEL expression does not compile, and where.
public struct CELCompileError: Error, Equatable, CustomStringConvertible {
    public let message: String
    /// In characters (Unicode scalars), from 0.
    public let offset: Int
    private let source: String

    init(_ message: String, at offset: Int, in source: String = "") {
        self.message = message
        self.offset = offset
        self.source = source
    }

    func located(in source: String) -> CELCompileError { CELCompileError(message, at: offset, in: source) }

    /// In the form of CEL's own compiler: place, message, and the line with a mark below.
    public var description: String {
        var line = 1
        var column = 0
        var current = String.UnicodeScalarView()
        var isPast = false
        for (index, scalar) in source.unicodeScalars.enumerated() {
            if scalar == "\n" {
                if index >= offset {
                    isPast = true
                    break
                }
                line += 1
                column = 0
                current = String.UnicodeScalarView()
            } else {
                current.append(scalar)
                if index < offset { column += 1 }
            }
        }
        if !isPast, offset > source.unicodeScalars.count { column = current.count }
        let marks = String(repeating: ".", count: column) + "^"
        return "ERROR: <input>:\(line):\(column + 1): \(message)\n | \(String(current))\n | \(marks)"
    }
}

/// Why a CEL expression has no value.
public struct CELEvaluationError: Error, Equatable, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }

    static let tooCostly = CELEvaluationError("operation cancelled: actual cost limit exceeded")
    public static let noSuchOverload = CELEvaluationError("no such overload")
    static func noSuchKey(_ key: String) -> CELEvaluationError { CELEvaluationError("no such key: \(key)") }
    static let overflow = CELEvaluationError("integer overflow")

    /// Whether the expression was given up because it takes too long.
    public var isTooCostly: Bool { self == .tooCostly }
}
