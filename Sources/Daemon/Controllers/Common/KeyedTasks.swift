import Synchronization

/// Long-running work that comes and goes by key: a task a member cluster, a task an informer.
///
/// Tasks started before `run` wait for it; all end when `run` is cancelled.
final class KeyedTasks<Key: Hashable & Sendable>: Sendable {
    private struct State {
        var tasks: [Key: Task<Void, Never>] = [:]
        var waiting: [Key: @Sendable () async -> Void] = [:]
        var isRunning = false
    }

    private let state = Mutex(State())

    /// Starts `work` unless there is work of this key already.
    func start(_ key: Key, _ work: @escaping @Sendable () async -> Void) {
        state.withLock { state in
            if state.isRunning {
                if state.tasks[key] == nil { state.tasks[key] = Task { await work() } }
            } else if state.waiting[key] == nil {
                state.waiting[key] = work
            }
        }
    }

    /// Cancels the work of this key.
    func stop(_ key: Key) {
        let task = state.withLock { state in
            state.waiting[key] = nil
            return state.tasks.removeValue(forKey: key)
        }
        task?.cancel()
    }

    /// Lets the work go on until the current task is cancelled, then cancels all of it and waits for its end.
    func run() async {
        state.withLock { state in
            state.isRunning = true
            for (key, work) in state.waiting { state.tasks[key] = Task { await work() } }
            state.waiting = [:]
        }
        await untilCancelled()
        let tasks = state.withLock { state in
            defer { state = State() }
            return state.tasks.values
        }
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}

/// Returns when the current task is cancelled.
func untilCancelled() async {
    let (never, _) = AsyncStream<Never>.makeStream()
    for await _ in never {}
}
