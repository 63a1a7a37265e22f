import Framework

/// Divides replicas by how many more each cluster has room for.
public struct DynamicWeight: AssignPlugin {
    public static let name = "DynamicWeight"

    public init(arguments: NoArguments) {}

    public func applies(to binding: BindingView) -> Bool { binding.hasDynamicWeights }

    public func assign(
        _ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment] {
        try DynamicDivision(replicas, over: candidates, for: binding, in: cycle).assignments(by: Self.name) { $0.weights }
    }
}
