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
    /// Evictions a second; 0 for none.
    let rate: Double
    private let clusters = WorkQueue<String>()
    private let evictions = WorkQueue<Eviction>()

    init(plane: ControlPlane, purgeMode: GracefulEvictionTask.PurgeMode, rate: Double) {
        self.plane = plane
        self.purgeMode = purgeMode
        self.rate = rate
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
        guard rate > 0 else { return .done }
        try await evict(binding, from: eviction.cluster)
        try await Task.sleep(for: .seconds(1 / rate))
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
        let mode = purgeMode(for: binding)
        do {
            try await plane.client.modifyIfPresent(binding.collection, binding.key) { object in
                object.evict(
                    cluster, mode: mode, reason: "TaintUntolerated", producer: "TaintManager")
            }
        } catch {
            record(.warning, EventReason.evictWorkloadFromClusterFailed, "Evict from cluster \(cluster) failed.", binding)
            throw error
        }
    }

    private func record(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, _ binding: ResourceBinding) {
        for subject in [ObjectReference(binding), ObjectReference(binding.spec.resource)] {
            plane.events.record(kind, reason, message, about: subject, from: Self.component)
        }
    }

    private func purgeMode(for binding: ResourceBinding) -> GracefulEvictionTask.PurgeMode {
        guard let cluster = binding.spec.failover?["cluster"], !cluster.isNull else { return purgeMode }
        return cluster["purgeMode"]?.string.flatMap(GracefulEvictionTask.PurgeMode.init) ?? .gracefully
    }
}

extension Object {
    /// Takes a cluster out of a binding's schedule, and leaves a task that says what becomes of the workload there.
    /// - Returns: whether the cluster was in the schedule.
    mutating func evict(
        _ cluster: String, mode: GracefulEvictionTask.PurgeMode, reason: String, producer: String
    ) -> Bool {
        let binding = ResourceBinding.Spec(spec)
        guard let target = binding.clusters.first(where: { $0.name == cluster }) else { return false }
        self["spec", "clusters"] = .array((spec["clusters"]?.array ?? []).filter { $0["name"]?.string != cluster })
        if !binding.isLeaving(cluster) {
            let task = GracefulEvictionTask(
                fromCluster: cluster, purgeMode: mode, replicas: target.replicas > 0 ? target.replicas : nil, reason: reason,
                producer: producer)
            self["spec", "gracefulEvictionTasks"] = .array((spec["gracefulEvictionTasks"]?.array ?? []) + [task.json])
        }
        return true
    }
}
