/// Random UUIDs (RFC 9562, version 4), in lower case.
public enum RandomUUID {
    public static func make() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = generator.next() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = generator.next() & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        let digits: StaticString = "0123456789abcdef"
        return String(unsafeUninitializedCapacity: 36) { text in
            var length = 0
            for nibble in 0..<32 {
                if [8, 12, 16, 20].contains(nibble) {
                    text[length] = UInt8(ascii: "-")
                    length += 1
                }
                let word = nibble < 16 ? high : low
                text[length] = digits.utf8Start[Int(word >> UInt64(60 - nibble % 16 * 4) & 15)]
                length += 1
            }
            return length
        }
    }
}
