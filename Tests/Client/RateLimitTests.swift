import Testing

@testable import Client

@Suite struct RateLimitTests {
    private let start = ContinuousClock.now

    @Test func aBurstPassesAndTheRestWaitsItsTurn() {
        let limit = RateLimit(rate: 10, burst: 3, now: start)
        #expect((0..<5).map { _ in limit.reserve(now: start) } == [.zero, .zero, .zero, .milliseconds(100), .milliseconds(200)])
        #expect(limit.reserve(now: start + .milliseconds(300)) == .zero, "what waited has had its turn")
    }

    @Test func idleTimeDoesNotPileUp() {
        let limit = RateLimit(rate: 10, burst: 2, now: start)
        let later = start + .seconds(3600)
        #expect((0..<3).map { _ in limit.reserve(now: later) } == [.zero, .zero, .milliseconds(100)])
    }

    @Test func callsFailAtOnceAfterFailuresAndOneTriesAgain() {
        let breaker = CircuitBreaker()
        for _ in 0..<4 { breaker.note(answered: false, now: start) }
        #expect(breaker.allowsCall(now: start), "four failures may be chance")
        breaker.note(answered: false, now: start)
        #expect(!breaker.allowsCall(now: start))
        let later = start + .seconds(2)
        #expect(breaker.allowsCall(now: later), "one tries")
        #expect(!breaker.allowsCall(now: later), "and the others wait for what comes of it")
        breaker.note(answered: true, now: later)
        #expect(breaker.allowsCall(now: later) && breaker.allowsCall(now: later))
    }
}
