/// Turns messages into the JSON that the same client would have sent.
struct ProtobufDecoder {
    private let library: ProtobufLibrary
    private var depth = 0

    init(_ library: ProtobufLibrary) { self.library = library }

    private typealias Members = ContiguousArray<JSONObject.Member>

    /// The members of a message. Fields of unknown number are passed over; of a member that comes twice the last one counts.
    mutating func object(_ bytes: ArraySlice<UInt8>, _ message: ProtobufMessage) throws(ProtobufError) -> JSONObject {
        JSONObject(unsorted: try members(bytes, message))
    }

    private mutating func members(_ bytes: ArraySlice<UInt8>, _ message: ProtobufMessage) throws(ProtobufError) -> Members {
        // Go writes structs that hold nothing too: there are many.
        guard !bytes.isEmpty else { return [] }
        depth += 1
        defer { depth -= 1 }
        guard depth <= JSON.maximumDepth else { throw .malformed("nested deeper than \(JSON.maximumDepth) levels") }
        var members = Members()
        var values = [JSON?](repeating: nil, count: message.capacity)
        // Lists and maps come an element at a time.
        var lists: [Int: [JSON]] = [:]
        var maps: [Int: Members] = [:]
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            switch message[number] {
            case nil: break
            case .embedded(let message): members += try self.members(try value.bytes, message)
            case .member(let member):
                do {
                    switch member.type.shape {
                    case .array(let element):
                        try append(value, of: element, to: &lists[number, default: []])
                    case .map(let element):
                        maps[number, default: []].append(try entry(value, of: element, member.union))
                    default:
                        let json = try self.value(value, of: member.type, member.union)
                        values[number] = member.keepsZero || json?.isZero(of: member.type) == false ? json : nil
                    }
                } catch {
                    throw error.within(member.name)
                }
            }
        }
        for (number, elements) in lists { values[number] = .array(elements) }
        for (number, entries) in maps { values[number] = .object(JSONObject(unsorted: entries)) }
        for (number, value) in values.enumerated() {
            if let value, case .member(let member) = message[number] { members.append(.init(key: member.name, value: value)) }
        }
        return members
    }

    /// One element, or several numbers packed into one field: a reader must take both.
    private mutating func append(
        _ value: ProtobufReader.Value, of element: TypeSchema, to elements: inout [JSON]
    ) throws(ProtobufError) {
        guard case .bytes(let packed) = value else {
            elements.append(try self.value(value, of: element) ?? .null)
            return
        }
        var reader = ProtobufReader(packed)
        switch element.shape {
        case .boolean, .integer:
            while let number = try reader.nextVarint() { elements.append(try self.value(.varint(number), of: element) ?? .null) }
        case .number:
            while let bits = try reader.nextFixed64() { elements.append(try self.value(.fixed64(bits), of: element) ?? .null) }
        default: elements.append(try self.value(value, of: element) ?? .null)
        }
    }

    /// A map's entry is a message of key (1) and value (2), of which either is left out where it is zero.
    private mutating func entry(
        _ value: ProtobufReader.Value, of element: TypeSchema, _ union: ProtobufMessage?
    ) throws(ProtobufError) -> JSONObject.Member {
        var key = ""
        var json: JSON?
        var reader = ProtobufReader(try value.bytes)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: key = String(decoding: try value.bytes, as: UTF8.self)
            case 2:
                do { json = try self.value(value, of: element, union) } catch { throw error.within(key) }
            default: break
            }
        }
        return .init(key: key, value: json ?? .zero(of: element))
    }

    /// Nil stands for Go's null: a time that is not set.
    private mutating func value(
        _ value: ProtobufReader.Value, of type: TypeSchema, _ union: ProtobufMessage? = nil
    ) throws(ProtobufError) -> JSON? {
        if let union { return try members(try value.bytes, union).last?.value }
        switch type.shape {
        case .boolean: return .bool(try value.varint != 0)
        case .integer(let bits):
            let number = try value.varint
            return .integer(bits == 32 ? Int64(Int32(truncatingIfNeeded: number)) : Int64(bitPattern: number))
        case .number:
            guard case .fixed64(let bits) = value, case let number = Double(bitPattern: bits), number.isFinite else {
                throw .malformed("expected a finite number")
            }
            return .number(number)
        case .string: return .string(String(decoding: try value.bytes, as: UTF8.self))
        case .bytes: return .string(Base64.encode(try value.bytes))
        case .time: return try time(value.bytes).map { .string($0.description) }
        case .microTime: return try time(value.bytes).map { .string($0.microTime) }
        case .quantity: return try first(in: value.bytes).map { .string(String(decoding: $0, as: UTF8.self)) }
        case .intOrString: return try intOrString(value.bytes)
        case .any:
            // `RawExtension` and `FieldsV1`: a message of JSON text.
            guard let text = try first(in: value.bytes), !text.isEmpty else { return nil }
            do { return try JSON(parsing: Array(text)) } catch { throw .malformed("it holds no JSON: \(error)") }
        case .array(let element):
            // The only list within a map: `ExtraValue`, a message of items (1).
            var elements: [JSON] = []
            var reader = ProtobufReader(try value.bytes)
            while let (number, value) = try reader.next() {
                if number == 1 { try append(value, of: element, to: &elements) }
            }
            return .array(elements)
        case .map: throw .malformed("no message is a map of maps")
        case .object(let type):
            guard let message = library.message(of: type) else { throw .malformed("\(type.name) has no protobuf encoding") }
            return .object(try object(try value.bytes, message))
        }
    }

    /// Field 1 of a message that has one field of bytes.
    private func first(in bytes: ArraySlice<UInt8>) throws(ProtobufError) -> ArraySlice<UInt8>? {
        var reader = ProtobufReader(bytes)
        var found: ArraySlice<UInt8>?
        while let (number, value) = try reader.next() { if number == 1 { found = try value.bytes } }
        return found
    }

    /// Seconds (1) and nanoseconds (2) since 1970; none of either is Go's zero time.
    private func time(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> Timestamp? {
        var seconds: Int64 = 0
        var nanoseconds: Int64 = 0
        var reader = ProtobufReader(bytes)
        while let (number, value) = try reader.next() {
            switch number {
            case 1: seconds = Int64(bitPattern: try value.varint)
            case 2: nanoseconds = Int64(Int32(truncatingIfNeeded: try value.varint))
            default: break
            }
        }
        guard seconds != 0 || nanoseconds != 0 else { return nil }
        let (product, isTooLarge) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, overflows) = product.addingReportingOverflow(nanoseconds)
        return Timestamp(nanoseconds: isTooLarge || overflows ? (seconds < 0 ? .min : .max) : sum)
    }

    /// Type (1: 0 for a number, 1 for a string), number (2), string (3).
    private func intOrString(_ bytes: ArraySlice<UInt8>) throws(ProtobufError) -> JSON {
        var isString = false
        var number: Int32 = 0
        var text = ""
        var reader = ProtobufReader(bytes)
        while let (field, value) = try reader.next() {
            switch field {
            case 1: isString = try value.varint == 1
            case 2: number = Int32(truncatingIfNeeded: try value.varint)
            case 3: text = String(decoding: try value.bytes, as: UTF8.self)
            default: break
            }
        }
        return isString ? .string(text) : .integer(Int64(number))
    }
}

extension ProtobufReader.Value {
    fileprivate var varint: UInt64 {
        get throws(ProtobufError) {
            guard case .varint(let value) = self else { throw .malformed("expected a varint") }
            return value
        }
    }

    fileprivate var bytes: ArraySlice<UInt8> {
        get throws(ProtobufError) {
            guard case .bytes(let value) = self else { throw .malformed("expected a length and bytes") }
            return value
        }
    }
}

extension JSON {
    /// Whether Go's `omitempty` would leave the value out, or would, could it tell an empty struct. A value of any shape is
    /// what the client put there.
    fileprivate func isZero(of type: TypeSchema) -> Bool {
        switch self {
        case .bool(let value): !value
        case .integer(let value): value == 0
        case .number(let value): value == 0
        case .string(let value): value.isEmpty
        case .object(let members): members.isEmpty && type.object != nil
        case .null, .array: false
        }
    }

    /// What a map's entry without a value stands for.
    fileprivate static func zero(of type: TypeSchema) -> JSON {
        switch type.shape {
        case .string, .bytes: ""
        case .boolean: false
        case .integer, .number: 0
        case .quantity: "0"
        case .object: [:]
        case .array: []
        default: .null
        }
    }
}
