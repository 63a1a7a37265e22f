import Client
import Kubernetes

/// Works out from the clusters' conditions what Remedies would have done about them, into `status.remedyActions`. Others act on
/// it: `TrafficControl` takes a cluster out of multi-cluster services.
struct RemedyController: Controller {
    static let name = "remedy"

    let plane: ControlPlane
    let workers: Int
    private let remedies: Informer
    private let queue = WorkQueue<String>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
        remedies = Informer(Resource.remedies, client: plane.client, logger: plane.logger)
    }

    func run() async {
        remedies.onChange { _ in for cluster in plane.clusters.list() { queue.add(cluster.key.name) } }
        plane.clusters.onChange { queue.add($0.key.name) }
        await withDiscardingTaskGroup { group in
            group.addTask { await remedies.run() }
            group.addTask {
                await remedies.waitUntilSynced()
                await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
            }
        }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let cluster = plane.cluster(name), !cluster.isBeingDeleted else { return .done }
        let actions = Set(
            remedies.list().map { Remedy($0.decoded().spec) }.filter { $0.isMeant(for: cluster) }.flatMap(\.actions)
        ).sorted()
        guard actions != cluster.status.remedyActions else { return .done }
        try await plane.client.modifyIfPresent(Cluster.resource, ObjectKey(name: name), subresource: "status") { object in
            object.json["status", default: [:]]["remedyActions"] = actions.isEmpty ? nil : JSON(actions)
            return true
        }
        return .done
    }
}

/// `spec` of a Remedy (`remedy.karmada.io/v1alpha1`).
struct Remedy {
    /// Nil: every cluster.
    private var clusters: [String]?
    /// Nil: at once and always. Otherwise one of them is enough.
    private var conditions: [JSON]?
    var actions: [String]

    init(_ spec: JSON) {
        clusters = spec["clusterAffinity"].map { $0["clusterNames"]?.strings ?? [] }
        conditions = spec["decisionMatches"]?.array?.compactMap { $0["clusterConditionMatch"] }
        actions = spec["actions"]?.strings ?? []
    }

    func isMeant(for cluster: Cluster) -> Bool {
        guard clusters?.contains(cluster.name) ?? true else { return false }
        guard let conditions else { return true }
        return conditions.contains { match in
            guard let condition = cluster.status.conditions[match["conditionType"]?.string ?? ""] else { return false }
            let isSame = match["conditionStatus"]?.string == condition.status.rawValue
            return match["operator"]?.string == "NotEqual" ? !isSame : isSame
        }
    }
}
