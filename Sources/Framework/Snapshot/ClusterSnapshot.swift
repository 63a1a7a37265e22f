import Kubernetes

/// All clusters at one moment: immutable, so any number of cycles read it at a time.
///
/// Clusters are numbered by ascending name. What cycles ask for is kept by columns (a value a cluster) and by inverted lists (a
/// set of clusters a value), made when a cluster changes and not when a binding is scheduled.
public struct ClusterSnapshot: Sendable {
    /// Differs between any two snapshots that differ.
    public internal(set) var version: UInt64
    /// Differs only where clusters come or go, or where something but amounts changes: what follows from labels, taints,
    /// regions and served kinds holds as long as this does.
    public let topologyVersion: UInt64
    public let names: [String]
    /// The clusters that may get workloads: those that are not being deleted.
    public let schedulable: ClusterSet
    /// The clusters with each taint that repels, `NoSchedule` and `NoExecute`.
    public let taints: [(taint: Taint, clusters: ClusterSet)]
    public let regions: Topology
    public let zones: Topology
    public let providers: Topology
    /// Pods that may still be started, by cluster.
    public internal(set) var pods: [Int64]
    /// The distinct node models; `modelIndexes` tells which is whose.
    public internal(set) var models: [NodeModel]
    /// Index into `models`, -1 for clusters that have none.
    public internal(set) var modelIndexes: [Int]

    let indexes: [String: Int]
    let kinds: [(kinds: KindSet, clusters: ClusterSet)]
    var records: [ClusterRecord]
    /// Free amounts, by cluster.
    var available: [String: [Int64]]

    /// In an amount column: the cluster does not have the resource at all.
    public static let absent = Int64.min

    /// Which clusters are in which region, zone or provider.
    public struct Topology: Sendable {
        /// Ascending.
        public let names: [String]
        /// By index into `names`.
        public let clusters: [ClusterSet]
        /// The clusters that are in any.
        public let all: ClusterSet
        /// The groups that each cluster is in, as indices into `names`.
        public let memberships: [[Int]]

        init(_ records: [ClusterRecord], _ values: (Cluster) -> [String]) {
            var sets: [String: ClusterSet] = [:]
            var all = ClusterSet(capacity: records.count)
            for (index, record) in records.enumerated() {
                for value in values(record.cluster) where !value.isEmpty {
                    sets[value, default: ClusterSet(capacity: records.count)].insert(index)
                    all.insert(index)
                }
            }
            let sorted = sets.sorted { $0.key < $1.key }
            names = sorted.map(\.key)
            clusters = sorted.map(\.value)
            self.all = all
            var memberships = [[Int]](repeating: [], count: records.count)
            for (group, clusters) in clusters.enumerated() {
                for index in clusters { memberships[index].append(group) }
            }
            self.memberships = memberships
        }
    }

    public var count: Int { names.count }

    public subscript(index: Int) -> ClusterView { ClusterView(index: index, record: records[index]) }

    public func index(of name: String) -> Int? { indexes[name] }

    /// The clusters that serve a kind.
    public func clusters(serving kind: GroupVersionKind) -> ClusterSet {
        var result = ClusterSet(capacity: count)
        for (kinds, clusters) in kinds where kinds.all.contains(kind) { result.formUnion(clusters) }
        return result
    }

    /// The free amounts of a resource by cluster, ``absent`` where a cluster has none of it; nil where no cluster has.
    public func available(_ resource: String) -> [Int64]? { available[resource] }

    /// Nodes of each grade of the cluster's model; empty where it has none.
    public func nodeCounts(_ index: Int) -> [Int64] { records[index].nodeCounts }
}

extension ClusterSnapshot {
    /// - Parameter records: by ascending name.
    init(_ records: [ClusterRecord], version: UInt64) {
        self.version = version
        topologyVersion = version
        self.records = records
        let count = records.count
        names = records.map(\.cluster.name)
        indexes = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
        var schedulable = ClusterSet(capacity: count)
        var taints: [Taint: ClusterSet] = [:]
        var kinds: [ObjectIdentifier: (KindSet, ClusterSet)] = [:]
        for (index, record) in records.enumerated() {
            if !record.cluster.isBeingDeleted { schedulable.insert(index) }
            for taint in record.cluster.spec.taints where taint.repels {
                let key = Taint(key: taint.key, value: taint.value, effect: taint.effect)
                taints[key, default: ClusterSet(capacity: count)].insert(index)
            }
            kinds[ObjectIdentifier(record.kinds), default: (record.kinds, ClusterSet(capacity: count))].1.insert(index)
        }
        self.schedulable = schedulable
        self.taints = taints.map { (taint: $0.key, clusters: $0.value) }
        self.kinds = kinds.values.map { (kinds: $0.0, clusters: $0.1) }
        regions = Topology(records) { [$0.spec.region] }
        zones = Topology(records) { $0.spec.zones }
        providers = Topology(records) { [$0.spec.provider] }
        pods = [Int64](repeating: 0, count: count)
        models = []
        modelIndexes = [Int](repeating: -1, count: count)
        available = [:]
        for index in records.indices { setAmounts(at: index) }
    }

    /// Puts a cluster's new amounts in the place of its old ones; everything else about it is as before.
    mutating func replace(_ record: ClusterRecord, at index: Int) {
        records[index] = record
        for name in available.keys { available[name]?[index] = Self.absent }
        setAmounts(at: index)
    }

    private mutating func setAmounts(at index: Int) {
        let record = records[index]
        pods[index] = record.pods
        for (name, amount) in record.available {
            available[name, default: [Int64](repeating: Self.absent, count: records.count)][index] = amount
        }
        guard let model = record.model else {
            modelIndexes[index] = -1
            return
        }
        if let known = models.firstIndex(where: { $0 === model }) {
            modelIndexes[index] = known
        } else {
            modelIndexes[index] = models.count
            models.append(model)
        }
    }
}

extension Taint {
    /// Whether it keeps workloads away, and does not merely ask them to prefer other clusters.
    public var repels: Bool { effect == .noSchedule || effect == .noExecute }
}
