import Client
import Kubernetes
import Logging

/// Takes replicas away from clusters that find no node for them, so that the scheduler gives them to others.
///
/// Looks at Deployments whose replicas are divided by room. What a cluster has ready it keeps.
struct Descheduler: Controller {
    static let name = "descheduler"
    private static let component = "karmada-descheduler"
    private static let deployment = GroupVersionKind(group: "apps", version: "v1", kind: "Deployment")

    let plane: ControlPlane
    /// The first that can say counts.
    let estimators: [any UnschedulableReplicaEstimator]
    let interval: Duration
    let threshold: Duration
    let workers: Int

    func run() async {
        while !Task.isCancelled {
            await descheduleAll()
            try? await Task.sleep(for: interval)
        }
    }

    private func descheduleAll() async {
        let bindings = plane.resourceBindings.list().map { ResourceBinding($0.decoded()) }.filter(Self.isEligible)
        await withTaskGroup(of: Void.self) { group in
            for (position, binding) in bindings.enumerated() {
                if position >= workers { await group.next() }
                group.addTask { await deschedule(binding) }
            }
        }
    }

    /// Whether the binding's replicas were divided by room, and some are not ready.
    static func isEligible(_ binding: ResourceBinding) -> Bool {
        guard !binding.isBeingDeleted, binding.spec.resource.groupVersionKind == deployment,
            let text = binding.annotations[Annotation.appliedPlacement], let placement = try? JSON(parsing: text),
            let strategy = Placement(placement).replicaScheduling, strategy.replicaSchedulingType == "Divided"
        else { return false }
        let isByRoom =
            switch strategy.replicaDivisionPreference {
            case "Aggregated": true
            case "Weighted": !(strategy.weightPreference?.dynamicWeight ?? "").isEmpty
            default: false
            }
        return isByRoom && binding.spec.clusters.contains { (binding.readyReplicas[$0.name] ?? -1) < $0.replicas }
    }

    private func deschedule(_ binding: ResourceBinding) async {
        var unschedulable: [String: Int32] = [:]
        for target in binding.spec.clusters where (binding.readyReplicas[target.name] ?? -1) < target.replicas {
            unschedulable[target.name] = await unschedulableReplicas(of: binding, in: target.name)
        }
        let targets = Self.targets(binding, unschedulable: unschedulable)
        let removed = zip(binding.spec.clusters, targets).map { (name: $0.name, count: $0.replicas - $1.replicas) }
            .filter { $0.count > 0 }
        guard !removed.isEmpty else { return }
        let parts = removed.map { "\($0.count) replica(s) in cluster(\($0.name))" }
        let total = removed.reduce(0) { $0 + $1.count }
        let message = "Binding has been descheduled, \(parts.joined(separator: ", ")), \(total) total descheduled replica(s)"
        do {
            // What was asked for meanwhile goes before: then this is for the next time.
            try await plane.client.modify(binding.collection, binding.key) { object in
                guard object.uid == binding.uid, object.generation == binding.generation else { return false }
                object.json["spec", default: [:]]["clusters"] = .array(targets.map(\.json))
                return true
            }
            record(.normal, EventReason.descheduleBindingSucceed, message, about: binding)
        } catch {
            plane.logger.warning("\(Self.name): \(binding.key): \(error)")
            record(.warning, EventReason.descheduleBindingFailed, "\(error)", about: binding)
        }
    }

    private func unschedulableReplicas(of binding: ResourceBinding, in cluster: String) async -> Int32 {
        for estimator in estimators {
            let answer = await estimator.unschedulableReplicas(
                of: binding.spec.resource, in: cluster, threshold: threshold)
            if let answer { return answer }
        }
        return 0
    }

    /// The binding's clusters without the replicas that have no node there; never with fewer than are ready.
    static func targets(_ binding: ResourceBinding, unschedulable: [String: Int32]) -> [TargetCluster] {
        let ready = binding.readyReplicas
        return binding.spec.clusters.map { target in
            var target = target
            let count = unschedulable[target.name] ?? 0
            guard count > 0, count <= target.replicas else { return target }
            let ready = ready[target.name] ?? 0
            target.replicas = max(target.replicas - count, min(ready, target.replicas))
            return target
        }
    }

    private func record(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, about binding: ResourceBinding) {
        for subject in [ObjectReference(binding), ObjectReference(binding.spec.resource)] {
            plane.events.record(kind, reason, message, about: subject, from: Self.component)
        }
    }
}

extension ResourceBinding {
    /// Ready replicas by cluster, of those that report any status.
    fileprivate var readyReplicas: [String: Int32] {
        var ready: [String: Int32] = [:]
        for item in status.aggregatedStatus {
            guard let status = item.status else { continue }
            ready[item.clusterName] = Int32(clamping: status["readyReplicas"]?.integer ?? 0)
        }
        return ready
    }
}
