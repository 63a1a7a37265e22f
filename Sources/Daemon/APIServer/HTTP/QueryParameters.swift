/// The parameters of a URL's query, in their order (`application/x-www-form-urlencoded`).
public struct QueryParameters: Sendable, Equatable {
    private var pairs: [(name: String, value: String)]

    init(parsing text: some StringProtocol) {
        pairs = text.split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (PercentEncoding.decodeForm(parts[0]), parts.count == 2 ? PercentEncoding.decodeForm(parts[1]) : "")
        }
    }

    /// The first value; nil where the parameter does not come.
    public subscript(name: String) -> String? { pairs.first { $0.name == name }?.value }

    public func all(_ name: String) -> [String] { pairs.lazy.filter { $0.name == name }.map(\.value) }

    /// A boolean as Kubernetes reads it: there, and neither `false` nor `0`.
    public func flag(_ name: String) -> Bool {
        guard let value = self[name] else { return false }
        return value != "0" && value.lowercased() != "false"
    }

    public static func == (left: Self, right: Self) -> Bool {
        left.pairs.elementsEqual(right.pairs) { $0 == $1 }
    }
}

/// Percent-encoding (RFC 3986 §2.1).
enum PercentEncoding {
    /// Text that is no valid encoding stays as it is.
    static func decode(_ text: some StringProtocol) -> String { decode(text, plusIsSpace: false) }

    /// As in a form: `+` stands for a space.
    static func decodeForm(_ text: some StringProtocol) -> String { decode(text, plusIsSpace: true) }

    private static func decode(_ text: some StringProtocol, plusIsSpace: Bool) -> String {
        let source = text.utf8
        guard source.contains(where: { $0 == UInt8(ascii: "%") || (plusIsSpace && $0 == UInt8(ascii: "+")) }) else {
            return String(text)
        }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(source.count)
        var index = source.startIndex
        while index < source.endIndex {
            let byte = source[index]
            source.formIndex(after: &index)
            if byte == UInt8(ascii: "%"), let (value, next) = escape(in: source, at: index) {
                bytes.append(value)
                index = next
            } else {
                bytes.append(plusIsSpace && byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(validating: bytes, as: UTF8.self) ?? String(text)
    }

    private static func escape<Bytes: Collection<UInt8>>(in bytes: Bytes, at start: Bytes.Index) -> (UInt8, Bytes.Index)? {
        guard start < bytes.endIndex, let high = Character(Unicode.Scalar(bytes[start])).hexDigitValue else { return nil }
        let second = bytes.index(after: start)
        guard second < bytes.endIndex, let low = Character(Unicode.Scalar(bytes[second])).hexDigitValue else { return nil }
        return (UInt8(high * 16 + low), bytes.index(after: second))
    }
}
