import Kubernetes
import Synchronization

/// Follows the clusters and hands out snapshots. A value: whoever shares it guards it.
public struct ClusterCache: Sendable {
    /// How a cluster differs from before.
    public enum Change: Sendable {
        case none
        /// Amounts only, and none is more than before: nothing fits that did not.
        case lessRoom
        /// Amounts only, and some are more: what did not fit may fit now.
        case moreRoom
        /// It came or went, or its labels, spec, or served kinds changed: placements may see it with other eyes.
        case topology
    }

    private var records: [String: ClusterRecord] = [:]
    private var kindSets: [[Cluster.APIEnablement]: KindSet] = [:]
    private var models: [[[String: Int64]]: NodeModel] = [:]
    private var last = ClusterSnapshot([], version: ClusterCache.nextVersion())
    private var changed: Set<String> = []
    private var topologyChanged = false

    /// How many distinct sets of kinds, or models, are remembered before those that nobody uses any more are dropped.
    private static let internLimit = 4096

    public init() {}

    public init(_ clusters: some Sequence<Cluster>) {
        for cluster in clusters { set(cluster) }
    }

    private static let versions = Atomic<UInt64>(0)

    /// Unique in the process, so that nothing remembered for one cache's snapshot is taken for another's.
    private static func nextVersion() -> UInt64 { versions.wrappingAdd(1, ordering: .relaxed).newValue }

    @discardableResult
    public mutating func set(_ cluster: Cluster) -> Change {
        let old = records[cluster.name]
        let kinds =
            old.flatMap { $0.cluster.status.apiEnablements == cluster.status.apiEnablements ? $0.kinds : nil }
            ?? kindSet(cluster.status.apiEnablements)
        let histogram = NodeModel.histogram(of: cluster)
        let record = ClusterRecord(
            cluster, kinds: kinds, model: histogram.map { model($0.grades) }, nodeCounts: histogram?.counts ?? [])
        records[cluster.name] = record
        guard let old, old.hasTopology(of: cluster) else {
            topologyChanged = true
            return .topology
        }
        if old.pods == record.pods, old.available == record.available, old.model === record.model,
            old.nodeCounts == record.nodeCounts
        {
            return .none
        }
        changed.insert(cluster.name)
        return record.hasMoreRoom(than: old) ? .moreRoom : .lessRoom
    }

    @discardableResult
    public mutating func remove(_ name: String) -> Change {
        guard records.removeValue(forKey: name) != nil else { return .none }
        topologyChanged = true
        return .topology
    }

    /// The clusters as they are now: the same snapshot as before where nothing changed.
    public mutating func snapshot() -> ClusterSnapshot {
        if topologyChanged {
            last = ClusterSnapshot(records.values.sorted { $0.cluster.name < $1.cluster.name }, version: Self.nextVersion())
        } else if !changed.isEmpty {
            for name in changed {
                if let record = records[name], let index = last.index(of: name) { last.replace(record, at: index) }
            }
            last.version = Self.nextVersion()
        }
        topologyChanged = false
        changed = []
        return last
    }

    private mutating func kindSet(_ enablements: [Cluster.APIEnablement]) -> KindSet {
        if let known = kindSets[enablements] { return known }
        if kindSets.count >= Self.internLimit { kindSets = [:] }
        let set = KindSet(enablements)
        kindSets[enablements] = set
        return set
    }

    private mutating func model(_ grades: [[String: Int64]]) -> NodeModel {
        if let known = models[grades] { return known }
        if models.count >= Self.internLimit { models = [:] }
        let model = NodeModel(grades: grades)
        models[grades] = model
        return model
    }
}
