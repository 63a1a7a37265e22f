/// Keys and strings of JSON compare by their UTF-8 bytes: `"é"` composed and `"é"` decomposed are two keys, as they are to
/// etcd, to Go and to every other reader of the same bytes. Swift's own `==` and `<` hold canonically equivalent text for equal.
extension String {
    @inline(__always)
    func hasSameBytes(as other: String) -> Bool {
        // Equal bytes are equal text: most comparisons end here, at two words for strings of up to 15 bytes.
        self == other && (utf8.count == other.utf8.count && compareBytes(to: other) == 0)
    }

    @inline(__always)
    func precedesInBytes(_ other: String) -> Bool { compareBytes(to: other) < 0 }

    /// Less than, equal to or greater than 0, as this string's bytes come before, equal or come after those of `other`.
    @inline(__always)
    private func compareBytes(to other: String) -> Int {
        let result = utf8.withContiguousStorageIfAvailable { mine in
            other.utf8.withContiguousStorageIfAvailable { Self.compare(mine, $0) }
        }
        // Strings of another runtime (bridged from Objective-C) may lie scattered.
        if let result, let result { return result }
        if utf8.elementsEqual(other.utf8) { return 0 }
        return utf8.lexicographicallyPrecedes(other.utf8) ? -1 : 1
    }

    private static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int {
        let common = Swift.min(left.count, right.count)
        guard let leftStart = left.baseAddress, let rightStart = right.baseAddress else { return left.count - right.count }
        var index = 0
        while index + 8 <= common {
            let a = UnsafeRawPointer(leftStart + index).loadUnaligned(as: UInt64.self)
            let b = UnsafeRawPointer(rightStart + index).loadUnaligned(as: UInt64.self)
            if a != b { return UInt64(bigEndian: a) < UInt64(bigEndian: b) ? -1 : 1 }
            index += 8
        }
        while index < common {
            if left[index] != right[index] { return left[index] < right[index] ? -1 : 1 }
            index += 1
        }
        return left.count - right.count
    }
}
