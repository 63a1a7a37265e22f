import Kubernetes

/// Names and uids that the server makes.
enum Naming {
    /// Letters and digits that spell no words and are not mistaken for each other.
    private static let alphabet = Array("bcdfghjklmnpqrstvwxz2456789")
    private static let suffixLength = 5
    private static let maximumLength = 63

    /// A name of `prefix` and five random characters, at most 63 in all: `metadata.generateName`.
    static func generate(prefix: String) -> String {
        String(prefix.prefix(maximumLength - suffixLength)) + String((0..<suffixLength).map { _ in alphabet.randomElement()! })
    }

    /// A random UUID (RFC 9562, version 4) in lower case.
    static func makeUID() -> String {
        var generator = SystemRandomNumberGenerator()
        let high = (generator.next() & 0xFFFF_FFFF_FFFF_0FFF) | 0x4000
        let low = (generator.next() & 0x3FFF_FFFF_FFFF_FFFF) | 0x8000_0000_0000_0000
        let digits = hexadecimal(high) + hexadecimal(low)
        var uid = ""
        uid.reserveCapacity(36)
        for (index, digit) in digits.utf8.enumerated() {
            if index == 8 || index == 12 || index == 16 || index == 20 { uid.append("-") }
            uid.unicodeScalars.append(Unicode.Scalar(digit))
        }
        return uid
    }

    private static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
