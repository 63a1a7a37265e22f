import Collections
import Kubernetes
import Synchronization

/// Keys that wait for work: each at most once, never worked on twice at the same time, retried with exponential backoff and
/// jitter when the work fails (client-go's rate-limiting work queue).
public final class WorkQueue<Key: Hashable & Sendable>: Sendable {
    /// What is to become of a key after its work succeeded.
    public enum Outcome: Sendable {
        case done
        /// Again after this time, whatever happens before.
        case again(after: Duration)
    }

    private struct State {
        var ready: Deque<Key> = []
        /// Keys that need work: those in `ready`, and those that were added while they were worked on.
        var dirty: Set<Key> = []
        var working: Set<Key> = []
        /// How many workers there are now, and how many there may be.
        var workers = 0
        var workerLimit = Int.max
        /// Workers that found no key ready.
        var idle: [CheckedContinuation<Key?, Never>] = []
        var isStopped = false
        /// When a delayed key is due; a key waits for its earliest time only.
        var due: [Key: ContinuousClock.Instant] = [:]
        /// Delayed keys, earliest first; those whose time is no longer the one in `due` count for nothing.
        var delayed = Heap<Delayed>()
        /// The time that is slept for; nil when no key is delayed.
        var alarm: ContinuousClock.Instant?
        var failures: [Key: Int] = [:]

        /// The next key for a worker.
        mutating func take() -> Key? {
            guard let key = ready.popFirst() else { return nil }
            dirty.remove(key)
            working.insert(key)
            return key
        }

        /// Takes out the keys that are due, earliest first.
        mutating func takeDue(at now: ContinuousClock.Instant) -> [Key] {
            var keys: [Key] = []
            while let first = delayed.min, first.due <= now {
                delayed.removeMin()
                guard due[first.key] == first.due else { continue }
                due[first.key] = nil
                keys.append(first.key)
            }
            if let alarm, alarm <= now { self.alarm = nil }
            return keys
        }

        /// The time to sleep for from now on; nil where nothing is delayed, or somebody sleeps for no longer already.
        mutating func nextAlarm() -> ContinuousClock.Instant? {
            guard let first = delayed.min?.due, alarm.map({ first < $0 }) ?? true else { return nil }
            alarm = first
            return first
        }
    }

    private struct Delayed: Comparable {
        let due: ContinuousClock.Instant
        let key: Key

        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
        static func == (left: Self, right: Self) -> Bool { left.due == right.due }
    }

    private let state = Mutex(State())
    private let wakeWorkers: AsyncStream<Void>.Continuation
    private let workerWakes: AsyncStream<Void>
    private let setAlarm: AsyncStream<ContinuousClock.Instant>.Continuation
    private let alarms: AsyncStream<ContinuousClock.Instant>
    private let backoff: Backoff
    private let epoch = ContinuousClock.now

    /// After so many keys a worker lets others have their turn: work that never waits would hold them up while there are keys.
    private static var keysPerTurn: Int { 16 }
    /// So many workers wait for keys; more than these end where there is nothing to do.
    private static var idleLimit: Int { 8 }
    /// Delays from `longDelay` on end together, up to this much later, so that one alarm serves many keys.
    private static var alarmInterval: Duration { .milliseconds(50) }
    private static var longDelay: Duration { .milliseconds(100) }

    public init(backoff: Backoff = Backoff()) {
        self.backoff = backoff
        (workerWakes, wakeWorkers) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
        (alarms, setAlarm) = AsyncStream.makeStream()
    }

    /// How many keys are ready and not yet being worked on.
    public var count: Int { state.withLock { $0.ready.count } }

    public func add(_ key: Key) {
        let (worker, needsWorker) = state.withLock { state -> (CheckedContinuation<Key?, Never>?, Bool) in
            guard state.dirty.insert(key).inserted, !state.working.contains(key) else { return (nil, false) }
            if let worker = state.idle.popLast() {
                state.dirty.remove(key)
                state.working.insert(key)
                return (worker, false)
            }
            state.ready.append(key)
            return (nil, state.workers < state.workerLimit)
        }
        worker?.resume(returning: key)
        if needsWorker { wakeWorkers.yield() }
    }

    public func add(_ key: Key, after delay: Duration) {
        guard delay > .zero else { return add(key) }
        var due = ContinuousClock.now + delay
        if delay >= Self.longDelay {
            let interval = min(delay / 4, Self.alarmInterval)
            due = epoch + interval * ((due - epoch) / interval).rounded(.up)
        }
        let alarm = state.withLock { state -> ContinuousClock.Instant? in
            if let earlier = state.due[key], earlier <= due { return nil }
            state.due[key] = due
            state.delayed.insert(Delayed(due: due, key: key))
            return state.nextAlarm()
        }
        if let alarm { setAlarm.yield(alarm) }
    }

