/// Reads the fields of one message in the order in which they come (protobuf.dev, "Encoding").
struct ProtobufReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

    enum Value: Equatable {
        case varint(UInt64)
        case fixed64(UInt64)
        case fixed32(UInt32)
        case bytes(ArraySlice<UInt8>)
    }

    /// The next field; nil at the end.
    /// - Throws: `ProtobufError` for a field that is cut off, and for the wire types of groups, which Kubernetes never had.
    mutating func next() throws(ProtobufError) -> (number: Int, value: Value)? {
        guard !rest.isEmpty else { return nil }
        let tag = try varint()
        guard case let number = tag >> 3, (1...536_870_911).contains(number) else {
            throw .malformed("field number \(tag >> 3) is out of range")
        }
        let value: Value
        switch tag & 7 {
        case 0: value = .varint(try varint())
        case 1: value = .fixed64(littleEndian(try take(8)))
        case 2: value = .bytes(try take(try varint()))
        case 5: value = .fixed32(UInt32(truncatingIfNeeded: littleEndian(try take(4))))
        default: throw .malformed("field \(number) has wire type \(tag & 7)")
        }
        return (Int(number), value)
    }

    /// The next varint of a packed field; nil at the end.
    mutating func nextVarint() throws(ProtobufError) -> UInt64? { rest.isEmpty ? nil : try varint() }

    /// The next 64 bits of a packed field; nil at the end.
    mutating func nextFixed64() throws(ProtobufError) -> UInt64? { rest.isEmpty ? nil : littleEndian(try take(8)) }

    private mutating func varint() throws(ProtobufError) -> UInt64 {
        var result: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 70, by: 7) {
            guard let byte = rest.popFirst() else { throw .malformed("it ends within a varint") }
            guard shift < 63 || byte <= 1 else { break }
            result |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return result }
        }
        throw .malformed("a varint is longer than 64 bits")
    }

    private mutating func take(_ count: UInt64) throws(ProtobufError) -> ArraySlice<UInt8> {
        guard count <= UInt64(rest.count) else { throw .malformed("it ends within a field of \(count) bytes") }
        let taken = rest.prefix(Int(count))
        rest = rest.dropFirst(Int(count))
        return taken
    }

    private func littleEndian(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
