/// What a scalar of a YAML text means to Kubernetes (`sigs.k8s.io/yaml`): YAML 1.1 in most, with what its users got used to.
///
/// - Booleans: `true`, `yes`, `on`, `y` and their opposites, each in lower case, capitalized or in capitals.
/// - Null: nothing, `~`, `null`, `Null`, `NULL`.
/// - Integers: decimal, `0x1f`, `0b11`, octal as `0o17` and as `017`; with a sign, and with `_` anywhere between digits.
///   Beyond 64 bits, and for decimals such as `09`, they are floating-point numbers.
/// - Floating point: `1.5`, `.5`, `5.`, `1e3`; out of range they are strings. `.inf` and `.nan` are known, but JSON has none.
/// - Everything else is a string: dates, `190:20:30`, `0o9`, `nUll`.
///
/// Quoted and block scalars are strings. A tag (`!!str`, `!!int`, `!!float`, `!!bool`, `!!null`, `!!binary`) says what is meant;
/// other tags mean a string.
enum YAMLScalar: Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    /// Above `Int64.max`.
    case unsigned(UInt64)
    case float(Double)
    case string(String)

    /// The meaning of an unquoted scalar without a tag.
    init(plain text: String) {
        let bytes = Array(text.utf8)
        guard let first = bytes.first else {
            self = .null
            return
        }
        self =
            switch first {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
                Self.word(text) ?? Self.number(bytes.filter { $0 != UInt8(ascii: "_") }) ?? .string(text)
            case UInt8(ascii: "."):
                Self.word(text) ?? Self.float(bytes) ?? .string(text)
            default:
                Self.word(text) ?? .string(text)
            }
    }

    /// The meaning of a scalar with a tag; nil where the text is none of that type.
    init?(_ text: String, tag: String) {
        switch (Self.shortTag(tag), YAMLScalar(plain: text)) {
        case ("!!null", .null), ("!!bool", .bool), ("!!int", .integer), ("!!int", .unsigned), ("!!float", .float):
            self = YAMLScalar(plain: text)
        case ("!!float", .integer(let value)):
            self = .float(Double(value))
        case ("!!float", .unsigned(let value)):
            self = .float(Double(value))
        case ("!!null", _), ("!!bool", _), ("!!int", _), ("!!float", _):
            return nil
        case ("!!binary", _):
            guard let bytes = Base64.decode(text), let decoded = String(validating: bytes, as: UTF8.self) else { return nil }
            self = .string(decoded)
        default:
            self = .string(text)
        }
    }

    /// A scalar of a JSON tree; nil for arrays and objects.
    init?(_ json: JSON) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .float(value)
        case .string(let value): self = .string(value)
        case .array, .object: return nil
        }
    }

    /// nil for infinities and NaN, which JSON does not have.
    var json: JSON? {
        switch self {
        case .null: .null
        case .bool(let value): .bool(value)
        case .integer(let value): .integer(value)
        case .unsigned(let value): .number(Double(value))
        case .float(let value): value.isFinite ? .number(value) : nil
        case .string(let value): .string(value)
        }
    }

    /// The scalar as the key of a JSON object; nil for null.
    var keyText: String? {
        switch self {
        case .null: nil
        case .bool(let value): value ? "true" : "false"
        case .integer(let value): String(value)
        case .unsigned(let value): String(value)
        case .float(let value): Self.keyText(Float(value))
        case .string(let value): value
        }
    }

    static func shortTag(_ tag: String) -> String {
        let prefix = "tag:yaml.org,2002:"
        return tag.hasPrefix(prefix) ? "!!" + tag.dropFirst(prefix.count) : tag
    }

    private static func word(_ text: String) -> YAMLScalar? {
        guard text.utf8.count <= 5 else { return nil }
        return switch text {
        case "y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON": .bool(true)
        case "n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF": .bool(false)
        case "~", "null", "Null", "NULL": .null
        case ".nan", ".NaN", ".NAN": .float(.nan)
        case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": .float(.infinity)
        case "-.inf", "-.Inf", "-.INF": .float(-.infinity)
        default: nil
        }
    }

    /// - Parameter bytes: the text without underscores.
    private static func number(_ bytes: [UInt8]) -> YAMLScalar? {
        var digits = bytes[...]
        let sign = digits.first.flatMap { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") ? $0 : nil }
        if sign != nil { digits = digits.dropFirst() }
        if let magnitude = magnitude(digits) {
            if sign == UInt8(ascii: "-") {
                if magnitude <= UInt64(Int64.max) + 1 { return .integer(Int64(truncatingIfNeeded: 0 &- magnitude)) }
            } else if magnitude <= UInt64(Int64.max) {
                return .integer(Int64(magnitude))
            } else if sign == nil {
                return .unsigned(magnitude)
            }
        }
        return float(bytes)
    }

    /// An integer as Go writes it: a prefix says the base, and a leading zero means octal.
    private static func magnitude(_ text: ArraySlice<UInt8>) -> UInt64? {
        // Swift's own parser would take another sign.
        guard let first = text.first, first &- UInt8(ascii: "0") < 10 else { return nil }
        guard first == UInt8(ascii: "0") else { return UInt64(String(decoding: text, as: UTF8.self)) }
        var digits = text.dropFirst()
        guard let second = digits.first else { return 0 }
        var radix = 8
        if digits.count >= 2, let prefixed = [UInt8(ascii: "b"): 2, UInt8(ascii: "o"): 8, UInt8(ascii: "x"): 16][second | 0x20] {
            radix = prefixed
            digits = digits.dropFirst()
        }
        guard digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-") else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self), radix: radix)
    }

    /// `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
    private static func float(_ bytes: [UInt8]) -> YAMLScalar? {
        var index = 0
        func has(_ characters: UInt8...) -> Bool { index < bytes.count && characters.contains(bytes[index]) }
        func skipDigits() -> Int {
            let start = index
            while index < bytes.count, bytes[index] &- UInt8(ascii: "0") < 10 { index += 1 }
            return index - start
        }
        if has(UInt8(ascii: "-"), UInt8(ascii: "+")) { index += 1 }
        let whole = skipDigits()
        if has(UInt8(ascii: ".")) {
            index += 1
            guard skipDigits() + whole > 0 else { return nil }
        } else if whole == 0 {
            return nil
        }
        if has(UInt8(ascii: "e"), UInt8(ascii: "E")) {
            index += 1
            if has(UInt8(ascii: "-"), UInt8(ascii: "+")) { index += 1 }
            guard skipDigits() > 0 else { return nil }
        }
        guard index == bytes.count, let value = Double(String(decoding: bytes, as: UTF8.self)), value.isFinite else { return nil }
        return .float(value)
    }

    /// As Go formats a number with `strconv.FormatFloat(value, 'g', -1, 32)`: the shortest digits, and an exponent of at least
    /// two digits below 1e-4 and from 1e6 on.
    private static func keyText(_ value: Float) -> String {
        guard value.isFinite else { return value.isNaN ? ".nan" : value < 0 ? "-.inf" : ".inf" }
        guard value != 0 else { return value.sign == .minus ? "-0" : "0" }
        let magnitude = "\(value.magnitude)".split(separator: "e")
        let point = magnitude[0].firstIndex(of: ".") ?? magnitude[0].endIndex
        let fraction = magnitude[0][point...].dropFirst()
        let all = magnitude[0][..<point] + (fraction == "0" ? "" : fraction)
        let digits = all.drop { $0 == "0" }
        let significant = digits.reversed().drop { $0 == "0" }.reversed()
        let exponent =
            magnitude[0].distance(from: magnitude[0].startIndex, to: point) - (all.count - digits.count) - 1
            + (magnitude.count > 1 ? Int(magnitude[1]) ?? 0 : 0)
        let sign = value < 0 ? "-" : ""
        if exponent < -4 || exponent >= 6 {
            let power = String(exponent.magnitude)
            let mantissa = String(significant.prefix(1)) + (significant.count > 1 ? "." + String(significant.dropFirst()) : "")
            return sign + mantissa + (exponent < 0 ? "e-" : "e+") + (power.count < 2 ? "0" : "") + power
        }
        if exponent < 0 { return sign + "0." + String(repeating: "0", count: -exponent - 1) + String(significant) }
        let padded = String(significant) + String(repeating: "0", count: max(0, exponent + 1 - significant.count))
        let rest = padded.dropFirst(exponent + 1)
        return sign + padded.prefix(exponent + 1) + (rest.isEmpty ? "" : "." + rest)
    }
}
