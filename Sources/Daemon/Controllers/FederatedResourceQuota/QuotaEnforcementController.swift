import Client
import Kubernetes

/// Counts what the bindings of a namespace ask for in the clusters they are scheduled to, into the status of its
/// FederatedResourceQuotas. Admission keeps the count while bindings are scheduled; this puts it right when bindings go or limits
/// change, and from time to time.
struct QuotaEnforcementController: Controller {
    static let name = "federatedResourceQuotaEnforcement"
    private static let component = "federated-resource-quota-enforcement-controller"

    let plane: ControlPlane
    let period: Duration
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, period: Duration, workers: Int) {
        self.plane = plane
        self.period = period
        self.workers = workers
    }

    func run() async {
        plane.federatedResourceQuotas.onChange { change in
            if case .updated(let old, let new) = change, old.decoded().spec == new.decoded().spec { return }
            queue.add(change.key)
        }
        plane.resourceBindings.onChange { change in
            guard case .deleted(let binding) = change else { return }
            for quota in plane.federatedResourceQuotas.objects(
                index: ControlPlane.Index.namespace, value: binding.key.namespace)
            { queue.add(quota.key) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let quota = plane.federatedResourceQuotas.get(key)?.decoded(), !quota.isBeingDeleted else { return .done }
        let overall = quota.spec["overall"] ?? [:]
        let bindings = plane.resourceBindings.objects(index: ControlPlane.Index.namespace, value: key.namespace)
        var used = bindings.reduce(into: ResourceList()) { $0.add(ResourceBinding.Spec($1.decoded().spec).resourceUse) }
        used = used.filter { overall[$0.key] != nil }
        let amounts = used.isEmpty ? nil : used.json
        do {
            try await plane.client.modifyIfPresent(Resource.federatedResourceQuotas, key, subresource: "status") { object in
                if ResourceList(object.status["overallUsed"] ?? .null) != used {
                    object.json["status", default: [:]]["overallUsed"] = amounts
                }
                object.json["status", default: [:]]["overall"] = overall
                return true
            }
        } catch {
            plane.events.record(
                .warning, EventReason.collectOverallStatusFailed, "\(error)", about: quota, from: Self.component)
            throw error
        }
        if quota.status["overall"] != overall {
            plane.events.record(
                .normal, EventReason.collectOverallStatusSucceed,
                "Collect status of FederatedResourceQuota(\(key)) succeed.", about: quota, from: Self.component)
        }
        return .again(after: period)
    }
}
