/// Why a binding cannot be scheduled. The wording is Karmada's, as conditions and events have it.
public enum SchedulingError: Error, Sendable, Equatable {
    /// No cluster passed the filters.
    case noClusterFit
    /// No selection of clusters satisfies the spread constraints.
    case spreadConstraint(String)
    /// The clusters have no room for all replicas.
    case notEnoughReplicas(String)
    /// Anything else: a strategy that no plugin handles, a plugin that failed.
    case other(String)
}
