import Dispatch
import Synchronization

/// Threads for scripts, so that those never hold up the threads that everything else shares.
///
/// The instruction limit ends a script that loops. What it cannot end is a single call of Lua's library that takes for ever (a
/// pattern can): such a run is given up after a while, its thread replaced, and its script not run again until it is through.
final class LuaThreads: Sendable {
    static let shared = LuaThreads(count: 4, patience: .seconds(10))

    /// How long a run may take before it is given up.
    private let patience: Duration

    private struct State {
        var idle: [DispatchQueue]
        var waiting: [CheckedContinuation<DispatchQueue, Never>] = []
    }

    private let state: Mutex<State>

    init(count: Int, patience: Duration) {
        self.patience = patience
        state = Mutex(State(idle: (0..<count).map { _ in Self.makeThread() }))
    }

    /// A serial queue has a thread of its own whenever it has something to do.
    private static func makeThread() -> DispatchQueue { DispatchQueue(label: "lua") }

    /// Runs `body`, waiting for a thread where all are busy.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable () -> Result<Value, LuaError>, onGivingUp: @escaping @Sendable () -> Void,
        onLateEnd: @escaping @Sendable () -> Void
    ) async -> Result<Value, LuaError> {
        let thread = await take()
        return await withCheckedContinuation { continuation in
            let outcome = Outcome()
            let watch = Task {
                try await Task.sleep(for: patience)
                guard outcome.isFirst() else { return }
                onGivingUp()
                give(Self.makeThread())
                continuation.resume(returning: .failure(LuaError("did not end within \(patience)")))
            }
            thread.async {
                let result = body()
                guard outcome.isFirst() else { return onLateEnd() }
                watch.cancel()
                self.give(thread)
                continuation.resume(returning: result)
            }
        }
    }

    /// Whether a run has ended, one way or the other.
    private final class Outcome: Sendable {
        private let isDecided = Atomic(false)

        func isFirst() -> Bool { !isDecided.exchange(true, ordering: .acquiringAndReleasing) }
    }

    private func take() async -> DispatchQueue {
        await withCheckedContinuation { continuation in
            let thread = state.withLock { state in
                let thread = state.idle.popLast()
                if thread == nil { state.waiting.append(continuation) }
                return thread
            }
            if let thread { continuation.resume(returning: thread) }
        }
    }

    private func give(_ thread: DispatchQueue) {
        let next = state.withLock { state -> CheckedContinuation<DispatchQueue, Never>? in
            if state.waiting.isEmpty {
                state.idle.append(thread)
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume(returning: thread)
    }
}
