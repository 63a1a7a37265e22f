/// A value that a CEL expression works with. Parts of API objects stay the JSON that they are until they are looked at.
public enum CELValue: Sendable {
    case null
    case bool(Bool)
    case int(Int64)
    case uint(UInt64)
    case double(Double)
    case string(String)
    case bytes([UInt8])
    case timestamp(Timestamp)
    /// Nanoseconds.
    case duration(Int64)
    case quantity(Quantity)
    /// The name of a type.
    case type(String)
    /// No element, or one.
    case optional([CELValue])
    case list([CELValue])
    case map([(key: CELValue, value: CELValue)])
    /// A list of an API object, with its type where that is known.
    case array([JSON], TypeSchema?)
    /// An object or map of an API object, with its type where that is known.
    case object(JSONObject, TypeSchema?)

    /// A part of an API object.
    /// - Parameter schema: decides between types that are the same in JSON; nil where nothing is known.
    public init(_ json: JSON, _ schema: TypeSchema? = nil) {
        switch json {
        case .null: self = .null
        case .bool(let value): self = .bool(value)
        case .integer(let value): self = if case .number? = schema?.shape { .double(Double(value)) } else { .int(value) }
        case .number(let value):
            if case .integer? = schema?.shape, let whole = Int64(exactly: value) {
                self = .int(whole)
            } else {
                self = .double(value)
            }
        case .string(let text): self = Self.string(text, schema)
        case .array(let elements): self = .array(elements, schema)
        case .object(let members): self = .object(members, schema)
        }
    }

    /// Text that cannot be read as its format says stays text: validation complains of it elsewhere.
    private static func string(_ text: String, _ schema: TypeSchema?) -> CELValue {
        switch schema?.celFormat {
        case .timestamp?:
            Timestamp(text).map { .timestamp($0) } ?? Timestamp(text + "T00:00:00Z").map { .timestamp($0) } ?? .string(text)
        case .duration?: CELDuration.parse(text).map { .duration($0) } ?? .string(text)
        case .bytes?: Base64.decode(text).map { .bytes($0) } ?? .string(text)
        default: .string(text)
        }
    }

    var typeName: String {
        switch self {
        case .null: "null_type"
        case .bool: "bool"
        case .int: "int"
        case .uint: "uint"
        case .double: "double"
        case .string: "string"
        case .bytes: "bytes"
        case .timestamp: "google.protobuf.Timestamp"
        case .duration: "google.protobuf.Duration"
        case .quantity: "kubernetes.Quantity"
        case .type: "type"
        case .optional: "optional_type"
        case .list, .array: "list"
        case .map, .object: "map"
        }
    }
}

extension TypeSchema {
    /// What a string of this type is in CEL where it is no string.
    var celFormat: CELType? {
        switch shape {
        case .time, .microTime: return .timestamp
        case .bytes: return .bytes
        case .string:
            switch constraints?.format {
            case "date"?: return .timestamp
            case "duration"?: return .duration
            case "byte"?: return .bytes
            default: return nil
            }
        default: return nil
        }
    }
}

// MARK: - Parts

extension CELValue {
    /// The elements of a list; nil for anything else.
    var elements: [CELValue]? {
        switch self {
        case .list(let elements): elements
        case .array(let elements, let schema): elements.map { CELValue($0, schema?.element) }
        default: nil
        }
    }

    /// The entries of a map or an object; nil for anything else.
    var entries: [(key: CELValue, value: CELValue)]? {
        switch self {
        case .map(let entries): entries
        case .object(let members, let schema):
            members.map { (.string($0.key), CELValue($0.value, schema?.field($0.key))) }
        default: nil
        }
    }

    /// How many elements, entries, characters or bytes; nil for what has no size.
    var size: Int? {
        switch self {
        case .string(let text): text.unicodeScalars.count
        case .bytes(let bytes): bytes.count
        case .list(let elements): elements.count
        case .array(let elements, _): elements.count
        case .map(let entries): entries.count
        case .object(let members, _): members.count
        default: nil
        }
    }

