import Collections
import Framework
import Kubernetes
import Synchronization

/// The bindings that wait to be scheduled, as in the Kubernetes scheduler's queue:
///
/// - *active*: ready, ordered by the profiles' queue sort;
/// - *backoff*: failed a moment ago, ready after a delay that doubles with every failure in a row;
/// - *unschedulable*: the clusters have no room for them. They wait for a cluster to change that may help, five minutes at most.
///
/// A binding is in one of them at most, and is never handed out again before it was given back.
final class SchedulingQueue: Sendable {
    /// Attempts that failed in a row are this far apart, doubling.
    static let initialBackoff = Duration.seconds(1)
    static let maximumBackoff = Duration.seconds(10)
    static let maximumUnschedulable = Duration.seconds(300)

    private struct Waiting: Comparable {
        var due: ContinuousClock.Instant
        var id: BindingID
        var ticket: UInt64

        static func < (left: Self, right: Self) -> Bool { left.due < right.due }
    }

    private struct Active: Comparable {
        var binding: QueuedBinding
        var precedes: @Sendable (QueuedBinding, QueuedBinding) -> Bool

        static func < (left: Self, right: Self) -> Bool { left.precedes(left.binding, right.binding) }
        static func == (left: Self, right: Self) -> Bool { left.binding == right.binding }
    }

    private enum Place {
        case active(QueuedBinding)
        /// Which entry of `delayed` will wake it; earlier ones are void.
        case backoff(ticket: UInt64)
        case unschedulable(ticket: UInt64)
        /// Handed out; whether it must be scheduled again when it comes back.
        case scheduling(again: Bool)
    }

    private struct State {
        var precedes: @Sendable (QueuedBinding, QueuedBinding) -> Bool
        var places: [BindingID: Place] = [:]
        var active = Heap<Active>()
        var delayed = Heap<Waiting>()
        var priorities: [BindingID: Int32] = [:]
        var failures: [BindingID: Int] = [:]
        /// Those that wait for a cluster to change, and those whose cycle may have missed the change.
        var helpable: Set<BindingID> = []
        /// When a failed binding may be tried again at the earliest.
        var notBefore: [BindingID: ContinuousClock.Instant] = [:]
        var counter: UInt64 = 0

        mutating func next() -> UInt64 {
            counter += 1
            return counter
        }
    }

    private let state: Mutex<State>
    private let wakes: AsyncStream<Void>
    private let wake: AsyncStream<Void>.Continuation

