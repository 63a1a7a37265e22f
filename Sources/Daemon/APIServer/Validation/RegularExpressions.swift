import Synchronization

/// Compiled patterns of schemas, each compiled once.
enum RegularExpressions {
    /// Whether `pattern` matches somewhere in `text`. A pattern that cannot be compiled refuses nothing: schemas are checked when
    /// they are made, and this engine knows a few forms less than Go's.
    static func matches(_ text: String, _ pattern: String) -> Bool {
        guard let compiled = compiled(pattern) else { return true }
        // `Regex` is not Sendable in general, but one without captured closures is never changed by matching; the lock keeps
        // its lazily made program from being made twice at once.
        return compiled.withLock { (try? $0.firstMatch(in: text)) != nil }
    }

    private static let cache = Mutex<[String: Compiled?]>([:])

    private final class Compiled: Sendable {
        private let regex: Mutex<Regex<AnyRegexOutput>>

        init(_ regex: sending Regex<AnyRegexOutput>) { self.regex = Mutex(regex) }

        func withLock(_ body: (Regex<AnyRegexOutput>) -> Bool) -> Bool { regex.withLock { body($0) } }
    }

    private static func compiled(_ pattern: String) -> Compiled? {
        if let known = cache.withLock({ $0[pattern] }) { return known }
        var made: Compiled?
        if let regex = try? Regex(pattern) { made = Compiled(regex.matchingSemantics(.unicodeScalar)) }
        cache.withLock { $0[pattern] = made }
        return made
    }
}
