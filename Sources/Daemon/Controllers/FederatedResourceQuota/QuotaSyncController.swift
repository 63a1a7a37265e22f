import Client
import Interpreter
import Kubernetes

/// Brings the static assignments of FederatedResourceQuotas into their clusters: a ResourceQuota each.
struct QuotaSyncController: Controller {
    static let name = "federatedResourceQuotaSync"
    private static let component = "federated-resource-quota-sync-controller"

    let plane: ControlPlane
    let interpreter: Interpreter
    let writer: WorkWriter
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, interpreter: Interpreter, workers: Int) {
        self.plane = plane
        self.interpreter = interpreter
        self.workers = workers
        writer = WorkWriter(plane: plane)
    }

    func run() async {
        plane.federatedResourceQuotas.onChange { queue.add($0.key) }
        plane.clusters.onChange { change in
            guard case .added = change else { return }
            for quota in plane.federatedResourceQuotas.list() { queue.add(quota.key) }
        }
        plane.works.onChange { change in
            // Somebody deleted it, or a quota waits for it to be gone.
            if case .deleted(let work) = change, let quota = work.quota { queue.add(quota) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        let quota = plane.federatedResourceQuotas.get(key)?.decoded()
        let assignments = quota.map(Self.assignments) ?? [:]
        for work in plane.works(ofQuota: key) where Work.cluster(of: work.key.namespace).map({ assignments[$0] == nil }) ?? true {
            try await plane.client.deleteIfPresent(Work.resource, work.key, DeleteOptions(uid: work.uid))
        }
        guard let quota, !quota.isBeingDeleted else { return .done }
        var isChanged = false
        do {
            var errors: [any Error] = []
            for (cluster, hard) in assignments where plane.cluster(cluster).map({ !$0.isBeingDeleted }) ?? false {
                do {
                    if try await writer.write(work(of: quota, hard, for: cluster)) { isChanged = true }
                } catch {
                    errors.append(error)
                }
            }
            try AggregateError.throwUnlessEmpty(errors)
        } catch {
            plane.events.record(.warning, EventReason.syncWorkFailed, "\(error)", about: quota, from: Self.component)
            throw error
        }
        if isChanged {
            plane.events.record(
                .normal, EventReason.syncWorkSucceed, "Sync works for FederatedResourceQuota(\(key)) succeed.", about: quota,
                from: Self.component)
        }
        return .done
    }

    /// Hard limits by cluster; of several for one cluster the first counts.
    private static func assignments(of quota: Object) -> [String: JSON] {
        let list = (quota.spec["staticAssignments"]?.array ?? []).map {
            ($0["clusterName"]?.string ?? "", $0["hard"] ?? [:])
        }
        return Dictionary(list) { first, _ in first }
    }

    private func work(of quota: Object, _ hard: JSON, for cluster: String) -> WorkManifest {
        var limits = Object(apiVersion: "v1", kind: "ResourceQuota", namespace: quota.namespace, name: quota.name)
        limits.spec = ["hard": hard]
        var manifest = WorkManifest(limits, for: cluster, interpreter: interpreter)
        manifest.labels = [Label.quotaNamespace: quota.namespace, Label.quotaName: quota.name]
        return manifest
    }
}
