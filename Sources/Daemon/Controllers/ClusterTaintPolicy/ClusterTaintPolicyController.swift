import Client
import Kubernetes

/// Adds and removes taints of clusters by their conditions, as ClusterTaintPolicies say.
struct ClusterTaintPolicyController: Controller {
    static let name = "clustertaintpolicy"
    private static let component = "cluster-taint-policy-controller"

    let plane: ControlPlane
    let workers: Int
    private let queue = WorkQueue<String>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
    }

    func run() async {
        plane.clusters.onChange { queue.add($0.key.name) }
        plane.clusterTaintPolicies.onChange { change in
            if case .deleted = change { return }
            for cluster in plane.clusters.list() { queue.add(cluster.key.name) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let cluster = plane.cluster(name) else { return .done }
        // The oldest first, so that policies which contradict each other do so the same way every time.
        let policies = plane.clusterTaintPolicies.list().map { ClusterTaintPolicy($0.decoded()) }
            .sorted { ($0.created, $0.name) < ($1.created, $1.name) }
        guard !policies.isEmpty, Self.taints(of: cluster, by: policies, now: .now()) != cluster.spec.taints else { return .done }
        var taints: [Taint] = []
        do {
            try await plane.client.modifyIfPresent(Cluster.resource, ObjectKey(name: name)) { object in
                let current = Cluster(object)
                taints = Self.taints(of: current, by: policies, now: .now())
                if taints != current.spec.taints { object.setTaints(taints) }
                return true
            }
        } catch {
            plane.events.record(
                .warning, EventReason.taintClusterFailed, "\(error)", about: ObjectReference(cluster), from: Self.component)
            throw error
        }
        plane.events.record(
            .normal, EventReason.taintClusterSucceed,
            "Update Cluster(\(name)) with taints(\(Taint.message(for: taints))) succeed", about: ObjectReference(cluster),
            from: Self.component)
        return .done
    }

    /// The taints that a cluster has after all policies had their say.
    static func taints(of cluster: Cluster, by policies: [ClusterTaintPolicy], now: Timestamp) -> [Taint] {
        var taints = cluster.spec.taints
        for policy in policies where policy.targetClusters?.matches(cluster) ?? true {
            if policy.addOnConditions.areMet(by: cluster.status.conditions) {
                for var taint in policy.taints where !taints.contains(where: { $0.matches(taint) }) {
                    taint.timeAdded = now
                    taints.append(taint)
                }
            }
            if policy.removeOnConditions.areMet(by: cluster.status.conditions) {
                taints.removeAll { taint in policy.taints.contains { $0.matches(taint) } }
            }
        }
        return taints
    }
}

/// Which taints clusters have while they are in a certain state (`policy.karmada.io/v1alpha1`, `ClusterTaintPolicy`).
struct ClusterTaintPolicy: Sendable {
    var name: String
    /// RFC 3339: compares as time.
    var created: String
    /// Nil for all.
    var targetClusters: ClusterAffinity?
    var addOnConditions: [ConditionMatch]
    var removeOnConditions: [ConditionMatch]
    var taints: [Taint]

    init(_ object: Object) {
        name = object.name
        created = object.creationTimestamp
        let spec = object.spec
        targetClusters = spec["targetClusters"].flatMap { $0.isNull ? nil : ClusterAffinity($0) }
        addOnConditions = (spec["addOnConditions"]?.array ?? []).map(ConditionMatch.init)
        removeOnConditions = (spec["removeOnConditions"]?.array ?? []).map(ConditionMatch.init)
        taints = (spec["taints"]?.array ?? []).map(Taint.init)
    }
}

/// A condition's status, as a policy asks for it (`MatchCondition`).
struct ConditionMatch: Sendable {
    var conditionType: String
    /// `In` or `NotIn`.
    var `operator`: String
    var statusValues: [String]

    init(_ json: JSON) {
        conditionType = json["conditionType"]?.string ?? ""
        `operator` = json["operator"]?.string ?? ""
        statusValues = json["statusValues"]?.strings ?? []
    }

    /// A condition that the cluster does not have meets nothing.
    func isMet(by conditions: [Condition]) -> Bool {
        guard let status = conditions[conditionType]?.status else { return false }
        return switch `operator` {
        case "In": statusValues.contains(status.rawValue)
        case "NotIn": !statusValues.contains(status.rawValue)
        default: false
        }
    }
}

extension [ConditionMatch] {
    /// Whether all are met. None at all ask for nothing, and are not met.
    fileprivate func areMet(by conditions: [Condition]) -> Bool { !isEmpty && allSatisfy { $0.isMet(by: conditions) } }
}
