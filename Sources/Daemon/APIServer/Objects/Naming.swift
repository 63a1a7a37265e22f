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
}
