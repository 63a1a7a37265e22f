/// A path into a JSON value (RFC 6901): `/spec/containers/0`, where `~1` stands for `/` and `~0` for `~`. The empty pointer is the
/// whole value.
public struct JSONPointer: Sendable, Hashable, CustomStringConvertible {
    public let tokens: [String]

    public init(_ tokens: [String]) { self.tokens = tokens }

    /// Nil where the text does not begin with a slash, or has a `~` that is no escape.
    public init?(_ text: String) {
        guard !text.isEmpty else {
            tokens = []
            return
        }
        guard text.utf8.first == UInt8(ascii: "/") else { return nil }
        var tokens: [String] = []
        for token in text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
            guard let token = Self.unescape(token) else { return nil }
            tokens.append(token)
        }
        self.tokens = tokens
    }

    private static func unescape(_ token: Substring.UTF8View) -> String? {
        guard token.contains(UInt8(ascii: "~")) else { return String(Substring(token)) }
        var bytes: [UInt8] = []
        var isEscaped = false
        for byte in token {
            switch (isEscaped, byte) {
            case (true, UInt8(ascii: "0")): bytes.append(UInt8(ascii: "~"))
            case (true, UInt8(ascii: "1")): bytes.append(UInt8(ascii: "/"))
            case (true, _): return nil
            case (false, UInt8(ascii: "~")): break
            case (false, _): bytes.append(byte)
            }
            isEscaped = !isEscaped && byte == UInt8(ascii: "~")
        }
        return isEscaped ? nil : String(decoding: bytes, as: UTF8.self)
    }

    public var description: String {
        tokens.map { token in
            var escaped = "/"
            for character in token {
                switch character {
                case "~": escaped += "~0"
                case "/": escaped += "~1"
                default: escaped.append(character)
                }
            }
            return escaped
        }.joined()
    }

    /// Whether this is on the way to `other`.
    func isProperPrefix(of other: JSONPointer) -> Bool {
        tokens.count < other.tokens.count && other.tokens.starts(with: tokens)
    }

    /// Reads the index of an element: decimal digits, and no leading zero.
    static func index(_ token: String) -> Int? {
        guard let first = token.utf8.first, token.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") < 10 }) else { return nil }
        return first == UInt8(ascii: "0") && token.utf8.count > 1 ? nil : Int(token)
    }
}

extension JSON {
    /// The value at `pointer`; nil where there is none.
    public subscript(pointer: JSONPointer) -> JSON? {
        var value = self
        for token in pointer.tokens {
            guard let next = value.child(token) else { return nil }
            value = next
        }
        return value
    }

    func child(_ token: String) -> JSON? {
        switch self {
        case .object(let members): members[token]
        case .array: JSONPointer.index(token).flatMap { self[$0] }
        default: JSON?.none
        }
    }

    /// Changes the value that `path` leads to, in place. False where it leads nowhere.
    mutating func change(
        at path: ArraySlice<String>, _ change: (inout JSON) throws(PatchError) -> Void
    ) throws(PatchError) -> Bool {
        guard let token = path.first else {
            try change(&self)
            return true
        }
        switch self {
        case .object(var members):
            // The members leave `self` while they are changed, so that nothing is copied.
            self = .null
            defer { self = .object(members) }
            return try members[token]?.change(at: path.dropFirst(), change) ?? false
        case .array(var elements):
            guard let index = JSONPointer.index(token), elements.indices.contains(index) else { return false }
            self = .null
            defer { self = .array(elements) }
            return try elements[index].change(at: path.dropFirst(), change)
        default:
            return false
        }
    }

    /// Levels of arrays and objects.
    var depth: Int {
        switch self {
        case .array(let elements): 1 + elements.reduce(0) { max($0, $1.depth) }
        case .object(let members): 1 + members.values.reduce(0) { max($0, $1.depth) }
        default: 0
        }
    }

    /// Equality that does not tell `1` from `1.0`.
    func isSameValue(as other: JSON) -> Bool {
        switch (self, other) {
        case (.integer(let left), .number(let right)), (.number(let right), .integer(let left)):
            return Int64(exactly: right) == left
        case (.array(let left), .array(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.isSameValue(as: $1) }
        case (.object(let left), .object(let right)):
            return left.count == right.count
                && zip(left, right).allSatisfy { $0.key == $1.key && $0.value.isSameValue(as: $1.value) }
        default:
            return self == other
        }
    }
}
