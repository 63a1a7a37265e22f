import Client
import Kubernetes
import Synchronization

/// Moves workloads out of clusters in which they are unhealthy for longer than their policy puts up with.
struct ApplicationFailoverController: Controller {
    static let name = "applicationFailover"

    let plane: ControlPlane
    let gates: FeatureGates
    let workers: Int
    private let memory = Memory()
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, gates: FeatureGates, workers: Int) {
        self.plane = plane
        self.gates = gates
        self.workers = workers
    }

    /// Since when each binding's workload is unhealthy, by cluster. A controller that starts anew starts counting anew: it
    /// cannot know of the time between.
    private final class Memory: Sendable {
        private let since = Mutex<[ObjectKey: [String: ContinuousClock.Instant]]>([:])

        func knows(_ key: ObjectKey) -> Bool { since.withLock { $0[key] != nil } }

        func forget(_ key: ObjectKey) { since.withLock { $0[key] = nil } }

        /// - Returns: since when it is so in those clusters.
        func note(
            _ key: ObjectKey, unhealthy clusters: [String], now: ContinuousClock.Instant
        ) -> [String: ContinuousClock.Instant] {
            since.withLock { since in
                let known = since[key] ?? [:]
                let current = Dictionary(clusters.map { ($0, known[$0] ?? now) }) { first, _ in first }
                since[key] = current.isEmpty ? nil : current
                return current
            }
        }
    }

    func run() async {
        guard gates[.failover] else { return await untilCancelled() }
        plane.onBindingChange { change in
            // Few policies ask for it: a search of the binding's bytes costs less than its tree.
            if change.object.mentions("decisionConditions") || memory.knows(change.key) { queue.add(change.key) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let object = plane.binding(key)?.decoded() else {
            memory.forget(key)
            return .done
        }
        let binding = ResourceBinding(object)
        // What the workload needs beside it would be left behind.
        guard !binding.isBeingDeleted, binding.spec.propagateDeps, let behavior = binding.spec.failover?.application else {
            memory.forget(key)
            return .done
        }
        let now = ContinuousClock.now
        let toleration = Duration.seconds(behavior.tolerationSeconds)
        let since = memory.note(key, unhealthy: binding.unhealthyClusters, now: now)
        let failed = since.filter { $0.value + toleration <= now }.keys.sorted()
        if !failed.isEmpty { try await evict(object, binding, from: failed, behavior) }
        let next = since.values.map { $0 + toleration }.filter { $0 > now }.min()
        return next.map { .again(after: $0 - now) } ?? .done
    }

    private func evict(
        _ object: Object, _ binding: ResourceBinding, from clusters: [String], _ behavior: FailoverBehavior.Application
    ) async throws {
        do {
            var new = object
            for cluster in clusters { new.evict(try task(for: binding, in: cluster, behavior)) }
            // Written against the version that was judged: the next one is judged for itself.
            _ = try await plane.client.update(new, in: binding.collection)
        } catch {
            if (error as? APIError)?.reason != .conflict {
                for cluster in clusters {
                    plane.recordEviction(
                        .warning, EventReason.evictWorkloadFromClusterFailed, "Evict from cluster \(cluster) failed: \(error)",
                        of: binding, from: Self.producer(binding))
                }
            }
            throw error
        }
    }

    private static func producer(_ binding: ResourceBinding) -> String {
        binding.key.namespace.isEmpty
            ? "cluster-resource-binding-application-failover-controller" : "resource-binding-application-failover-controller"
    }

    private func task(
        for binding: ResourceBinding, in cluster: String, _ behavior: FailoverBehavior.Application
    ) throws -> GracefulEvictionTask {
        var task = GracefulEvictionTask(
            fromCluster: cluster, purgeMode: behavior.purgeMode, reason: "ApplicationFailure", producer: Self.producer(binding))
        if gates[.statefulFailoverInjection], !behavior.statePreservation.isEmpty {
            task.preservedLabelState = try binding.preservedLabels(behavior.statePreservation, in: cluster)
            task.clustersBeforeFailover = binding.spec.clusters.map(\.name)
        }
        switch behavior.purgeMode {
        case .gracefully:
            guard gates[.gracefulEviction] else {
                throw NotYet("GracefulEviction featureGate must be enabled when purgeMode is Gracefully")
            }
            task.gracePeriodSeconds = behavior.gracePeriodSeconds
        case .never: task.suppressDeletion = true
        case .directly: break
        }
        return task
    }
}

extension ResourceBinding {
    /// Where the workload is meant to run, and does not.
    fileprivate var unhealthyClusters: [String] {
        status.aggregatedStatus.filter { $0.health == "Unhealthy" }.map(\.clusterName)
            .filter { spec.targets($0) && !spec.isLeaving($0) }
    }
}
