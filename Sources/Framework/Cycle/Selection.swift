/// Clusters that were chosen, in order of preference.
public struct Selection: Sendable {
    public let clusters: ClusterSet
    /// Nil for the cycle's ranking, which is only made when somebody asks.
    private let order: [Int]?

    /// The clusters by the cycle's ranking.
    public init(ranked clusters: ClusterSet) {
        self.clusters = clusters
        order = nil
    }

    /// - Parameter order: indices into the snapshot, the preferred first.
    public init(_ order: [Int], in snapshot: ClusterSnapshot) {
        var clusters = ClusterSet(capacity: snapshot.count)
        for index in order { clusters.insert(index) }
        self.clusters = clusters
        self.order = order
    }

    public var count: Int { order?.count ?? clusters.count }

    /// Indices into the snapshot, the preferred first.
    public func ordered(in cycle: Cycle) -> [Int] {
        if let order { return order }
        return clusters == cycle.feasible ? cycle.ranking : cycle.ranking.filter(clusters.contains)
    }

    /// The part of it that is in `clusters`.
    public func intersection(_ other: ClusterSet) -> Selection {
        var both = clusters
        both.formIntersection(other)
        return Selection(clusters: both, order: order?.filter(other.contains))
    }

    private init(clusters: ClusterSet, order: [Int]?) {
        self.clusters = clusters
        self.order = order
    }
}
