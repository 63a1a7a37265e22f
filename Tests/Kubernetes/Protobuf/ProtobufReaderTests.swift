import Testing

@testable import Kubernetes

@Suite struct ProtobufReaderTests {
    private func fields(_ bytes: [UInt8]) throws -> [(Int, ProtobufReader.Value)] {
        var reader = ProtobufReader(bytes[...])
        var fields: [(Int, ProtobufReader.Value)] = []
        while let (number, value) = try reader.next() { fields.append((number, value)) }
        return fields
    }

    private func failure(_ bytes: [UInt8]) -> String? {
        do {
            _ = try fields(bytes)
            return nil
        } catch { return "\(error)" }
    }

    /// The examples of protobuf.dev, "Encoding".
    @Test func readsEveryWireType() throws {
        let read = try fields(
            [0x08, 0x96, 0x01, 0x12, 0x07] + Array("testing".utf8) + [0x19, 1, 2, 0, 0, 0, 0, 0, 0x80, 0x25, 1, 0, 0, 1])
        #expect(read.map(\.0) == [1, 2, 3, 4])
        #expect(read[0].1 == .varint(150))
        #expect(read[1].1 == .bytes(Array("testing".utf8)[...]))
        #expect(read[2].1 == .fixed64(0x8000_0000_0000_0201))
        #expect(read[3].1 == .fixed32(0x0100_0001))
        #expect(try fields([]).isEmpty)
    }

    @Test func varintsReachSixtyFourBits() throws {
        #expect(try fields([8] + [UInt8](repeating: 0xFF, count: 9) + [1])[0].1 == .varint(.max))
        #expect(failure([8] + [UInt8](repeating: 0xFF, count: 9) + [2]) == "a varint is longer than 64 bits")
        #expect(failure([8] + [UInt8](repeating: 0x80, count: 10) + [0]) == "a varint is longer than 64 bits")
    }

    @Test func refusesWhatIsCutOff() {
        #expect(failure([8, 0x80]) == "it ends within a varint")
        #expect(failure([0x80]) == "it ends within a varint")
        #expect(failure([0x12, 5, 1]) == "it ends within a field of 5 bytes")
        #expect(failure([0x12] + [UInt8](repeating: 0xFF, count: 9) + [1]) == "it ends within a field of \(UInt64.max) bytes")
        #expect(failure([0x19, 1]) == "it ends within a field of 8 bytes")
        #expect(failure([0x25, 1]) == "it ends within a field of 4 bytes")
    }

    @Test func refusesGroupsAndFieldsWithoutNumber() {
        #expect(failure([0x0B]) == "field 1 has wire type 3")
        #expect(failure([0x0F, 0]) == "field 1 has wire type 7")
        #expect(failure([0x00, 0]) == "field number 0 is out of range")
        #expect(failure([0x80, 0x80, 0x80, 0x80, 0x10, 0]) == "field number 536870912 is out of range")
    }
}
