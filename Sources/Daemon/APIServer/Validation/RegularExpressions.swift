import Synchronization

/// The patterns of schemas: each is compiled once, and what short texts gave is remembered, as the reasons and types of
/// conditions come again and again.
enum RegularExpressions {
    private static let rememberedAnswers = 2048
    /// Bytes.
    private static let rememberedText = 128

    /// Whether `pattern` matches somewhere in `text`. A pattern that this engine cannot compile refuses nothing: it knows a few
    /// forms less than Go's.
    static func matches(_ text: String, _ pattern: String) -> Bool {
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

    private static let state = Mutex(State())

    private struct Question: Hashable {
        let pattern: String
        let text: String
    }

    /// Never leaves the lock: `Regex` is not Sendable.
    private struct State: ~Copyable {
        var answers: [Question: Bool] = [:]
        private var regexes: [String: Regex<AnyRegexOutput>?] = [:]

        mutating func compiled(_ pattern: String) -> Regex<AnyRegexOutput>? {
            if let known = regexes[pattern] { return known }
            let made = try? Regex(pattern).matchingSemantics(.unicodeScalar)
            regexes[pattern] = .some(made)
            return made
        }
    }
}
