import Client
import Kubernetes

/// Ends graceful evictions: when the workload is healthy where it was scheduled to instead, or when the grace period is over.
struct GracefulEvictionController: Controller {
    static let name = "gracefulEviction"
    private static let component = "graceful-eviction-controller"

    let plane: ControlPlane
    /// How long a task waits that does not say.
    let timeout: Duration
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, timeout: Duration, workers: Int) {
        self.plane = plane
        self.timeout = timeout
        self.workers = workers
    }

    func run() async {
        plane.onBindingChange { change in
            // Hardly any binding has tasks: a search of its bytes costs less than its tree.
            if change.object.mentions("gracefulEvictionTasks") { queue.add(change.key) }
        }
        plane.works.onChange { change in
            // Endpoints that come, or go, may let a Service go.
            guard let service = change.object.collectedService else { return }
            for kind in Self.kindsWithEndpoints {
                let key = ObjectKey(namespace: service.namespace, name: Names.binding(kind: kind, name: service.name))
                if plane.binding(key)?.mentions("gracefulEvictionTasks") ?? false { queue.add(key) }
            }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let object = plane.binding(key)?.decoded() else { return .done }
        let binding = ResourceBinding(object)
        guard !binding.isBeingDeleted, !binding.spec.gracefulEvictionTasks.isEmpty else { return .done }
        let now = Timestamp.now()
        let assessment = Assessment(binding, timeout: timeout, now: now) { hasReplacement(for: binding, in: $0) }
        if assessment.kept.map(\.json) != binding.spec.gracefulEvictionTasks.map(\.json) {
            // Written against the version that was assessed: the scheduler may be changing the clusters meanwhile.
            var new = object
            new["spec", "gracefulEvictionTasks"] =
                assessment.kept.isEmpty ? nil : .array(assessment.kept.map(\.json))
            _ = try await plane.client.update(new, in: binding.collection)
            for cluster in assessment.evicted {
                plane.recordEviction(
                    .normal, EventReason.evictWorkloadFromClusterSucceed, "Evict from cluster \(cluster) succeed.", of: binding,
                    from: Self.component)
            }
        }
        return assessment.nextExpiry.map { .again(after: max(.milliseconds(1), $0 - now)) } ?? .done
    }

    /// What takes a Service's endpoints with it when it goes.
    private static let kindsWithEndpoints = ["Service", ServiceDiscovery.Purpose.serviceExport.rawValue]

    /// Whether those who call a Service of the cluster from elsewhere can do without: there are endpoints that are ready in a
    /// place where it was scheduled to, or none here either. What has no endpoints that others call can always go.
    private func hasReplacement(for binding: ResourceBinding, in cluster: String) -> Bool {
        let resource = binding.spec.resource
        guard Self.kindsWithEndpoints.contains(resource.kind) else { return true }
        func isCalled(in cluster: String) -> Bool {
            plane.works(ofService: resource.key, in: cluster).contains { work in
                Work(work.decoded()).spec.manifests.contains(where: \.hasReadyEndpoints)
            }
        }
        return !isCalled(in: cluster) || binding.spec.clusters.contains { isCalled(in: $0.name) }
    }

    /// Which of a binding's tasks go on, and which are done.
    struct Assessment {
        var kept: [GracefulEvictionTask] = []
        var evicted: [String] = []
        /// When the first of the kept tasks expires.
        var nextExpiry: Timestamp?

        /// - Parameter hasReplacement: whether callers can do without what is in the cluster.
        init(
            _ binding: ResourceBinding, timeout: Duration, now: Timestamp, hasReplacement: (_ cluster: String) -> Bool
        ) {
            // An older schedule says nothing of where the workload is to be now, and neither does an empty one.
            let isScheduled =
                binding.status.schedulerObservedGeneration == binding.generation && !binding.spec.clusters.isEmpty
            let isHealthyElsewhere =
                isScheduled
                && binding.spec.clusters.allSatisfy { target in
                    binding.status.aggregatedStatus.contains { $0.clusterName == target.name && $0.health == "Healthy" }
                }
            for var task in binding.spec.gracefulEvictionTasks {
                guard let created = task.creationTimestamp else {
                    task.creationTimestamp = Timestamp(seconds: now.seconds)
                    keep(task, until: now + task.gracePeriod(default: timeout))
                    continue
                }
                let expiry = created + task.gracePeriod(default: timeout)
                switch task.suppressDeletion {
                case true?: kept.append(task)
                case false?: evicted.append(task.fromCluster)
                case nil where now > expiry || isHealthyElsewhere && hasReplacement(task.fromCluster):
                    evicted.append(task.fromCluster)
                case nil: keep(task, until: expiry)
                }
            }
        }

        private mutating func keep(_ task: GracefulEvictionTask, until expiry: Timestamp) {
            kept.append(task)
            if task.suppressDeletion == nil { nextExpiry = nextExpiry.map { min($0, expiry) } ?? expiry }
        }
    }
}

extension GracefulEvictionTask {
    fileprivate func gracePeriod(default timeout: Duration) -> Duration {
        gracePeriodSeconds.map { .seconds(Int64($0)) } ?? timeout
    }
}
