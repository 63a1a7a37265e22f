import Synchronization

/// The patterns of schemas and expressions: each is compiled once, and what short texts gave is remembered, as the reasons and
/// types of conditions come again and again.
public enum RegularExpressions {
    private static let rememberedAnswers = 2048
    /// Bytes.
    private static let rememberedText = 128

    /// Whether `pattern` matches somewhere in `text`. A pattern that this engine cannot compile refuses nothing: it knows a few
    /// forms less than Go's.
    public static func matches(_ text: String, _ pattern: String) -> Bool {
        state.withLock { state in
            let question = Question(pattern: pattern, text: text)
            if let answer = state.answers[question] { return answer }
            let answer = state.compiled(pattern).map { (try? $0.firstMatch(in: text)) != nil } ?? true
            if text.utf8.count <= rememberedText {
                if state.answers.count >= rememberedAnswers { state.answers.removeAll(keepingCapacity: true) }
                state.answers[question] = answer
            }
            return answer
        }
    }

    /// Whether this engine can compile `pattern`.
    public static func isValid(_ pattern: String) -> Bool { state.withLock { $0.compiled(pattern) != nil } }

    /// What `pattern` matches in `text`, from left to right; nil for a pattern that cannot be compiled.
    static func found(_ pattern: String, in text: String, limit: Int) -> [String]? {
        state.withLock { state in
            guard let regex = state.compiled(pattern) else { return nil }
            return text.matches(of: regex).prefix(limit).map { String(text[$0.range]) }
        }
    }

    private static let state = Mutex(State())

    private struct Question: Hashable {
        let pattern: String
        let text: String
    }

    /// Never leaves the lock: `Regex` is not Sendable.
    private struct State: ~Copyable {
        private static let rememberedPatterns = 4096

        var answers: [Question: Bool] = [:]
        private var regexes: [String: Regex<AnyRegexOutput>?] = [:]

        mutating func compiled(_ pattern: String) -> Regex<AnyRegexOutput>? {
            if let known = regexes[pattern] { return known }
            let made = try? Regex(pattern).matchingSemantics(.unicodeScalar)
            // Expressions may make patterns of what users write.
            if regexes.count >= Self.rememberedPatterns { regexes.removeAll() }
            regexes[pattern] = .some(made)
            return made
        }
    }
}
