import Kubernetes

/// The free resources of a cluster's nodes by grade, `spec.resourceModels`: clusters with equal models share one.
///
/// What fits a node of each grade is worked out once a model and request; a cluster's answer is then a sum of products over
/// its node counts.
public final class NodeModel: Sendable {
    /// Pods that a node of any grade has room for: Kubernetes' default, as the histogram does not say.
    public static let podsPerNode: Int64 = 110

    /// Amounts by resource name, by ascending grade: thousandths of `cpu`, whole units of everything else. A node of a grade is
    /// taken to have what all nodes of the grade have at least.
    public let grades: [[String: Int64]]

    init(grades: [[String: Int64]]) { self.grades = grades }

    /// A cluster's model and its node counts by ascending grade; nil where the cluster has no usable histogram.
    static func histogram(of cluster: Cluster) -> (grades: [[String: Int64]], counts: [Int64])? {
        guard let modelings = cluster.status.resourceSummary?.allocatableModelings, !modelings.isEmpty,
            !cluster.spec.resourceModels.isEmpty, modelings.allSatisfy({ $0.count >= 0 })
        else { return nil }
        var countByGrade: [Int: Int64] = [:]
        for modeling in modelings { countByGrade[modeling.grade, default: 0] += Int64(modeling.count) }
        var capacityByGrade: [Int: [String: Int64]] = [:]
        for model in cluster.spec.resourceModels {
            var capacity: [String: Int64] = [:]
            for range in model.ranges { capacity[range.name] = range.min.amount(of: range.name) }
            capacityByGrade[model.grade] = capacity
        }
        let grades = capacityByGrade.sorted { $0.key < $1.key }
        return (grades.map(\.value), grades.map { countByGrade[$0.key] ?? 0 })
    }
}

extension Quantity {
    /// The amount in the unit that the snapshot counts the resource in: thousandths of `cpu`, whole units of everything else.
    public func amount(of resource: String) -> Int64 { resource == "cpu" ? milliValue : value }
}
