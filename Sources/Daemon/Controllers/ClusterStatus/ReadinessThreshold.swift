import Kubernetes
import Synchronization

/// Keeps a cluster's readiness from flapping: what is observed counts only after it lasted for a while.
final class ReadinessThreshold: Sendable {
    private struct Observation {
        var status: Condition.Status
        var since: ContinuousClock.Instant?
    }

    /// What counts, and how long until the latest observation will if it lasts; nil where it counts already.
    struct Verdict: Equatable {
        var condition: Condition
        var settlesAfter: Duration?
    }

    private let success: Duration
    private let failure: Duration
    private let observations = Mutex<[String: Observation]>([:])

    init(success: Duration, failure: Duration) {
        self.success = success
        self.failure = failure
    }

    /// - Parameter current: the cluster's Ready condition as it is now. Whatever is observed first counts at once.
    func judge(
        _ observed: Condition, of cluster: String, current: Condition?, now: ContinuousClock.Instant = .now
    ) -> Verdict {
        let since = observations.withLock { observations -> ContinuousClock.Instant? in
            let last = observations[cluster]
            if last?.status != observed.status {
                // Nothing is known of how long it was so before the first look.
                observations[cluster] = Observation(status: observed.status, since: last == nil ? nil : now)
            }
            return observations[cluster]?.since
        }
        guard let current, let since, (observed.status == .true) != (current.status == .true) else {
            return Verdict(condition: observed, settlesAfter: nil)
        }
        let settled = since + (observed.status == .true ? success : failure)
        if now >= settled { return Verdict(condition: observed, settlesAfter: nil) }
        return Verdict(condition: current, settlesAfter: settled - now)
    }

    func forget(_ cluster: String) { observations.withLock { $0[cluster] = nil } }
}
