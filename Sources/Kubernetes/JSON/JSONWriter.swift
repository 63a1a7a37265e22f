extension JSON {
    /// The compact encoding. Members come in the order of their keys, so equal values have equal bytes.
    public func encoded() -> [UInt8] {
        var writer = JSONWriter()
        writer.write(self)
        return writer.bytes()
    }

    /// The encoding for people: one member or element a line, indented by two spaces a level.
    public func prettyPrinted() -> String {
        var writer = JSONWriter(indentation: 2)
        writer.write(self)
        return String(decoding: writer.bytes(), as: UTF8.self)
    }
}

/// Writes values into a buffer of its own, without a bounds check a byte.
private struct JSONWriter: ~Copyable {
    private var storage: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    private var count = 0
    /// Spaces a level; nil writes compactly.
    private let indentation: Int?
    private var level = 0

    init(indentation: Int? = nil) {
        self.indentation = indentation
        // Most objects fit without growing.
        capacity = 8192
        storage = .allocate(capacity: capacity)
    }

    deinit { storage.deallocate() }

    borrowing func bytes() -> [UInt8] {
        Array(unsafeUninitializedCapacity: count) { buffer, initialized in
            buffer.baseAddress?.initialize(from: storage, count: count)
            initialized = count
        }
    }

    @inline(__always)
    private mutating func reserve(_ more: Int) {
        if capacity - count < more { grow(more) }
    }

    private mutating func grow(_ more: Int) {
        let larger = max(capacity * 2, count + more)
        let next = UnsafeMutablePointer<UInt8>.allocate(capacity: larger)
        next.moveInitialize(from: storage, count: count)
        storage.deallocate()
        storage = next
        capacity = larger
    }

    @inline(__always)
    private mutating func put(_ byte: UInt8) {
        reserve(1)
        storage[count] = byte
        count += 1
    }

    private mutating func put(_ text: StaticString) {
        reserve(text.utf8CodeUnitCount)
        (storage + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count += text.utf8CodeUnitCount
    }

    mutating func write(_ value: borrowing JSON) {
        switch copy value {
        case .null: put("null")
        case .bool(let value): put(value ? "true" : "false")
        case .integer(let value): write(value)
        case .number(let value): write(value)
        case .string(let value): write(value)
        case .array(let elements):
            put(UInt8(ascii: "["))
            level += 1
            for index in elements.indices {
                if index > 0 { put(UInt8(ascii: ",")) }
                newline()
                write(elements[index])
            }
            level -= 1
            if !elements.isEmpty { newline() }
            put(UInt8(ascii: "]"))
        case .object(let object):
            put(UInt8(ascii: "{"))
            level += 1
            for index in object.members.indices {
                if index > 0 { put(UInt8(ascii: ",")) }
                newline()
                write(object.members[index].key)
                put(UInt8(ascii: ":"))
                if indentation != nil { put(UInt8(ascii: " ")) }
                write(object.members[index].value)
            }
            level -= 1
            if !object.isEmpty { newline() }
            put(UInt8(ascii: "}"))
        }
    }

    private mutating func newline() {
        guard let indentation else { return }
        put(UInt8(ascii: "\n"))
        for _ in 0..<level * indentation { put(UInt8(ascii: " ")) }
    }

    private mutating func write(_ value: Int64) {
        reserve(20)
        if value < 0 { put(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        let start = count
        repeat {
            storage[count] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: magnitude % 10)
            count += 1
            magnitude /= 10
        } while magnitude > 0
        var digits = UnsafeMutableBufferPointer(start: storage + start, count: count - start)
        digits.reverse()
    }

    /// Whole numbers are written without a fraction, as Go's encoding/json does.
    private mutating func write(_ value: Double) {
        if let whole = Int64(exactly: value) {
            write(whole)
        } else {
            write(verbatim: value.isFinite ? "\(value)" : "null")
        }
    }

    private mutating func write(verbatim text: String) {
        for byte in text.utf8 { put(byte) }
    }

    private mutating func write(_ text: String) {
        let length = text.utf8.count
        reserve(length * 6 + 2)  // every byte as \u00XX at worst
        storage[count] = UInt8(ascii: "\"")
        count += 1
        let written: Int? = text.utf8.withContiguousStorageIfAvailable { bytes in
            Self.escape(bytes, into: storage + count)
        }
        if let written {
            count += written
        } else {
            let bytes = ContiguousArray(text.utf8)
            count += bytes.withUnsafeBufferPointer { Self.escape($0, into: storage + count) }
        }
        storage[count] = UInt8(ascii: "\"")
        count += 1
    }

    /// Copies `bytes` with escapes where RFC 8259 §7 asks for them; eight at a time while none is needed.
    @inline(__always)
    private static func escape(_ bytes: UnsafeBufferPointer<UInt8>, into target: UnsafeMutablePointer<UInt8>) -> Int {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        guard let source = bytes.baseAddress else { return 0 }
        var read = 0
        var written = 0
        while read < bytes.count {
            if read + 8 <= bytes.count {
                let word = UnsafeRawPointer(source + read).loadUnaligned(as: UInt64.self)
                let quotes = word ^ (ones &* 0x22)
                let slashes = word ^ (ones &* 0x5C)
                let hits =
                    ((quotes &- ones) & ~quotes | (slashes &- ones) & ~slashes | (word &- ones &* 0x20) & ~word) & highs
                if hits == 0 {
                    UnsafeMutableRawPointer(target + written).storeBytes(of: word, as: UInt64.self)
                    read += 8
                    written += 8
                    continue
                }
            }
            // One byte at a time up to the next word that needs no escape.
            let byte = source[read]
            read += 1
            guard byte < 0x20 || byte == 0x22 || byte == 0x5C else {
                target[written] = byte
                written += 1
                continue
            }
            target[written] = UInt8(ascii: "\\")
            switch byte {
            case 0x0A: target[written + 1] = UInt8(ascii: "n")
            case 0x0D: target[written + 1] = UInt8(ascii: "r")
            case 0x09: target[written + 1] = UInt8(ascii: "t")
            case 0x22, 0x5C: target[written + 1] = byte
            default:
                let digits: StaticString = "0123456789abcdef"
                target[written + 1] = UInt8(ascii: "u")
                target[written + 2] = UInt8(ascii: "0")
                target[written + 3] = UInt8(ascii: "0")
                target[written + 4] = digits.utf8Start[Int(byte >> 4)]
                target[written + 5] = digits.utf8Start[Int(byte & 15)]
                written += 4
            }
            written += 2
        }
        return written
    }
}
