import Kubernetes
import Synchronization

/// When each cluster is to be probed again: after a while, sooner where its nodes or pods have changed, and at once where its spec
/// has.
final class ProbeSchedule: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// The latest probe of a cluster.
    private struct Probe {
        var uid: String
        var generation: Int64
        /// When the next is to be.
        var due: Instant
        /// When the next is to be if nodes or pods change.
        var dueOnChange: Instant
        /// Whether they have.
        var hasChanged: Bool
    }

    private let probes = Mutex<[String: Probe]>([:])

    /// How long until the cluster's next probe; nil for the first.
    func wait(for cluster: Cluster, now: Instant = .now) -> Duration? {
        probes.withLock { $0[cluster.name] }.map { probe in
            let isSame = probe.uid == cluster.uid && probe.generation == cluster.generation
            return isSame ? max(.zero, probe.due - now) : .zero
        }
    }

    /// What changes from now on is news for the next probe.
    func begin(_ name: String) { probes.withLock { $0[name]?.hasChanged = false } }

    /// - Parameters:
    ///   - next: how long until the next probe.
    ///   - early: how long where nodes or pods change.
    /// - Returns: the one or the other.
    func end(_ cluster: Cluster, next: Duration, early: Duration, now: Instant = .now) -> Duration {
        probes.withLock { probes in
            let hasChanged = probes[cluster.name]?.hasChanged ?? false
            let wait = hasChanged ? min(next, early) : next
            probes[cluster.name] = Probe(
                uid: cluster.uid, generation: cluster.generation, due: now + wait, dueOnChange: now + early, hasChanged: hasChanged)
            return wait
        }
    }

    /// Notes that nodes or pods changed.
    /// - Returns: how long until the next probe where that is sooner now.
    func noteChange(in name: String, now: Instant = .now) -> Duration? {
        probes.withLock { probes in
            guard var probe = probes[name], !probe.hasChanged else { return nil }
            probe.hasChanged = true
            let isSooner = probe.dueOnChange < probe.due
            if isSooner { probe.due = probe.dueOnChange }
            probes[name] = probe
            return isSooner ? max(.zero, probe.due - now) : nil
        }
    }

    func forget(_ name: String) { probes.withLock { $0[name] = nil } }
}
