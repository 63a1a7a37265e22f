import Synchronization

/// Lets so many calls a second pass, and a burst of more at once (a token bucket, as client-go's flow control).
final class RateLimit: Sendable {
    private struct State {
        /// Negative by as many as wait.
        var tokens: Double
        var refilled: ContinuousClock.Instant
    }

    private let rate: Double
    private let burst: Double
    private let state: Mutex<State>

    /// - Parameters:
    ///   - rate: calls a second, greater than 0.
    ///   - burst: calls at once, at least 1.
    init(rate: Double, burst: Int, now: ContinuousClock.Instant = .now) {
        self.rate = rate
        self.burst = Double(max(1, burst))
        state = Mutex(State(tokens: Double(max(1, burst)), refilled: now))
    }

    /// How long the next call has to wait, which counts as made from now on.
    func reserve(now: ContinuousClock.Instant = .now) -> Duration {
        state.withLock { state in
            state.tokens = min(burst, state.tokens + (now - state.refilled) / .seconds(1) * rate) - 1
            state.refilled = now
            return state.tokens >= 0 ? .zero : .seconds(-state.tokens / rate)
        }
    }
}

/// Spares callers the wait for a server that did not answer the last calls: for a while they fail at once, then one tries.
final class CircuitBreaker: Sendable {
    private struct State {
        var failures = 0
        var closedUntil: ContinuousClock.Instant?
    }

    /// Failures in a row after which calls fail at once.
    private static let threshold = 5
    private let backoff = Backoff(initial: .seconds(1), maximum: .seconds(10))
    private let state = Mutex(State())

    /// Whether a call may be made. Where calls fail at once, one a while may.
    func allowsCall(now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            guard let until = state.closedUntil else { return true }
            guard now >= until else { return false }
            state.closedUntil = now + backoff.maximum
            return true
        }
    }

    /// - Parameter answered: whether there was any answer, whatever it said.
    func note(answered: Bool, now: ContinuousClock.Instant = .now) {
        state.withLock { state in
            guard !answered else {
                state = State()
                return
            }
            state.failures += 1
            if state.failures >= Self.threshold {
                state.closedUntil = now + backoff.delay(afterFailures: state.failures - Self.threshold + 1)
            }
        }
    }
}
