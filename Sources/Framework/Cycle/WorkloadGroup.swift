import Kubernetes

/// The workloads of a namespace that want to be together, or apart (`spec.workloadAffinityGroups`).
public struct WorkloadGroup: Hashable, Sendable {
    public var namespace: String
    public var name: String
    public var isApart: Bool

    /// The groups that a binding belongs to. Only namespaced bindings do, as in Karmada.
    public static func groups(of binding: ResourceBinding) -> [WorkloadGroup] {
        guard let groups = binding.spec.workloadAffinityGroups, !binding.key.namespace.isEmpty else { return [] }
        return [(groups.affinityGroup, false), (groups.antiAffinityGroup, true)].compactMap { name, isApart in
            name.isEmpty ? nil : WorkloadGroup(namespace: binding.key.namespace, name: name, isApart: isApart)
        }
    }
}

/// The clusters of the workloads that a binding's `spec.workloadAffinityGroups` ties it to, itself not among them.
public struct WorkloadPeers: Sendable, Equatable {
    /// Where all workloads of its affinity group are; nil where none is anywhere.
    public var sharedClusters: Set<String>?
    /// Where any workload of its anti-affinity group is.
    public var avoidedClusters: Set<String>

    public init(sharedClusters: Set<String>? = nil, avoidedClusters: Set<String> = []) {
        self.sharedClusters = sharedClusters
        self.avoidedClusters = avoidedClusters
    }

    /// - Parameter others: all bindings there are; those of other groups are passed over, and so is the binding itself.
    public init(of binding: ResourceBinding, among others: some Sequence<ResourceBinding>) {
        self.init()
        let groups = Set(WorkloadGroup.groups(of: binding))
        guard !groups.isEmpty else { return }
        for other in others where other.key != binding.key {
            for group in WorkloadGroup.groups(of: other) where groups.contains(group) {
                add(other.spec.clusters.map(\.name), of: group)
            }
        }
    }

    /// Counts one more workload of a group.
    /// - Parameter targets: the clusters that it is on.
    public mutating func add(_ targets: [String], of group: WorkloadGroup) {
        if group.isApart {
            avoidedClusters.formUnion(targets)
        } else if !targets.isEmpty {
            sharedClusters = sharedClusters?.intersection(targets) ?? Set(targets)
        }
    }
}