    /// Works on keys until the task is cancelled. A queue runs once: whoever starts anew makes a new one.
    /// - Parameters:
    ///   - workers: how many keys are worked on at a time, at least 1.
    ///   - work: throwing puts the key back, later each time it fails in a row.
    public func run(
        workers: Int, _ work: @escaping @Sendable (Key) async throws -> Outcome,
        onFailure: @escaping @Sendable (Key, any Error) -> Void = { _, _ in }
    ) async {
        state.withLock { $0.workerLimit = max(1, workers) }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.addDelayedKeys() }
            for await _ in workerWakes {
                while let first = self.startWorker() {
                    group.addTask {
                        var key: Key? = first
                        var count = 0
                        while let current = key {
                            await self.perform(current, work, onFailure)
                            count += 1
                            if count % Self.keysPerTurn == 0 { await Task.yield() }
                            key = await self.nextOrEnd()
                        }
                    }
                }
            }
            group.cancelAll()
            stop()
        }
    }

    /// The first key of one worker more; nil where no key is ready or there are workers enough.
    private func startWorker() -> Key? {
        state.withLock { state in
            guard state.workers < state.workerLimit, let key = state.take() else { return nil }
            state.workers += 1
            return key
        }
    }

    /// A worker's next key, as soon as there is one; nil is its end.
    private func nextOrEnd() async -> Key? {
        await withCheckedContinuation { worker in
            let answer: Key?? = state.withLock { state in
                if !state.isStopped, !Task.isCancelled {
                    if let key = state.take() { return key }
                    if state.idle.count < Self.idleLimit {
                        state.idle.append(worker)
                        return nil
                    }
                }
                state.workers -= 1
                return .some(nil)
            }
            if let answer { worker.resume(returning: answer) }
        }
    }

    /// Ends all workers, those without work at once.
    private func stop() {
        let idle = state.withLock { state in
            state.isStopped = true
            state.workers -= state.idle.count
            defer { state.idle = [] }
            return state.idle
        }
        for worker in idle { worker.resume(returning: nil) }
    }

    private func perform(
        _ key: Key, _ work: @Sendable (Key) async throws -> Outcome, _ onFailure: @Sendable (Key, any Error) -> Void
    ) async {
        do {
            let outcome = try await work(key)
            state.withLock { $0.failures[key] = nil }
            if case .again(let delay) = outcome { add(key, after: delay) }
        } catch {
            if !Task.isCancelled {
                let failures = state.withLock { state in
                    state.failures[key, default: 0] += 1
                    return state.failures[key, default: 1]
                }
                onFailure(key, error)
                add(key, after: backoff.delay(afterFailures: failures))
            }
        }
        // The worker that ends here takes what is ready.
        state.withLock { state in
            state.working.remove(key)
            if state.dirty.contains(key) { state.ready.append(key) }
        }
    }

    /// Adds the delayed keys when they are due, in the order of their times. One task sleeps for the earliest; another joins it
    /// only when an earlier time comes up meanwhile.
    private func addDelayedKeys() async {
        await withDiscardingTaskGroup { group in
            for await alarm in alarms {
                group.addTask {
                    guard (try? await Task.sleep(until: alarm, clock: .continuous)) != nil else { return }
                    let (keys, next) = self.state.withLock { state in
                        let keys = state.takeDue(at: .now)
                        return (keys, state.nextAlarm())
                    }
                    for key in keys { self.add(key) }
                    if let next { self.setAlarm.yield(next) }
                }
            }
            group.cancelAll()
        }
    }
}

/// Exponential backoff with jitter: each delay is drawn from the upper half of `initial × 2ⁿ`, capped at `maximum`.
public struct Backoff: Sendable {
    public var initial: Duration
    public var maximum: Duration

    public init(initial: Duration = .milliseconds(5), maximum: Duration = .seconds(60)) {
        self.initial = initial
        self.maximum = maximum
    }

    /// - Parameter failures: how often it failed in a row, at least 1.
    public func delay(afterFailures failures: Int) -> Duration {
        let doublings = min(max(failures, 1) - 1, 30)
        let full = min(initial * (1 << doublings), maximum)
        return full * Double.random(in: 0.5...1)
    }
}
