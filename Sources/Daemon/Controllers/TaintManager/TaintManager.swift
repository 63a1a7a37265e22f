import Client
import Kubernetes

/// Moves workloads away from clusters with `NoExecute` taints that they do not tolerate (any longer).
struct TaintManager: Controller {
    /// Part of the cluster controller, to users.
    static let name = "cluster"
    private static let component = "taint-manager"

    /// How often the bindings of a tainted cluster are looked at.
    private static let recheckInterval = Duration.seconds(10)

    /// A binding, and a cluster that it may have to leave.
    private struct Eviction: Hashable, CustomStringConvertible {
        var binding: ObjectKey
        var cluster: String

        var description: String { "\(binding) from \(cluster)" }
    }

    let plane: ControlPlane
    let purgeMode: GracefulEvictionTask.PurgeMode
    let rate: EvictionRate
    /// Whether what policies ask for of a workload's state goes with it.
    let preservesState: Bool
    private let clusters = WorkQueue<String>()
    private let evictions = WorkQueue<Eviction>()

    init(plane: ControlPlane, configuration: ControllerConfiguration) {
        self.plane = plane
        purgeMode = configuration.noExecuteTaintEvictionPurgeMode
        rate = configuration.enableNoExecuteTaintEviction ? configuration.evictionRate : .none
        preservesState = configuration.featureGates[.statefulFailoverInjection]
    }

    func run() async {
        plane.clusters.onChange { clusters.add($0.key.name) }
        await withDiscardingTaskGroup { group in
            group.addTask {
                await process(clusters, workers: 1, logger: plane.logger) { name in
                    guard !taints(of: name).isEmpty else { return .done }
                    for binding in plane.bindings(targeting: name) {
                        evictions.add(Eviction(binding: binding.key, cluster: name))
                    }
                    // A binding may be put there by hand meanwhile, or lose the toleration that kept it.
                    return .again(after: Self.recheckInterval)
                }
            }
            group.addTask {
                // One at a time, so that the rate holds.
                await process(evictions, workers: 1, logger: plane.logger) { try await reconcile($0) }
            }
        }
    }

    private func taints(of cluster: String) -> [Taint] {
        plane.cluster(cluster)?.spec.taints.filter { $0.effect == .noExecute } ?? []
    }

    private func reconcile(_ eviction: Eviction) async throws -> WorkQueue<Eviction>.Outcome {
        guard let object = plane.binding(eviction.binding)?.decoded() else { return .done }
        let binding = ResourceBinding(object)
        guard !binding.isBeingDeleted, binding.spec.targets(eviction.cluster) else { return .done }
        switch try toleration(of: binding, for: taints(of: eviction.cluster), now: .now()) {
        case .always: return .done
        case .until(let time): return .again(after: time - .now())
        case .never: break
        }
        let begin = ContinuousClock.now
        guard let interval = rate.interval(for: plane.clusterCache.list()) else { return .done }
        try await evict(binding, from: eviction.cluster)
        try await Task.sleep(until: begin + interval, clock: .continuous)
        return .done
    }

    // MARK: Tolerations

    enum TolerationTime: Equatable {
        case never, always
        case until(Timestamp)
    }

    private func toleration(of binding: ResourceBinding, for taints: [Taint], now: Timestamp) throws -> TolerationTime {
        // The placement that the scheduler last acted on, which may not be the newest.
        guard let applied = binding.annotations[Annotation.appliedPlacement], !applied.isEmpty else {
            throw NotYet("the applied placement of binding \(binding.key) is empty")
        }
        return Self.toleration(Placement(try JSON(parsing: Array(applied.utf8))).clusterTolerations, of: taints, now: now)
    }

    /// How long the tolerations put up with all the taints (Kubernetes, "Taints and Tolerations").
    static func toleration(_ tolerations: [Toleration], of taints: [Taint], now: Timestamp) -> TolerationTime {
        var used: [Toleration] = []
        for taint in taints {
            guard let toleration = tolerations.first(where: { $0.tolerates(taint) }) else { return .never }
            used.append(toleration)
        }
        var end: Timestamp?
        for toleration in used {
            guard let seconds = toleration.tolerationSeconds else { continue }
            for taint in taints where toleration.tolerates(taint) {
                guard let added = taint.timeAdded else { continue }
                let expiry = added + .seconds(seconds)
                end = end.map { min($0, expiry) } ?? expiry
            }
        }
        guard let end else { return .always }
        return end <= now ? .never : .until(end)
    }

    // MARK: Eviction

    private func evict(_ binding: ResourceBinding, from cluster: String) async throws {
        do {
            let task = try task(for: binding, in: cluster)
            try await plane.client.modifyIfPresent(binding.collection, binding.key) { $0.evict(task) }
        } catch {
            plane.recordEviction(
                .warning, EventReason.evictWorkloadFromClusterFailed, "Evict from cluster \(cluster) failed: \(error)",
                of: binding, from: Self.component)
            throw error
        }
    }

    private func task(for binding: ResourceBinding, in cluster: String) throws -> GracefulEvictionTask {
        let behavior = binding.spec.failover?.cluster
        var task = GracefulEvictionTask(
            fromCluster: cluster, purgeMode: behavior?.purgeMode ?? purgeMode, reason: "TaintUntolerated",
            producer: "TaintManager")
        if preservesState, let rules = behavior?.statePreservation, !rules.isEmpty {
            task.preservedLabelState = try binding.preservedLabels(rules, in: cluster)
        }
        return task
    }
}
