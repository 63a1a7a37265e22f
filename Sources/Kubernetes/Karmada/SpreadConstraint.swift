/// How many groups of clusters a workload is to be spread over (`policy.karmada.io/v1alpha1`, `SpreadConstraint`).
public struct SpreadConstraint: Hashable, Sendable {
    public enum Field: String, Sendable, CaseIterable { case cluster, region, zone, provider }

    /// Nil where the constraint spreads by label, which no scheduler supports yet.
    public var spreadByField: Field?
    public var spreadByLabel: String
    /// At most so many groups.
    public var maxGroups: Int
    /// At least so many groups.
    public var minGroups: Int

    public init(spreadByField: Field, minGroups: Int, maxGroups: Int) {
        self.spreadByField = spreadByField
        spreadByLabel = ""
        self.minGroups = minGroups
        self.maxGroups = maxGroups
    }

    public init(_ json: JSON) {
        spreadByField = json["spreadByField"]?.string.flatMap(Field.init)
        spreadByLabel = json["spreadByLabel"]?.string ?? ""
        maxGroups = json["maxGroups"]?.int ?? 0
        minGroups = json["minGroups"]?.int ?? 0
    }
}
