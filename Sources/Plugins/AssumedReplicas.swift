import Framework
import Kubernetes
import Synchronization

/// Counts replicas that were given to clusters a moment ago, whose status does not show them yet, so that bindings which are
/// scheduled in quick succession do not fill the same room twice.
///
/// A decision's new replicas are assumed from the moment it is made until `seconds` after it was written: by then the cluster has
/// started them and reported it. A decision that could not be written is forgotten at once. Estimates by the clusters' totals, as
/// ResourceSummary's, less what is assumed. To be named in `estimate`, `reserve` and `postBind`.
public struct AssumedReplicas: EstimatePlugin, AssumingPlugin, PostBindPlugin {
    public static let name = "AssumedReplicas"

    public struct Arguments: PluginArguments {
        /// How long a written decision is assumed, up to an hour. A cluster's status is written every 10 s by default.
        var seconds = 30.0

        public init() {}
    }

    private let lifetime: Duration
    private let assumptions = Assumptions()

    public init(arguments: Arguments) throws {
        guard arguments.seconds > 0, arguments.seconds <= 3600 else {
            throw ArgumentError(field: "seconds", "must be more than 0 and at most 3600")
        }
        lifetime = .seconds(arguments.seconds)
    }

    // MARK: Estimate

    public func estimate(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Int64? {
        var candidate = ClusterSet(capacity: cycle.snapshot.count)
        candidate.insert(cluster.index)
        let estimate = estimates(candidate, for: binding, in: cycle)[cluster.index]
        return estimate == .max ? nil : estimate
    }

    public func estimates(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [Int64] {
        var estimates = [Int64](repeating: .max, count: candidates.capacity)
        let requests =
            cycle.countsSets
            ? binding.setRequests.map { (resource: $0, amount: $1) } : binding.requests + [(resource: "pods", amount: 1)]
        for (name, assumed) in assumptions.amounts(now: .now) {
            guard let index = cycle.snapshot.index(of: name), candidates.contains(index) else { continue }
            for request in requests {
                let free =
                    request.resource == "pods"
                    ? cycle.snapshot.pods[index] : cycle.snapshot.available(request.resource)?[index] ?? 0
                let left = max(0, Double(free) - (assumed[request.resource] ?? 0))
                estimates[index] = min(estimates[index], Int64(left / Double(request.amount)))
            }
        }
        return estimates
    }

    // MARK: Reserve and PostBind

    public func reserve(_ decision: Decision, for binding: BindingView) {
        let before = Dictionary(binding.spec.clusters.map { ($0.name, $0.replicas) }) { first, _ in first }
        var amounts: [String: [String: Double]] = [:]
        var workloads: [String: AssumedWorkload] = [:]
        let namespace = binding.spec.resource.namespace
        for target in decision.clusters {
            if binding.isPlacedAsWhole {
                guard before[target.name] == nil else { continue }
                amounts[target.name] = binding.setRequests.mapValues(Double.init)
                workloads[target.name] = AssumedWorkload(namespace: namespace, components: binding.spec.components)
                continue
            }
            let added = Double(target.replicas) - Double(before[target.name] ?? 0)
            guard added > 0 else { continue }
            var amount = ["pods": added]
            for request in binding.requests { amount[request.resource] = added * Double(request.amount) }
            amounts[target.name] = amount
            let component = Component(
                name: binding.spec.resource.name, replicas: Int32(clamping: Int64(added)),
                replicaRequirements: binding.spec.replicaRequirements)
            workloads[target.name] = AssumedWorkload(namespace: namespace, components: [component])
        }
        assumptions.set(amounts, workloads, for: binding.key)
    }

    public func assumedWorkloads(on cluster: String) -> [AssumedWorkload] { assumptions.workloads(on: cluster, now: .now) }

    public func unreserve(_ key: ObjectKey) { assumptions.remove(key) }

    public func postBind(_ decision: Decision, for binding: BindingView) {
        assumptions.expire(binding.key, at: .now + lifetime)
    }
}

/// What bindings take of clusters, beside what the clusters say. Amounts are whole numbers in `Double`s, exact up to 2⁵³.
private final class Assumptions: Sendable {
    /// By cluster and resource, in the snapshot's units.
    typealias Amounts = [String: [String: Double]]

    private struct Assumption {
        var amounts: Amounts
        /// By cluster.
        var workloads: [String: AssumedWorkload]
        /// Tells it apart from an earlier one of the same binding.
        var ticket: UInt64
    }

    private struct State {
        var bindings: [ObjectKey: Assumption] = [:]
        var totals: Amounts = [:]
        var bindingsByCluster: [String: Set<ObjectKey>] = [:]
        /// In the order in which they end; the first `ended` are done.
        var ends: [(time: ContinuousClock.Instant, key: ObjectKey, ticket: UInt64)] = []
        var ended = 0
        var tickets: UInt64 = 0

        mutating func remove(_ key: ObjectKey) {
            guard let assumption = bindings.removeValue(forKey: key) else { return }
            add(assumption.amounts, times: -1)
            for cluster in assumption.workloads.keys {
                bindingsByCluster[cluster]?.remove(key)
                if bindingsByCluster[cluster]?.isEmpty == true { bindingsByCluster[cluster] = nil }
            }
        }

        mutating func forgetEnded(by now: ContinuousClock.Instant) {
            while ended < ends.count, ends[ended].time <= now {
                let end = ends[ended]
                if bindings[end.key]?.ticket == end.ticket { remove(end.key) }
                ended += 1
            }
            if ended > ends.count / 2 {
                ends.removeFirst(ended)
                ended = 0
            }
        }

        mutating func add(_ amounts: Amounts, times factor: Double) {
            for (cluster, amounts) in amounts {
                for (resource, amount) in amounts {
                    totals[cluster, default: [:]][resource, default: 0] += factor * amount
                }
                if (totals[cluster]?["pods"] ?? 0) <= 0 { totals[cluster] = nil }
            }
        }
    }

    private let state = Mutex(State())

    func amounts(now: ContinuousClock.Instant) -> Amounts {
        state.withLock { state in
            state.forgetEnded(by: now)
            return state.totals
        }
    }

    /// By ascending key of their bindings.
    func workloads(on cluster: String, now: ContinuousClock.Instant) -> [AssumedWorkload] {
        state.withLock { state in
            state.forgetEnded(by: now)
            return (state.bindingsByCluster[cluster] ?? []).sorted().compactMap { state.bindings[$0]?.workloads[cluster] }
        }
    }

    func set(_ amounts: Amounts, _ workloads: [String: AssumedWorkload], for key: ObjectKey) {
        state.withLock { state in
            state.remove(key)
            guard !amounts.isEmpty else { return }
            state.tickets += 1
            state.bindings[key] = Assumption(amounts: amounts, workloads: workloads, ticket: state.tickets)
            for cluster in workloads.keys { state.bindingsByCluster[cluster, default: []].insert(key) }
            state.add(amounts, times: 1)
        }
    }

    func remove(_ key: ObjectKey) { state.withLock { $0.remove(key) } }

    func expire(_ key: ObjectKey, at time: ContinuousClock.Instant) {
        state.withLock { state in
            if let ticket = state.bindings[key]?.ticket { state.ends.append((time, key, ticket)) }
        }
    }
}
