/// A recursive-descent parser over bytes that stay where they are.
///
/// Members and elements gather on two scratch stacks shared by all levels and leave them in one move of the exact size, so a
/// container costs one allocation; strings of up to 15 bytes cost none.
struct JSONParser: ~Copyable {
    let base: UnsafePointer<UInt8>
    let end: Int
    var position = 0
    var depth = 0
    var elements = ScratchStack<JSON>()
    var members = ScratchStack<JSONObject.Member>()
    private let duplicates: ((String) -> Void)?
    private var path: [String] = []

    init(_ buffer: UnsafeBufferPointer<UInt8>, duplicates: ((String) -> Void)?) {
        // An empty buffer may have no address; it is never read then, as `end` is 0.
        base = buffer.baseAddress ?? UnsafePointer(bitPattern: 1)!
        end = buffer.count
        self.duplicates = duplicates
    }

    mutating func document(only mask: JSONMask = .all) throws(JSONSyntaxError) -> JSON {
        skipWhitespace()
        let result = try value(only: mask)
        skipWhitespace()
        guard position == end else { throw failure("unexpected data after the value") }
        return result
    }

    func failure(_ message: String) -> JSONSyntaxError { JSONSyntaxError(message: message, offset: position) }

    @inline(__always)
    mutating func skipWhitespace() {
        while position < end {
            switch base[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    mutating func value() throws(JSONSyntaxError) -> JSON {
        guard position < end else { throw failure("unexpected end of input") }
        switch base[position] {
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw failure("unexpected character")
        }
    }

    private mutating func literal(_ text: StaticString, _ value: JSON) throws(JSONSyntaxError) -> JSON {
        let count = text.utf8CodeUnitCount
        guard end - position >= count else { throw failure("unexpected end of input") }
        for index in 0..<count where base[position + index] != text.utf8Start[index] { throw failure("unexpected character") }
        position += count
        return value
    }

    mutating func enter() throws(JSONSyntaxError) {
        depth += 1
        guard depth <= JSON.maximumDepth else { throw failure("nested deeper than \(JSON.maximumDepth) levels") }
        position += 1
        skipWhitespace()
    }

    private mutating func array() throws(JSONSyntaxError) -> JSON {
        try enter()
        let start = elements.count
        if position < end, base[position] == UInt8(ascii: "]") {
            position += 1
            depth -= 1
            return .array([])
        }
        while true {
            elements.push(try value())
            skipWhitespace()
            guard position < end else { throw failure("unexpected end of input in an array") }
            let byte = base[position]
            position += 1
            if byte == UInt8(ascii: ",") {
                skipWhitespace()
            } else if byte == UInt8(ascii: "]") {
                break
            } else {
                position -= 1
                throw failure("expected ',' or ']' in an array")
            }
        }
        depth -= 1
        return .array(Array(elements.pop(from: start)))
    }

    private mutating func object() throws(JSONSyntaxError) -> JSON {
        try enter()
        let start = members.count
        if position < end, base[position] == UInt8(ascii: "}") {
            position += 1
            depth -= 1
            return .object(JSONObject())
        }
        while true {
            let key = try key()
            if duplicates != nil { path.append(key) }
            let value = try value()
            if duplicates != nil { path.removeLast() }
            members.push(JSONObject.Member(key: key, value: value))
            skipWhitespace()
            guard position < end else { throw failure("unexpected end of input in an object") }
            let byte = base[position]
            position += 1
            if byte == UInt8(ascii: ",") {
                skipWhitespace()
            } else if byte == UInt8(ascii: "}") {
                break
            } else {
                position -= 1
                throw failure("expected ',' or '}' in an object")
            }
        }
        depth -= 1
        let found = members.pop(from: start)
        if let duplicates { report(found, to: duplicates) }
        return .object(JSONObject(unsorted: found))
    }

    private func report(_ found: ContiguousArray<JSONObject.Member>, to duplicates: (String) -> Void) {
        // Sets of bytes, not of strings, which hold canonically equivalent keys for one.
        var seen = Set<ContiguousArray<UInt8>>(minimumCapacity: found.count)
        for member in found where !seen.insert(ContiguousArray(member.key.utf8)).inserted {
            duplicates((path + [member.key]).joined(separator: "."))
        }
    }

    /// A member's key, and the colon after it.
    @inline(__always)
    mutating func key() throws(JSONSyntaxError) -> String {
        guard position < end, base[position] == UInt8(ascii: "\"") else { throw failure("expected a key") }
        let key = try string()
        try colon()
        return key
    }

    @inline(__always)
    mutating func colon() throws(JSONSyntaxError) {
        skipWhitespace()
        guard position < end, base[position] == UInt8(ascii: ":") else { throw failure("expected ':' after a key") }
        position += 1
        skipWhitespace()
    }

    // MARK: Numbers

    private mutating func number() throws(JSONSyntaxError) -> JSON {
        let start = position
        let negative = base[position] == UInt8(ascii: "-")
        if negative { position += 1 }
        let firstDigit = position
        var magnitude: UInt64 = 0
        var overflow = false
        while position < end, case let digit = base[position] &- UInt8(ascii: "0"), digit < 10 {
            let (high, low) = magnitude.multipliedFullWidth(by: 10)
            let (sum, carry) = low.addingReportingOverflow(UInt64(digit))
            overflow = overflow || high != 0 || carry
            magnitude = sum
            position += 1
        }
        let digits = position - firstDigit
        guard digits > 0 else { throw failure("expected a digit") }
        guard digits == 1 || base[firstDigit] != UInt8(ascii: "0") else { throw failure("a number may not start with 0") }
        let isWhole = try !fraction()
        if isWhole, !overflow {
            if negative, magnitude <= UInt64(Int64.max) + 1 { return .integer(Int64(truncatingIfNeeded: 0 &- magnitude)) }
            if !negative, magnitude <= UInt64(Int64.max) { return .integer(Int64(magnitude)) }
        }
        let text = String(decoding: UnsafeBufferPointer(start: base + start, count: position - start), as: UTF8.self)
        guard let value = Double(text), value.isFinite else {
            position = start
            throw failure("number out of range")
        }
        return .number(value)
    }

    /// Skips a fraction and an exponent; false where there is neither.
    private mutating func fraction() throws(JSONSyntaxError) -> Bool {
        var found = false
        if position < end, base[position] == UInt8(ascii: ".") {
            position += 1
            try skipDigits()
            found = true
        }
        if position < end, base[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < end, base[position] == UInt8(ascii: "+") || base[position] == UInt8(ascii: "-") { position += 1 }
            try skipDigits()
            found = true
        }
        return found
    }

    private mutating func skipDigits() throws(JSONSyntaxError) {
        let start = position
        while position < end, base[position] &- UInt8(ascii: "0") < 10 { position += 1 }
        guard position > start else { throw failure("expected a digit") }
    }

    // MARK: Strings

    mutating func string() throws(JSONSyntaxError) -> String {
        position += 1
        let start = position
        position = plainRun(from: position)
        guard position < end else { throw failure("unexpected end of input in a string") }
        if base[position] == UInt8(ascii: "\"") {
            let text = try utf8(UnsafeBufferPointer(start: base + start, count: position - start))
            position += 1
            return text
        }
        return try escapedString(from: start)
    }

    /// The first position from `start` on that holds a quote, a backslash or a control character, or the end.
    @inline(__always)
    func plainRun(from start: Int) -> Int {
        var position = start
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        while position + 8 <= end {
            let word = UnsafeRawPointer(base + position).loadUnaligned(as: UInt64.self)
            let quotes = word ^ (ones &* 0x22)
            let slashes = word ^ (ones &* 0x5C)
            let hits =
                ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes | (word &- ones &* 0x20) & ~word) & highs
            if hits != 0 { return position + UInt64(littleEndian: hits).trailingZeroBitCount / 8 }
            position += 8
        }
        while position < end {
            let byte = base[position]
            if byte == 0x22 || byte == 0x5C || byte < 0x20 { return position }
            position += 1
        }
        return end
    }

    @inline(__always)
    private func utf8(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> String {
        if Self.isASCII(bytes) {
            // No detour through `String(validating:as:)`, whose generic code costs more than the parsing.
            return String(unsafeUninitializedCapacity: bytes.count) { buffer in
                buffer.initialize(fromContentsOf: bytes)
            }
        }
        return try nonASCII(bytes)
    }

    static func isASCII(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var union: UInt64 = 0
        var index = 0
        let raw = UnsafeRawBufferPointer(bytes)
        while index + 8 <= bytes.count {
            union |= raw.loadUnaligned(fromByteOffset: index, as: UInt64.self)
            index += 8
        }
        while index < bytes.count {
            union |= UInt64(bytes[index])
            index += 1
        }
        return union & 0x8080_8080_8080_8080 == 0
    }

    @inline(never)
    func nonASCII(_ bytes: UnsafeBufferPointer<UInt8>) throws(JSONSyntaxError) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("a string is not UTF-8") }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONSyntaxError) -> String {
        var bytes = ContiguousArray<UInt8>()
        var runStart = start
        while true {
            bytes.append(contentsOf: UnsafeBufferPointer(start: base + runStart, count: position - runStart))
            guard position < end else { throw failure("unexpected end of input in a string") }
            switch base[position] {
            case UInt8(ascii: "\""):
                guard let text = String(validating: bytes, as: UTF8.self) else { throw failure("a string is not UTF-8") }
                position += 1
                return text
            case UInt8(ascii: "\\"):
                position += 1
                try escape(into: &bytes)
                runStart = position
                position = plainRun(from: position)
            default:
                throw failure("a control character in a string must be escaped")
            }
        }
    }

    private mutating func escape(into bytes: inout ContiguousArray<UInt8>) throws(JSONSyntaxError) {
        guard position < end else { throw failure("unexpected end of input in a string") }
        let byte = base[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): bytes.append(byte)
        case UInt8(ascii: "b"): bytes.append(0x08)
        case UInt8(ascii: "f"): bytes.append(0x0C)
        case UInt8(ascii: "n"): bytes.append(0x0A)
        case UInt8(ascii: "r"): bytes.append(0x0D)
        case UInt8(ascii: "t"): bytes.append(0x09)
        case UInt8(ascii: "u"): bytes.append(contentsOf: UTF8.encode(try scalar())!)
        default:
            position -= 1
            throw failure("unknown escape")
        }
    }

