/// The query of a URL.
struct Query {
    private var parameters: [(name: String, value: String)]

    init(_ parameters: [(name: String, value: String)] = []) { self.parameters = parameters }

    mutating func add(_ name: String, _ value: String) { parameters.append((name, value)) }

    /// With the question mark; empty without parameters.
    var text: String {
        parameters.isEmpty ? "" : "?" + parameters.map { "\($0.name)=\(Self.encoded($0.value))" }.joined(separator: "&")
    }

    private static func encoded(_ text: String) -> String {
        text.utf8.map { byte in
            let character = Character(UnicodeScalar(byte))
            if byte < 128, character.isLetter || character.isNumber || "-._~".contains(character) { return String(character) }
            return "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
        }.joined()
    }
}
