/// Writes messages by hand.
struct ProtobufWriter {
    private(set) var bytes: [UInt8] = []

    init(_ write: (inout ProtobufWriter) -> Void = { _ in }) { write(&self) }

    mutating func varint(_ number: Int, _ value: Int64) {
        raw(UInt64(number) << 3)
        raw(UInt64(bitPattern: value))
    }

    mutating func string(_ number: Int, _ text: String) { data(number, Array(text.utf8)) }

    mutating func message(_ number: Int, _ write: (inout ProtobufWriter) -> Void = { _ in }) {
        data(number, ProtobufWriter(write).bytes)
    }

    mutating func data(_ number: Int, _ data: [UInt8]) {
        raw(UInt64(number) << 3 | 2)
        raw(UInt64(data.count))
        bytes += data
    }

    mutating func raw(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// The message in Kubernetes' envelope.
    static func object(_ apiVersion: String, _ kind: String, _ write: (inout ProtobufWriter) -> Void = { _ in }) -> [UInt8] {
        [0x6B, 0x38, 0x73, 0]
            + ProtobufWriter {
                $0.message(1) {
                    $0.string(1, apiVersion)
                    $0.string(2, kind)
                }
                $0.message(2, write)
                $0.string(3, "")
                $0.string(4, "")
            }.bytes
    }
}
