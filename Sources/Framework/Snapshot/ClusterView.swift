import Kubernetes

/// A cluster as a plugin sees it.
public struct ClusterView: Sendable {
    /// The cluster's place in its snapshot, and in all columns and sets of it.
    public let index: Int
    let record: ClusterRecord

    public var cluster: Cluster { record.cluster }
    public var name: String { record.cluster.name }
    public var labels: [String: String] { record.cluster.labels }
    public var taints: [Taint] { record.cluster.spec.taints }
    /// Empty where the cluster does not say.
    public var provider: String { record.cluster.spec.provider }
    /// Empty where the cluster does not say.
    public var region: String { record.cluster.spec.region }
    public var zones: [String] { record.cluster.spec.zones }

    public func serves(_ kind: GroupVersionKind) -> Bool { record.kinds.all.contains(kind) }
}

/// What is worked out once for each version of a cluster.
final class ClusterRecord: Sendable {
    let cluster: Cluster
    let kinds: KindSet
    /// Pods that may still be started; 0 where the cluster does not say.
    let pods: Int64
    /// Free amounts by resource (see ``Kubernetes/Quantity/amount(of:)``); what the nodes do not have at all is not there.
    let available: [String: Int64]
    let model: NodeModel?
    /// Nodes of each grade of `model`.
    let nodeCounts: [Int64]

    init(_ cluster: Cluster, kinds: KindSet, model: NodeModel?, nodeCounts: [Int64]) {
        self.cluster = cluster
        self.kinds = kinds
        self.model = model
        self.nodeCounts = nodeCounts
        guard let summary = cluster.status.resourceSummary else {
            pods = 0
            available = [:]
            return
        }
        func value(_ list: ResourceList) -> Int64 { list["pods"]?.value ?? 0 }
        pods = max(0, value(summary.allocatable) - value(summary.allocated) - value(summary.allocating))
        available = Dictionary(
            uniqueKeysWithValues: summary.allocatable.map { name, allocatable in
                let taken = (summary.allocated[name] ?? .zero) + (summary.allocating[name] ?? .zero)
                return (name, (allocatable - taken).amount(of: name))
            })
    }

    /// Whether something may fit that did not fit before.
    func hasMoreRoom(than old: ClusterRecord) -> Bool {
        guard pods <= old.pods, model === old.model else { return true }
        return available.contains { $0.value > old.available[$0.key] ?? 0 }
            || zip(nodeCounts, old.nodeCounts).contains { $0 > $1 }
    }

    /// Whether nothing differs but amounts: placements see no difference.
    func hasTopology(of other: Cluster) -> Bool {
        cluster.labels == other.labels && cluster.isBeingDeleted == other.isBeingDeleted && cluster.spec == other.spec
            && cluster.status.apiEnablements == other.status.apiEnablements
    }
}

/// The kinds that a cluster serves. Most clusters serve the same: they share one.
final class KindSet: Sendable {
    let all: Set<GroupVersionKind>

    init(_ enablements: [Cluster.APIEnablement]) {
        var all = Set<GroupVersionKind>()
        for enablement in enablements {
            for resource in enablement.resources {
                all.insert(GroupVersionKind(apiVersion: enablement.groupVersion, kind: resource.kind))
            }
        }
        self.all = all
    }
}
