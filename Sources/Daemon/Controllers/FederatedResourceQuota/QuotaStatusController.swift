import Client
import Kubernetes

/// Adds up in each FederatedResourceQuota's status what its ResourceQuotas report from the clusters.
struct QuotaStatusController: Controller {
    static let name = "federatedResourceQuotaStatus"
    private static let component = "federated-resource-quota-status-controller"

    let plane: ControlPlane
    /// Whether `overall` and `overallUsed` are counted by bindings instead (see ``QuotaEnforcementController``).
    let isEnforced: Bool
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, isEnforced: Bool, workers: Int) {
        self.plane = plane
        self.isEnforced = isEnforced
        self.workers = workers
    }

    func run() async {
        plane.federatedResourceQuotas.onChange { queue.add($0.key) }
        plane.works.onChange { change in
            if let quota = change.object.quota { queue.add(quota) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let quota = plane.federatedResourceQuotas.get(key)?.decoded(), !quota.isBeingDeleted else { return .done }
        let clusters = plane.works(ofQuota: key).compactMap { ClusterUse(Work($0.decoded())) }
            .sorted { $0.cluster < $1.cluster }
        var status = quota.status.isNull ? [:] : quota.status
        status["aggregatedStatus"] = clusters.isEmpty ? nil : .array(clusters.map(\.json))
        if !isEnforced {
            status["overall"] = quota.spec["overall"]
            let used = clusters.reduce(into: ResourceList()) { $0.add($1.used) }
            status["overallUsed"] = used.isEmpty ? nil : used.json
        }
        guard status != quota.status else { return .done }
        let new = status
        do {
            try await plane.client.modifyIfPresent(Resource.federatedResourceQuotas, key, subresource: "status") { object in
                // Others' part stays as it is by now.
                for field in isEnforced ? ["aggregatedStatus"] : ["aggregatedStatus", "overall", "overallUsed"] {
                    object.json["status", default: [:]][field] = new[field]
                }
                return true
            }
        } catch {
            plane.events.record(.warning, EventReason.aggregateStatusFailed, "\(error)", about: quota, from: Self.component)
            throw error
        }
        plane.events.record(
            .normal, EventReason.aggregateStatusSucceed, "Collect status of FederatedResourceQuota(\(key)) succeed.",
            about: quota, from: Self.component)
        return .done
    }
}

/// What a cluster says of its part (`ClusterQuotaStatus`).
private struct ClusterUse {
    var cluster: String
    var status: JSON
    var used: ResourceList

    /// Nil where the Work is not applied, or the cluster has not said anything yet.
    init?(_ work: Work) {
        guard work.status.conditions.isTrue(Work.appliedCondition), let cluster = Work.cluster(of: work.key.namespace),
            let status = work.status.manifestStatuses.first?.status
        else { return nil }
        self.cluster = cluster
        self.status = status
        used = ResourceList(status["used"] ?? .null)
    }

    var json: JSON {
        var json: JSON = ["clusterName": .string(cluster)]
        json["hard"] = status["hard"]
        json["used"] = status["used"]
        return json
    }
}
