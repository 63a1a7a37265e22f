import Kubernetes

extension SeededGenerator {
    /// A tree of up to `depth` levels, with the strings and numbers that codecs get wrong.
    mutating func json(depth: Int) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &self) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &self))
        case 2:
            return .integer(Bool.random(using: &self) ? Int64.random(in: -100...100, using: &self) : Int64(bitPattern: next()))
        case 3: return .number(number())
        case 4, 5: return .string(string())
        case 6: return .array((0..<Int.random(in: 0...4, using: &self)).map { _ in json(depth: depth - 1) })
        default:
            return .object(JSONObject((0..<Int.random(in: 0...4, using: &self)).map { _ in (string(), json(depth: depth - 1)) }))
        }
    }

    /// Finite, and never a whole number, which would come back as an integer.
    mutating func number() -> Double {
        while true {
            let value = Double(bitPattern: next())
            if value.isFinite, Int64(exactly: value) == nil { return value }
        }
    }

    mutating func string() -> String {
        let words = [
            "", "true", "no", "~", "null", "1", "0x1f", "017", "1e3", ".5", ".inf", "-", "- a", "a: b", "a #b", "#", "'", "\"",
            "\\",
            "%", "@", "`", "&a", "*a", "!t", "|", ">", "?", ": ", "{}", "[", "2001-12-14", "12:30:45", "<<", "=", " ", "\t", "\n",
            "\r", "\n\n", "a\nb", "a\nb\n", "a\n\n", "\na", " a\nb", "a \n b", "\u{0}", "\u{1}", "\u{7F}", "\u{85}", "\u{A0}",
            "\u{2028}", "\u{FEFF}", "é", "日本", "😀", "---", "...", "--- a", "a\n---\nb", "x", "abc", "metadata", "example.com/a",
        ]
        return (0..<Int.random(in: 1...3, using: &self)).map { _ in words.randomElement(using: &self)! }.joined()
    }
}
