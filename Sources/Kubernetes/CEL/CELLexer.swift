/// The tokens of CEL (language definition, "Lexis").
enum CELToken: Equatable {
    case identifier(String)
    case integer(Int64)
    case unsigned(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    /// An operator or punctuation mark.
    case symbol(String)
    case end
}

struct CELLexer {
    private let scalars: [Unicode.Scalar]
    private var position = 0

    init(_ source: String) { scalars = Array(source.unicodeScalars) }

    static func tokens(of source: String) throws(CELCompileError) -> [(token: CELToken, offset: Int)] {
        var lexer = CELLexer(source)
        var tokens: [(CELToken, Int)] = []
        while true {
            lexer.skipBlanks()
            let start = lexer.position
            let token = try lexer.next()
            tokens.append((token, start))
            if token == .end { return tokens }
        }
    }

    private var current: Unicode.Scalar? { position < scalars.count ? scalars[position] : nil }
    private func peek(_ distance: Int) -> Unicode.Scalar? {
        position + distance < scalars.count ? scalars[position + distance] : nil
    }

    private mutating func skipBlanks() {
        while let scalar = current {
            if [" ", "\t", "\n", "\r", "\u{0C}"].contains(scalar) {
                position += 1
            } else if scalar == "/", peek(1) == "/" {
                while let scalar = current, scalar != "\n" { position += 1 }
            } else {
                return
            }
        }
    }

    private mutating func next() throws(CELCompileError) -> CELToken {
        guard let scalar = current else { return .end }
        if let token = try stringLiteral() { return token }
        if Self.isLetter(scalar) {
            let start = position
            while let scalar = current, Self.isLetter(scalar) || Self.isDigit(scalar) { position += 1 }
            return .identifier(text(start..<position))
        }
        if Self.isDigit(scalar) || (scalar == "." && peek(1).map(Self.isDigit) == true) { return try number() }
        for symbol in ["&&", "||", "==", "!=", "<=", ">="]
        where symbol.unicodeScalars.elementsEqual(scalars[position...].prefix(2)) {
            position += 2
            return .symbol(symbol)
        }
        guard "()[]{}.,:?!<>+-*/%".unicodeScalars.contains(scalar) else {
            throw CELCompileError("Syntax error: token recognition error at: '\(scalar)'", at: position)
        }
        position += 1
        return .symbol(String(scalar))
    }

    private func text(_ range: Range<Int>) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars[range])
        return String(view)
    }

    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "_" || ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar)
    }
    private static func isDigit(_ scalar: Unicode.Scalar) -> Bool { ("0"..."9").contains(scalar) }

    // MARK: Numbers

    private mutating func number() throws(CELCompileError) -> CELToken {
        let start = position
        if current == "0", peek(1) == "x" || peek(1) == "X" {
            position += 2
            let digits = position
            while let scalar = current, scalar.properties.isASCIIHexDigit { position += 1 }
            return try integer(text(digits..<position), radix: 16, start)
        }
        while let scalar = current, Self.isDigit(scalar) { position += 1 }
        var isDouble = false
        if current == ".", peek(1).map(Self.isDigit) == true {
            isDouble = true
            position += 1
            while let scalar = current, Self.isDigit(scalar) { position += 1 }
        }
        if current == "e" || current == "E" {
            let sign = peek(1) == "+" || peek(1) == "-" ? 1 : 0
            if peek(1 + sign).map(Self.isDigit) == true {
                isDouble = true
                position += 1 + sign
                while let scalar = current, Self.isDigit(scalar) { position += 1 }
            }
        }
        guard isDouble else { return try integer(text(start..<position), radix: 10, start) }
        guard let value = Double(text(start..<position)), value.isFinite else {
            throw CELCompileError("invalid double literal", at: start)
        }
        return .double(value)
    }

    private mutating func integer(_ digits: String, radix: Int, _ start: Int) throws(CELCompileError) -> CELToken {
        if current == "u" || current == "U" {
            position += 1
            guard let value = UInt64(digits, radix: radix) else { throw CELCompileError("invalid uint literal", at: start) }
            return .unsigned(value)
        }
        // The least integer is written with a sign, which the parser puts to it.
        if radix == 10, digits == "9223372036854775808" { return .integer(.min) }
        guard let value = Int64(digits, radix: radix) else { throw CELCompileError("invalid int literal", at: start) }
        return .integer(value)
    }

    // MARK: Strings

    /// Nil where no string begins; leaves the position where it is then.
    private mutating func stringLiteral() throws(CELCompileError) -> CELToken? {
        let start = position
        var isRaw = false
        var isBytes = false
        while let scalar = current {
            if !isRaw, scalar == "r" || scalar == "R" {
                isRaw = true
            } else if !isBytes, scalar == "b" || scalar == "B" {
                isBytes = true
            } else {
                break
            }
            position += 1
        }
        guard let quote = current, quote == "\"" || quote == "'" else {
            position = start
            return nil
        }
        let isTriple = peek(1) == quote && peek(2) == quote
        position += isTriple ? 3 : 1
        var content: [UInt8] = []
        while true {
            guard let scalar = current, isTriple || (scalar != "\n" && scalar != "\r") else {
                throw CELCompileError("Syntax error: the string does not end", at: start)
            }
            if scalar == quote, !isTriple || (peek(1) == quote && peek(2) == quote) {
                position += isTriple ? 3 : 1
                break
            }
            position += 1
            if scalar == "\\", !isRaw {
                content += try escape(isBytes: isBytes)
            } else {
                content += Array(String(scalar).utf8)
            }
        }
        return isBytes ? .bytes(content) : .string(String(decoding: content, as: UTF8.self))
    }

    private static let simpleEscapes: [Unicode.Scalar: UInt8] = [
        "a": 7, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9, "v": 11, "\\": 92, "'": 39, "\"": 34, "`": 96, "?": 63,
    ]

    /// After the backslash.
    private mutating func escape(isBytes: Bool) throws(CELCompileError) -> [UInt8] {
        let start = position - 1
        guard let scalar = current else { throw CELCompileError("Syntax error: the string does not end", at: start) }
        position += 1
        if let byte = Self.simpleEscapes[scalar] { return [byte] }
        let (length, radix): (Int, Int)
        switch scalar {
        case "x", "X": (length, radix) = (2, 16)
        case "u": (length, radix) = (4, 16)
        case "U": (length, radix) = (8, 16)
        case "0", "1", "2", "3":
            position -= 1
            (length, radix) = (3, 8)
        default: throw CELCompileError("Syntax error: unknown escape '\\\(scalar)'", at: start)
        }
        guard position + length <= scalars.count, let code = UInt32(text(position..<position + length), radix: radix) else {
            throw CELCompileError("Syntax error: bad escape", at: start)
        }
        position += length
        if isBytes, radix == 8 || length == 2 { return [UInt8(truncatingIfNeeded: code)] }
        guard let value = Unicode.Scalar(code) else { throw CELCompileError("Syntax error: bad escape", at: start) }
        return Array(String(value).utf8)
    }
}