    init(sort: any QueueSortPlugin) {
        state = Mutex(State(precedes: { sort.precedes($0, $1) }))
        (wakes, wake) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What became of an attempt.
    enum Outcome {
        case done
        /// No cluster has room: wait for a change.
        case unschedulable
        /// Try again after a while.
        case failed
    }

    // MARK: Filling

    /// The binding is new, or changed: it is scheduled as soon as its turn comes.
    func add(_ id: BindingID, priority: Int32) {
        state.withLock { state in
            state.priorities[id] = priority
            if case .scheduling = state.places[id] {
                state.places[id] = .scheduling(again: true)
            } else {
                state.failures[id] = nil
                state.notBefore[id] = nil
                activate(id, in: &state)
            }
        }
        wake.yield()
    }

    /// From now on bindings go in this order, those that wait already included.
    func reorder(by sort: any QueueSortPlugin) {
        state.withLock { state in
            state.precedes = { sort.precedes($0, $1) }
            let waiting = state.places.values.compactMap { place -> Active? in
                guard case .active(let binding) = place else { return nil }
                return Active(binding: binding, precedes: state.precedes)
            }
            state.active = Heap(waiting)
        }
    }

    /// A cluster changed in a way that may help the binding, if it waits for that.
    func help(_ id: BindingID) {
        state.withLock { state in
            switch state.places[id] {
            case .unschedulable: retry(id, in: &state)
            case .scheduling: state.places[id] = .scheduling(again: true)
            case .active, .backoff, nil: break
            }
        }
        wake.yield()
    }

    /// The bindings that a cluster's change may help.
    var helpable: Set<BindingID> { state.withLock { $0.helpable } }

    /// How many bindings wait in each part.
    var counts: (active: Int, backoff: Int, unschedulable: Int) {
        state.withLock { state in
            state.places.values.reduce(into: (0, 0, 0)) { counts, place in
                switch place {
                case .active: counts.0 += 1
                case .backoff: counts.1 += 1
                case .unschedulable: counts.2 += 1
                case .scheduling: break
                }
            }
        }
    }

    func remove(_ id: BindingID) {
        state.withLock { state in
            state.helpable.remove(id)
            state.priorities[id] = nil
            state.failures[id] = nil
            state.notBefore[id] = nil
            if case .scheduling = state.places[id] {
                state.places[id] = .scheduling(again: false)
            } else {
                // Its entry in a heap is void without it.
                state.places[id] = nil
            }
        }
    }

    private func activate(_ id: BindingID, in state: inout State) {
        state.helpable.remove(id)
        let priority = state.priorities[id] ?? 0
        if case .active(let queued) = state.places[id], queued.priority == priority { return }
        let binding = QueuedBinding(key: id, priority: priority, arrival: state.next())
        state.places[id] = .active(binding)
        state.active.insert(Active(binding: binding, precedes: state.precedes))
    }

    /// Puts the binding into active, or into backoff where it failed too lately.
    private func retry(_ id: BindingID, in state: inout State) {
        guard let due = state.notBefore[id], due > .now else { return activate(id, in: &state) }
        state.helpable.remove(id)
        let ticket = state.next()
        state.places[id] = .backoff(ticket: ticket)
        state.delayed.insert(Waiting(due: due, id: id, ticket: ticket))
    }

    // MARK: Emptying

    /// The next bindings, at most `limit`; waits for one. Empty when the task is cancelled.
    func next(limit: Int) async -> [BindingID] {
        var iterator = wakes.makeAsyncIterator()
        while !Task.isCancelled {
            let (batch, due) = take(limit)
            if !batch.isEmpty { return batch }
            await withTaskGroup(of: Void.self) { group in
                if let due {
                    group.addTask { [wake] in
                        do {
                            try await Task.sleep(until: due, clock: .continuous)
                            wake.yield()
                        } catch {}  // Something else woke the loop first.
                    }
                }
                _ = await iterator.next()
                group.cancelAll()
            }
        }
        return []
    }

    private func take(_ limit: Int) -> ([BindingID], due: ContinuousClock.Instant?) {
        state.withLock { state in
            let now = ContinuousClock.now
            while let first = state.delayed.min, first.due <= now {
                state.delayed.removeMin()
                switch state.places[first.id] {
                case .backoff(first.ticket), .unschedulable(first.ticket): activate(first.id, in: &state)
                default: break
                }
            }
            var batch: [BindingID] = []
            while batch.count < limit, let first = state.active.popMin() {
                guard case .active(first.binding) = state.places[first.binding.key] else { continue }
                state.places[first.binding.key] = .scheduling(again: false)
                state.helpable.insert(first.binding.key)
                batch.append(first.binding.key)
            }
            return (batch, state.delayed.min?.due)
        }
    }

    /// Gives a binding back that was handed out.
    func finish(_ id: BindingID, _ outcome: Outcome) {
        state.withLock { state in
            guard case .scheduling(let again) = state.places[id] else { return }
            state.places[id] = nil
            state.helpable.remove(id)
            guard state.priorities[id] != nil else { return }
            if outcome == .done {
                state.failures[id] = nil
                state.notBefore[id] = nil
                if again { activate(id, in: &state) }
                return
            }
            let failures = state.failures[id, default: 0] + 1
            state.failures[id] = failures
            let now = ContinuousClock.now
            state.notBefore[id] = now + Self.backoff(after: failures)
            if again || outcome == .failed { return retry(id, in: &state) }
            let ticket = state.next()
            state.places[id] = .unschedulable(ticket: ticket)
            state.helpable.insert(id)
            state.delayed.insert(Waiting(due: now + Self.maximumUnschedulable, id: id, ticket: ticket))
        }
        wake.yield()
    }

    private static func backoff(after failures: Int) -> Duration {
        min(initialBackoff * (1 << min(failures - 1, 10)), maximumBackoff) * Double.random(in: 0.8...1)
    }
}