    /// The entry of a map; nil where there is none, or where this is no map.
    func entry(_ key: CELValue) -> CELValue? {
        switch self {
        case .map(let entries): return entries.first { $0.key.equals(key) }?.value
        case .object(let members, let schema):
            guard case .string(let name) = key, let member = members[name] else { return nil }
            return CELValue(member, schema?.field(name))
        default: return nil
        }
    }

    /// The member that `name` stands for in an expression, where names are escaped that CEL does not allow.
    func member(_ name: String) -> CELValue? {
        if case .object(_, let schema?) = self, schema.object != nil { return entry(.string(CELNames.unescape(name))) }
        return entry(.string(name))
    }
}

/// Members whose names are no identifiers, as expressions write them (Kubernetes documentation, "Validation rules").
enum CELNames {
    private static let escapes = [("__underscores__", "__"), ("__dot__", "."), ("__dash__", "-"), ("__slash__", "/")]
    private static let keywords: Set = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop", "package", "namespace", "return",
    ]

    static func unescape(_ name: String) -> String {
        guard name.contains("__") else { return name }
        if name.hasPrefix("__"), name.hasSuffix("__"), name.utf8.count > 4 {
            let word = String(name.dropFirst(2).dropLast(2))
            if keywords.contains(word) { return word }
        }
        var result = ""
        var rest = name[...]
        while !rest.isEmpty {
            if let (escape, text) = escapes.first(where: { rest.hasPrefix($0.0) }) {
                result += text
                rest = rest.dropFirst(escape.count)
            } else {
                result.append(rest.removeFirst())
            }
        }
        return result
    }
}

// MARK: - Comparing

extension CELValue {
    /// Numbers are equal across their types; values of different types are different.
    func equals(_ other: CELValue) -> Bool {
        if let order = order(to: other) { return order == 0 }
        switch (self, other) {
        case (.null, .null): return true
        case (.type(let left), .type(let right)): return left == right
        case (.optional(let left), .optional(let right)):
            return left.count == right.count && zip(left, right).allSatisfy { $0.equals($1) }
        default: break
        }
        if let left = elements, let right = other.elements {
            guard left.count == right.count else { return false }
            if isUnordered || other.isUnordered { return left.allSatisfy { element in right.contains { $0.equals(element) } } }
            return zip(left, right).allSatisfy { $0.equals($1) }
        }
        if let left = entries, let right = other.entries {
            return left.count == right.count
                && left.allSatisfy { entry in other.entry(entry.key).map { $0.equals(entry.value) } == true }
        }
        return false
    }

    /// Sets and maps of API objects are lists whose order means nothing.
    private var isUnordered: Bool { if case .array(_, let schema?) = self { schema.listType != .atomic } else { false } }

    /// Negative, 0 or positive; nil for what has no order, and for NaN.
    func order(to other: CELValue) -> Int? {
        func sign<Value: Comparable>(_ left: Value, _ right: Value) -> Int? {
            left < right ? -1 : left > right ? 1 : left == right ? 0 : nil
        }
        switch (self, other) {
        case (.int(let left), .int(let right)): return sign(left, right)
        case (.uint(let left), .uint(let right)): return sign(left, right)
        case (.double(let left), .double(let right)): return sign(left, right)
        case (.int(let left), .uint(let right)): return left < 0 ? -1 : sign(UInt64(left), right)
        case (.uint(let left), .int(let right)): return right < 0 ? 1 : sign(left, UInt64(right))
        case (.int(let left), .double(let right)): return sign(Double(left), right)
        case (.double(let left), .int(let right)): return sign(left, Double(right))
        case (.uint(let left), .double(let right)): return sign(Double(left), right)
        case (.double(let left), .uint(let right)): return sign(left, Double(right))
        case (.string(let left), .string(let right)):
            return left.hasSameBytes(as: right) ? 0 : left.precedesInBytes(right) ? -1 : 1
        case (.bytes(let left), .bytes(let right)):
            return left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
        case (.bool(let left), .bool(let right)): return left == right ? 0 : right ? -1 : 1
        case (.timestamp(let left), .timestamp(let right)): return sign(left, right)
        case (.duration(let left), .duration(let right)): return sign(left, right)
        case (.quantity(let left), .quantity(let right)): return sign(left, right)
        default: return nil
        }
    }
}
