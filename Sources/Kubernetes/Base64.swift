/// Base 64 as Kubernetes has it in Secrets, kubeconfigs and webhook answers (RFC 4648 §4, with padding).
public enum Base64 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    public static func encode(_ bytes: some Collection<UInt8>) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var bits: UInt32 = 0
        var pending = 0
        for byte in bytes {
            bits = bits << 8 | UInt32(byte)
            pending += 1
            if pending == 3 {
                for shift in [18, 12, 6, 0] as [UInt32] { text.append(alphabet[Int(bits >> shift & 63)]) }
                (bits, pending) = (0, 0)
            }
        }
        if pending > 0 {
            bits <<= UInt32(3 - pending) * 8
            for index in 0..<4 {
                text.append(index <= pending ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 63)] : UInt8(ascii: "="))
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// In the URL's alphabet and without padding (RFC 4648 §5).
    public static func encodeURL(_ bytes: some Collection<UInt8>) -> String {
        encode(bytes).replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    /// Reads what `encodeURL` writes; nil for anything else.
    public static func decodeURL(_ text: some StringProtocol) -> [UInt8]? {
        let padding = String(repeating: "=", count: (4 - text.utf8.count % 4) % 4)
        return decode(String(text).replacing("-", with: "+").replacing("_", with: "/") + padding)
    }

    /// Line breaks are passed over, as in Go's encoding/base64; nil for anything else that is not of the alphabet, and for
    /// missing padding.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.utf8.count / 4 * 3)
        var bits: UInt32 = 0
        var digits = 0
        var padding = 0
        var isComplete = false
        for character in text.utf8 where character != UInt8(ascii: "\n") && character != UInt8(ascii: "\r") {
            guard !isComplete else { return nil }
            if character == UInt8(ascii: "=") {
                padding += 1
                bits <<= 6
            } else {
                let value = values[Int(character)]
                guard value != 0xFF, padding == 0 else { return nil }
                bits = bits << 6 | UInt32(value)
            }
            digits += 1
            if digits == 4 {
                guard padding <= 2 else { return nil }
                for index in 0..<3 - padding { bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(16 - 8 * index))) }
                (bits, digits) = (0, 0)
                isComplete = padding > 0
            }
        }
        return digits == 0 ? bytes : nil
    }
}
