// Reading some members of an object, and checking the rest as strictly without keeping it.
extension JSONParser {
    mutating func value(only mask: JSONMask) throws(JSONSyntaxError) -> JSON {
        guard let wanted = mask.members, position < end else { return try value() }
        switch base[position] {
        case UInt8(ascii: "{"):
            let start = members.count
            try container(closedBy: UInt8(ascii: "}")) { (parser) throws(JSONSyntaxError) in
                let key = try parser.key()
                if let wanted = wanted.first(where: { $0.key.hasSameBytes(as: key) }) {
                    let value = try parser.value(only: wanted.mask)
                    parser.members.push(JSONObject.Member(key: key, value: value))
                } else {
                    try parser.skipValue()
                }
            }
            return .object(JSONObject(unsorted: members.pop(from: start)))
        case UInt8(ascii: "["):
            let start = elements.count
            try container(closedBy: UInt8(ascii: "]")) { (parser) throws(JSONSyntaxError) in
                parser.elements.push(try parser.value(only: mask))
            }
            return .array(Array(elements.pop(from: start)))
        default: return try value()
        }
    }

    private mutating func skipValue() throws(JSONSyntaxError) {
        guard position < end else { throw failure("unexpected end of input") }
        switch base[position] {
        case UInt8(ascii: "\""): try skipString()
        case UInt8(ascii: "{"):
            try container(closedBy: UInt8(ascii: "}")) { (parser) throws(JSONSyntaxError) in
                guard parser.position < parser.end, parser.base[parser.position] == UInt8(ascii: "\"") else {
                    throw parser.failure("expected a key")
                }
                try parser.skipString()
                try parser.colon()
                try parser.skipValue()
            }
        case UInt8(ascii: "["):
            try container(closedBy: UInt8(ascii: "]")) { (parser) throws(JSONSyntaxError) in try parser.skipValue() }
        default: _ = try value()
        }
    }

    /// Goes through the members or elements of a container; `visit` takes each.
    @inline(__always)
    private mutating func container(
        closedBy close: UInt8, _ visit: (inout JSONParser) throws(JSONSyntaxError) -> Void
    ) throws(JSONSyntaxError) {
        try enter()
        defer { depth -= 1 }
        if position < end, base[position] == close {
            position += 1
            return
        }
        while true {
            try visit(&self)
            skipWhitespace()
            guard position < end else { throw failure("unexpected end of input in an array or object") }
            switch base[position] {
            case UInt8(ascii: ","):
                position += 1
                skipWhitespace()
            case close:
                position += 1
                return
            default: throw failure("expected ',' or the end of an array or object")
            }
        }
    }

    private mutating func skipString() throws(JSONSyntaxError) {
        let start = position + 1
        position = plainRun(from: start)
        guard position < end, base[position] == UInt8(ascii: "\"") else {
            position = start - 1
            _ = try string()
            return
        }
        let text = UnsafeBufferPointer(start: base + start, count: position - start)
        if !Self.isASCII(text) { _ = try nonASCII(text) }
        position += 1
    }
}
