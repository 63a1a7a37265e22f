import Framework

/// Estimates by what the clusters' scheduler-estimators say, which know every node. Where one did not answer in time it cannot
/// say, and the other plugins' answers count. Of several answers the lowest counts, as in Karmada.
public struct EstimatorService: RemoteEstimatePlugin {
    public static let name = "EstimatorService"

    public init(arguments: NoArguments) {}

    public func estimate(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Int64? {
        binding.remoteEstimates[cluster.name]
    }
}
