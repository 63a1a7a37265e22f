import Kubernetes

/// What a profile may tell a plugin. Its properties are the arguments' names; those that a profile does not give keep the
/// values of `init()`; names that are no properties are refused.
public protocol PluginArguments: Decodable, Sendable {
    init()
}

/// For plugins that take none.
public struct NoArguments: PluginArguments {
    public init() {}
}

/// What is wrong with an argument.
public struct ArgumentError: Error, Equatable, CustomStringConvertible {
    /// The path below `arguments`: `zones[1].weight`; empty for all of them.
    public var field: String
    public var message: String

    public init(field: String, _ message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { field.isEmpty ? message : "\(field): \(message)" }
}

extension PluginArguments {
    /// Reads `arguments:` of a profile.
    init(_ json: JSON) throws(ArgumentError) {
        let node = JSONNode(json: json, path: "", defaults: Mirror(reflecting: Self()))
        do {
            self = try Self(from: JSONDecoder(node: node))
        } catch let error as ArgumentError {
            throw error
        } catch DecodingError.keyNotFound(let key, _) {
            throw ArgumentError(field: key.stringValue, "is required")
        } catch DecodingError.dataCorrupted(let context) {
            throw ArgumentError(field: context.codingPath.path, context.debugDescription)
        } catch {
            throw ArgumentError(field: "", "\(error)")
        }
    }
}

extension [any CodingKey] {
    fileprivate var path: String { reduce("") { $0.isEmpty ? $1.stringValue : "\($0).\($1.stringValue)" } }
}

/// A value, where it is below `arguments`, and what its members are where they are not given.
private struct JSONNode {
    var json: JSON
    var path: String
    var defaults: Mirror?

    func child(_ key: String, _ json: JSON) -> JSONNode {
        JSONNode(json: json, path: path.isEmpty ? key : "\(path).\(key)")
    }

    func child(_ index: Int, _ json: JSON) -> JSONNode { JSONNode(json: json, path: "\(path)[\(index)]") }

    func mismatch(_ expected: String) -> ArgumentError {
        ArgumentError(field: path, "must be \(expected), not \(json.typeName)")
    }

    func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try Value(from: JSONDecoder(node: self)) }
}

/// A strict `Decoder` of JSON values: unknown members are errors, and no type is taken for another.
private struct JSONDecoder: Decoder {
    let node: JSONNode
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) throws -> KeyedDecodingContainer<Key> {
        guard let members = node.json.object ?? (node.json.isNull ? JSONObject() : nil) else { throw node.mismatch("an object") }
        for key in members.keys where Key(stringValue: key) == nil {
            throw ArgumentError(field: node.child(key, .null).path, "unknown argument")
        }
        return KeyedDecodingContainer(Members(node: node, members: members))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        guard let elements = node.json.array else { throw node.mismatch("an array") }
        return Elements(node: node, elements: elements)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { Scalar(node: node) }

    private struct Scalar: SingleValueDecodingContainer {
        let node: JSONNode
        var codingPath: [any CodingKey] { [] }

        func decodeNil() -> Bool { node.json.isNull }

        func decode(_ type: Bool.Type) throws -> Bool { try some(node.json.bool, "a boolean") }
        func decode(_ type: String.Type) throws -> String { try some(node.json.string, "a string") }
        func decode(_ type: Double.Type) throws -> Double { try some(node.json.double, "a number") }
        func decode(_ type: Float.Type) throws -> Float { Float(try decode(Double.self)) }
        func decode(_ type: Int.Type) throws -> Int { try integer() }
        func decode(_ type: Int8.Type) throws -> Int8 { try integer() }
        func decode(_ type: Int16.Type) throws -> Int16 { try integer() }
        func decode(_ type: Int32.Type) throws -> Int32 { try integer() }
        func decode(_ type: Int64.Type) throws -> Int64 { try integer() }
        func decode(_ type: UInt.Type) throws -> UInt { try integer() }
        func decode(_ type: UInt8.Type) throws -> UInt8 { try integer() }
        func decode(_ type: UInt16.Type) throws -> UInt16 { try integer() }
        func decode(_ type: UInt32.Type) throws -> UInt32 { try integer() }
        func decode(_ type: UInt64.Type) throws -> UInt64 { try integer() }
        func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try node.decode(type) }

        private func some<Value>(_ value: Value?, _ expected: String) throws -> Value {
            guard let value else { throw node.mismatch(expected) }
            return value
        }

        private func integer<Value: FixedWidthInteger>() throws -> Value {
            let integer = try some(node.json.integer, "an integer")
            guard let value = Value(exactly: integer) else {
                throw ArgumentError(field: node.path, "must be \(Value.min)…\(Value.max), not \(integer)")
            }
            return value
        }
    }

    private struct Members<Key: CodingKey>: KeyedDecodingContainerProtocol {
        let node: JSONNode
        let members: JSONObject
        var codingPath: [any CodingKey] { [] }
        var allKeys: [Key] { members.keys.compactMap(Key.init) }

        func contains(_ key: Key) -> Bool { members[key.stringValue] != nil }

        func decodeNil(forKey key: Key) throws -> Bool { members[key.stringValue]?.isNull ?? true }

        func decode<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value {
            if let json = members[key.stringValue] { return try node.child(key.stringValue, json).decode(type) }
            for child in node.defaults?.children ?? .init([]) where child.label == key.stringValue {
                if let value = child.value as? Value { return value }
            }
            throw ArgumentError(field: node.child(key.stringValue, .null).path, "is required")
        }

        func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? {
            contains(key) ? try decode(type, forKey: key) : try? decode(Optional<Value>.self, forKey: key)
        }

        func nestedContainer<Nested: CodingKey>(
            keyedBy type: Nested.Type, forKey key: Key
        ) throws -> KeyedDecodingContainer<Nested> {
            try superDecoder(forKey: key).container(keyedBy: type)
        }

        func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
            try superDecoder(forKey: key).unkeyedContainer()
        }

        func superDecoder() throws -> any Decoder { JSONDecoder(node: node) }

        func superDecoder(forKey key: Key) throws -> any Decoder {
            JSONDecoder(node: node.child(key.stringValue, members[key.stringValue] ?? .null))
        }
    }

    private struct Elements: UnkeyedDecodingContainer {
        let node: JSONNode
        let elements: [JSON]
        var currentIndex = 0
        var codingPath: [any CodingKey] { [] }
        var count: Int? { elements.count }
        var isAtEnd: Bool { currentIndex >= elements.count }

        init(node: JSONNode, elements: [JSON]) {
            self.node = node
            self.elements = elements
        }

        mutating func decodeNil() throws -> Bool {
            guard !isAtEnd, elements[currentIndex].isNull else { return false }
            currentIndex += 1
            return true
        }

        mutating func decode<Value: Decodable>(_ type: Value.Type) throws -> Value { try next().decode(type) }

        mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) throws -> KeyedDecodingContainer<Nested> {
            try superDecoder().container(keyedBy: type)
        }

        mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { try superDecoder().unkeyedContainer() }

        mutating func superDecoder() throws -> any Decoder { JSONDecoder(node: try next()) }

        private mutating func next() throws -> JSONNode {
            guard !isAtEnd else { throw ArgumentError(field: node.path, "has too few elements") }
            defer { currentIndex += 1 }
            return node.child(currentIndex, elements[currentIndex])
        }
    }
}