    /// The scalar of a `\uXXXX` escape or of a pair of them. A lone surrogate becomes U+FFFD, as in Go's encoding/json.
    private mutating func scalar() throws(JSONSyntaxError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        let first = try hexadecimal()
        guard UTF16.isLeadSurrogate(first) else { return Unicode.Scalar(first) ?? replacement }
        guard end - position >= 6, base[position] == UInt8(ascii: "\\"), base[position + 1] == UInt8(ascii: "u") else {
            return replacement
        }
        let mark = position
        position += 2
        let second = try hexadecimal()
        guard UTF16.isTrailSurrogate(second) else {
            position = mark
            return replacement
        }
        return UTF16.decode(UTF16.EncodedScalar([first, second]))
    }

    private mutating func hexadecimal() throws(JSONSyntaxError) -> UInt16 {
        guard end - position >= 4 else { throw failure("unexpected end of input in a string") }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(base[position])).hexDigitValue else {
                throw failure("expected four hexadecimal digits")
            }
            value = value << 4 | UInt16(digit)
            position += 1
        }
        return value
    }
}

/// A growing stack whose top elements leave together, moved rather than copied.
struct ScratchStack<Element>: ~Copyable {
    private var storage: UnsafeMutablePointer<Element>
    private var capacity: Int
    private(set) var count = 0

    init() {
        capacity = 32
        storage = .allocate(capacity: capacity)
    }

    deinit {
        storage.deinitialize(count: count)
        storage.deallocate()
    }

    @inline(__always)
    mutating func push(_ element: consuming Element) {
        if count == capacity { grow() }
        (storage + count).initialize(to: element)
        count += 1
    }

    mutating func pop(from start: Int) -> ContiguousArray<Element> {
        let size = count - start
        count = start
        return ContiguousArray(unsafeUninitializedCapacity: size) { buffer, initialized in
            buffer.baseAddress?.moveInitialize(from: storage + start, count: size)
            initialized = size
        }
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<Element>.allocate(capacity: capacity * 2)
        larger.moveInitialize(from: storage, count: count)
        storage.deallocate()
        storage = larger
        capacity *= 2
    }
}
