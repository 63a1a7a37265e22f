import Synchronization

/// Callers that wait for a store to have reached a revision.
final class RevisionWaiters: Sendable {
    private struct Waiter {
        var revision: Int64
        var deadline: ContinuousClock.Instant
        var continuation: CheckedContinuation<Bool, Never>
    }

    private struct State {
        var waiters: [Waiter] = []
        var isClosed = false
    }

    private let state = Mutex(State())

    /// - Parameter reached: the revision that is reached now; asked for under the lock, so that `advance` is not missed.
    /// - Returns: false where the time was up first.
    func wait(
        for revision: Int64, reached: () -> Int64, until deadline: ContinuousClock.Instant
    ) async -> Bool {
        await withCheckedContinuation { continuation in
            let answer: Bool? = state.withLock { state in
                if reached() >= revision { return true }
                if state.isClosed { return false }
                state.waiters.append(Waiter(revision: revision, deadline: deadline, continuation: continuation))
                return nil
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    /// Lets those go whose revision is reached; call it after the revision is visible.
    func advance(to revision: Int64) { release(true) { $0.revision <= revision } }

    /// Lets those go whose time is up.
    func expire() {
        let now = ContinuousClock.now
        release(false) { $0.deadline <= now }
    }

    /// Lets everybody go; nobody waits from now on.
    func cancelAll() {
        state.withLock { $0.isClosed = true }
        release(false) { _ in true }
    }

    private func release(_ answer: Bool, where condition: (Waiter) -> Bool) {
        let released = state.withLock { state in
            let end = state.waiters.partition(by: condition)
            defer { state.waiters.removeSubrange(end...) }
            return state.waiters[end...]
        }
        for waiter in released { waiter.continuation.resume(returning: answer) }
    }
}
