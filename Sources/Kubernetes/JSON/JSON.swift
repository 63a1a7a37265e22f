/// A JSON value (RFC 8259) as the Kubernetes API uses it.
///
/// Integers that fit 64 bits stay integers, as in `k8s.io/apimachinery`: `replicas: 3` never turns into `3.0`.
/// Objects keep their members sorted by key, so equal values encode to equal bytes.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object(JSONObject)

    /// Whether both are the same value, which is whether their encodings are the same: strings are compared by their bytes, and
    /// 3.0 is 3. Values that share their parts are compared without looking into those.
    public static func == (left: JSON, right: JSON) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let left), .bool(let right)): left == right
        case (.integer(let left), .integer(let right)): left == right
        case (.number(let left), .number(let right)): left == right
        case (.integer(let integer), .number(let number)), (.number(let number), .integer(let integer)):
            Int64(exactly: number) == integer
        case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
        case (.array(let left), .array(let right)): left == right
        case (.object(let left), .object(let right)): left == right
        default: false
        }
    }
}

// MARK: - Reading

extension JSON {
    public var isNull: Bool { if case .null = self { true } else { false } }

    public var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    public var string: String? { if case .string(let value) = self { value } else { nil } }

    public var array: [JSON]? { if case .array(let value) = self { value } else { nil } }

    public var object: JSONObject? { if case .object(let value) = self { value } else { nil } }

    /// The value as an integer; a whole `number` counts too, as JSON does not tell `3` from `3.0`.
    public var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    public var int: Int? { integer.flatMap(Int.init(exactly:)) }

    public var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The strings of an array of strings; other elements are passed over. Empty for anything but an array.
    public var strings: [String] { array?.compactMap(\.string) ?? [] }

    /// The string members of an object (labels, annotations, node selectors). Empty for anything but an object.
    public var stringMap: [String: String] {
        guard case .object(let members) = self else { return [:] }
        var map = [String: String](minimumCapacity: members.count)
        for (key, value) in members { if let value = value.string { map[key] = value } }
        return map
    }

    /// What kind of value this is, in the words of JSON: for error messages.
    public var typeName: String {
        switch self {
        case .null: "null"
        case .bool: "boolean"
        case .integer: "integer"
        case .number: "number"
        case .string: "string"
        case .array: "array"
        case .object: "object"
        }
    }
}

// MARK: - Paths

extension JSON {
    /// The member named `key`; nil where this is no object or has no such member. Setting makes an object of a value that
    /// is none, and setting nil removes the member.
    public subscript(key: String) -> JSON? {
        get {
            guard case .object(let members) = self else { return nil }
            return members[key]
        }
        _modify {
            // The object leaves `self` while it is changed, so that the change happens in place.
            var members: JSONObject
            if case .object(let current) = self { members = current } else { members = JSONObject() }
            self = .null
            defer { self = .object(members) }
            yield &members[key]
        }
    }

    /// The element at `index`; nil where this is no array or is shorter.
    public subscript(index: Int) -> JSON? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// The value below the members named in `path`, outermost first. Setting makes the objects on the way where they are
    /// missing; setting nil removes the last member and leaves the way.
    public subscript(path: [String]) -> JSON? {
        get {
            var value = self
            for key in path {
                guard let next = value[key] else { return nil }
                value = next
            }
            return value
        }
        set {
            guard let first = path.first else {
                self = newValue ?? .null
                return
            }
            if path.count == 1 {
                self[first] = newValue
            } else if newValue != nil || self[first] != nil {
                self[first, default: .object([:])][Array(path.dropFirst())] = newValue
            }
        }
    }

    /// The member named `key`, or `fallback` where there is none, for reading and for changing in place.
    public subscript(key: String, default fallback: @autoclosure () -> JSON) -> JSON {
        get { self[key] ?? fallback() }
        _modify {
            var value = self[key].take() ?? fallback()
            defer { self[key] = value }
            yield &value
        }
    }

    /// `value["a", "b"]`, short for a path.
    public subscript(_ first: String, _ second: String, _ rest: String...) -> JSON? {
        get { self[[first, second] + rest] }
        set { self[[first, second] + rest] = newValue }
    }
}

extension Optional {
    /// Moves the value out and leaves nil, so that the caller holds the only reference to it.
    fileprivate mutating func take() -> Wrapped? {
        defer { self = nil }
        return self
    }
}

// MARK: - Making

// No `nil` literal: in `json["a"] = isSet ? value : nil` it would silently mean `.null`, which stays in the object.
extension JSON: ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByStringInterpolation, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    public init(booleanLiteral value: Bool) { self = .bool(value) }
    public init(integerLiteral value: Int64) { self = .integer(value) }
    public init(floatLiteral value: Double) { self = .number(value) }
    public init(stringLiteral value: String) { self = .string(value) }
    public init(arrayLiteral elements: JSON...) { self = .array(elements) }
    public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(JSONObject(elements)) }

    public init(_ strings: some Sequence<String>) { self = .array(strings.map(JSON.string)) }
    public init(_ map: [String: String]) { self = .object(JSONObject(map.map { ($0.key, .string($0.value)) })) }
    public init(_ integer: some BinaryInteger) { self = .integer(Int64(clamping: integer)) }
}

extension JSON: CustomStringConvertible {
    /// The encoded value.
    public var description: String { String(decoding: encoded(), as: UTF8.self) }
}
