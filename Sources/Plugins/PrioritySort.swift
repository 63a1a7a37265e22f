import Framework

/// The binding of the higher `spec.schedulePriority` goes first; of equal ones, the one that came first.
public struct PrioritySort: QueueSortPlugin {
    public static let name = "PrioritySort"

    public init(arguments: NoArguments) {}

    public func precedes(_ left: QueuedBinding, _ right: QueuedBinding) -> Bool {
        left.priority == right.priority ? left.arrival < right.arrival : left.priority > right.priority
    }
}
