import DequeModule
import Kubernetes
import Synchronization
import Telemetry

/// Limits how many requests are worked on at a time, and shares the places fairly: where all are taken, users wait in a queue
/// each, and a place that comes free goes to the users in turn, so that nobody's flood keeps others out. Who has to set things
/// right in a flood does not wait: the group `system:masters` is exempt, as in Kubernetes. A watch has a place until it is answered.
final class FlowControl: Sendable {
    /// `--max-requests-inflight` and `--max-mutating-requests-inflight` of kube-apiserver.
    struct Limits: Sendable {
        var readOnly: Int
        var mutating: Int
    }

    private let readOnly: Lane
    private let mutating: Lane

    init(_ limits: Limits, _ metrics: MetricsRegistry, patience: Duration = .seconds(10)) {
        let rejected = metrics.counter(
            "apiserver_flowcontrol_rejected_requests_total", "Requests that were told to come back later.",
            labels: ["request_kind", "reason"])
        func lane(_ kind: String, _ limit: Int) -> Lane {
            Lane(
                limit: limit, patience: patience, tooMany: rejected[kind, "queue-full"], tooLate: rejected[kind, "time-out"])
        }
        let lanes = (mutating: lane("mutating", limits.mutating), readOnly: lane("readOnly", limits.readOnly))
        (mutating, readOnly) = lanes
        for (name, help, value) in [
            ("apiserver_current_inflight_requests", "Requests that have a place now.", \Lane.working),
            ("apiserver_current_inqueue_requests", "Requests that wait for a place now.", \Lane.waiting),
        ] {
            metrics.gauge(name, help, labels: ["request_kind"]) {
                [("mutating", lanes.mutating), ("readOnly", lanes.readOnly)].map { ([$0], Double($1[keyPath: value])) }
            }
        }
    }

    private func lane(_ verb: String) -> Lane {
        ["get", "list", "watch", "head"].contains(verb) ? readOnly : mutating
    }

    /// Does some work as soon as there is a place for it.
    /// - Throws: `TooManyRequests` (429) where the user's queue is full, or no place came free in time.
    func withPlace<Result: Sendable>(
        for user: UserInfo, verb: String, _ work: () async throws(APIError) -> Result
    ) async throws(APIError) -> Result {
        if user.groups.contains(UserInfo.mastersGroup) { return try await work() }
        let lane = lane(verb)
        guard await lane.enter(user.name) else { throw Self.refusal }
        defer { lane.leave() }
        return try await work()
    }

    private static let refusal = APIError(
        code: 429, reason: .tooManyRequests, message: "Too many requests, please try again later.",
        details: .init(retryAfterSeconds: 1))

    /// The places for one kind of requests.
    private final class Lane: Sendable {
        private struct Waiter {
            var id: Int
            var continuation: CheckedContinuation<Bool, Never>
        }

        private struct State {
            var working = 0
            var waiting = 0
            var nextID = 0
            var queues: [String: Deque<Waiter>] = [:]
            /// The users who wait, in the order in which they get places.
            var turns: Deque<String> = []
        }

        private let limit: Int
        private let patience: Duration
        /// Requests that met a full queue, and those that waited in vain.
        private let tooMany: Counter
        private let tooLate: Counter
        private let state = Mutex(State())

        /// For each place, how many requests of one user may wait, and how many of all.
        private static let queueFactor = (user: 4, all: 16)

        init(limit: Int, patience: Duration, tooMany: Counter, tooLate: Counter) {
            self.limit = limit
            self.patience = patience
            self.tooMany = tooMany
            self.tooLate = tooLate
        }

        var working: Int { state.withLock { $0.working } }
        var waiting: Int { state.withLock { $0.waiting } }

        func enter(_ user: String) async -> Bool {
            let isFree = state.withLock { state in
                guard state.working < limit else { return false }
                state.working += 1
                return true
            }
            return isFree ? true : await wait(user)
        }

        private func wait(_ user: String) async -> Bool {
            var timer: Task<Void, Never>?
            defer { timer?.cancel() }
            let id = state.withLock { state in
                state.nextID += 1
                return state.nextID
            }
            timer = Task { [patience] in
                if (try? await Task.sleep(for: patience)) != nil { self.giveUp(user, id) }
            }
            return await withCheckedContinuation { continuation in
                let answer: Bool? = state.withLock { state in
                    if state.working < limit {
                        state.working += 1
                        return true
                    }
                    let queue = state.queues[user, default: []]
                    guard queue.count < limit * Self.queueFactor.user, state.waiting < limit * Self.queueFactor.all else {
                        tooMany.increment()
                        return false
                    }
                    if queue.isEmpty { state.turns.append(user) }
                    state.queues[user, default: []].append(Waiter(id: id, continuation: continuation))
                    state.waiting += 1
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        }

        private func giveUp(_ user: String, _ id: Int) {
            let waiter: Waiter? = state.withLock { state in
                guard let index = state.queues[user]?.firstIndex(where: { $0.id == id }) else { return nil }
                let waiter = state.queues[user]?.remove(at: index)
                if state.queues[user]?.isEmpty == true {
                    state.queues[user] = nil
                    state.turns.removeAll { $0 == user }
                }
                state.waiting -= 1
                return waiter
            }
            guard let waiter else { return }
            tooLate.increment()
            waiter.continuation.resume(returning: false)
        }

        /// Hands the place on to the user whose turn it is.
        func leave() {
            let next: Waiter? = state.withLock { state in
                guard let user = state.turns.popFirst(), let waiter = state.queues[user]?.popFirst() else {
                    state.working -= 1
                    return nil
                }
                if state.queues[user]?.isEmpty == true { state.queues[user] = nil } else { state.turns.append(user) }
                state.waiting -= 1
                return waiter
            }
            next?.continuation.resume(returning: true)
        }
    }
}
