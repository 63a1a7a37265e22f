import Kubernetes

/// How fast workloads are moved out of tainted clusters: slower while most of a large fleet is down, as the fault may then be
/// nearer than the clusters.
struct EvictionRate: Sendable {
    /// Evictions a second, of all clusters together; 0 for none.
    var primary: Double
    /// The same while the fleet counts as unhealthy.
    var secondary: Double
    /// The share of clusters, 0 to 1, that may be out of order in a healthy fleet.
    var unhealthyThreshold: Double
    /// A fleet of this many clusters or fewer always counts as healthy: two of three may well fail at once.
    var largeFleet: Int

    static let none = EvictionRate(primary: 0, secondary: 0, unhealthyThreshold: 1, largeFleet: 0)

    /// The time from one eviction to the next; nil where there are to be none.
    func interval(for clusters: [Cluster]) -> Duration? {
        let rate = isUnhealthy(clusters) ? secondary : primary
        return rate > 0 ? .seconds(1 / rate) : nil
    }

    private func isUnhealthy(_ clusters: [Cluster]) -> Bool {
        clusters.count > largeFleet
            && Double(clusters.count { !$0.isReady }) > unhealthyThreshold * Double(clusters.count)
    }
}
