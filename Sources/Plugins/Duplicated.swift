import Framework

/// Gives every cluster all replicas.
public struct Duplicated: AssignPlugin {
    public static let name = "Duplicated"

    public init(arguments: NoArguments) {}

    public func applies(to binding: BindingView) -> Bool { binding.isDuplicated }

    public func assign(_ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle) -> [Assignment] {
        cycle.note("\(Self.name) gives all \(replicas) replicas to each of \(candidates.count) clusters")
        return candidates.clusters.map { Assignment(index: $0, replicas: replicas) }
    }
}
