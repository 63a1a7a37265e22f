import Kubernetes

/// A step of scheduling that a profile can name. A plugin is a value made from its arguments; it answers for any number of
/// cycles at a time, and always the same for the same input.
///
/// A type conforms to the protocols of the extension points that it serves: ``QueueSortPlugin``, ``PreFilterPlugin``,
/// ``FilterPlugin``, ``ScorePlugin``, ``EstimatePlugin``, ``SelectPlugin``, ``AssignPlugin``, ``ReservePlugin``,
/// ``PostBindPlugin``.
public protocol Plugin: Sendable {
    associatedtype Arguments: PluginArguments = NoArguments

    /// What profiles call it.
    static var name: String { get }

    /// - Throws: ``ArgumentError`` for a value that makes no sense.
    init(arguments: Arguments) throws
}

/// Whether a binding or a cluster passes.
public enum Verdict: Sendable, Equatable {
    case passes
    /// The reason is worded to follow a count of clusters: "cluster(s) did not have region property".
    case fails(String)
}

// MARK: - Queue

/// Which binding next?
public protocol QueueSortPlugin: Plugin {
    func precedes(_ left: QueuedBinding, _ right: QueuedBinding) -> Bool
}

/// A binding that waits to be scheduled.
public struct QueuedBinding: Sendable, Hashable {
    public let key: ObjectKey
    /// `spec.schedulePriority.priority`.
    public let priority: Int32
    /// Counts up: who came first has the lower number.
    public let arrival: UInt64

    public init(key: ObjectKey, priority: Int32, arrival: UInt64) {
        self.key = key
        self.priority = priority
        self.arrival = arrival
    }
}

// MARK: - Filter

/// What can be worked out once for this binding? May find that there is no point in going on.
public protocol PreFilterPlugin: Plugin {
    func preFilter(_ binding: BindingView, in cycle: Cycle) -> Verdict
}

/// May this cluster run it?
public protocol FilterPlugin: Plugin {
    func filter(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Verdict

    /// Takes the clusters that may not run it out of `candidates`: the same answers, for the whole snapshot at once. Where a
    /// plugin does not have it, it follows from the other.
    func filter(_ candidates: inout ClusterSet, for binding: BindingView, in cycle: Cycle)
}

extension FilterPlugin {
    public func filter(_ candidates: inout ClusterSet, for binding: BindingView, in cycle: Cycle) {
        for index in candidates where filter(cycle.snapshot[index], for: binding, in: cycle) != .passes {
            candidates.remove(index)
        }
    }
}

// MARK: - Score

/// A score before it is normalized: any number, the higher the better.
public typealias RawScore = Double

/// How the scores of the feasible clusters become 0…100.
public enum Normalization: Sendable {
    /// They are 0…100 already.
    case none
    /// The best gets 100, the worst 0, the others what lies between; all 100 where all are equal. Infinite scores are 0 or 100
    /// and do not count as best or worst.
    case minMax
}

/// How good is it?
public protocol ScorePlugin: Plugin {
    var normalization: Normalization { get }

    func score(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> RawScore

    /// The scores by index into the snapshot, of the `candidates`; others are not looked at. Where a plugin does not have it, it
    /// follows from the other.
    func scores(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [RawScore]
}

extension ScorePlugin {
    public var normalization: Normalization { .none }

    public func scores(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [RawScore] {
        var scores = [RawScore](repeating: 0, count: candidates.capacity)
        for index in candidates { scores[index] = score(cycle.snapshot[index], for: binding, in: cycle) }
        return scores
    }
}

// MARK: - Estimate

/// How many replicas fit there, beside what runs there already?
public protocol EstimatePlugin: Plugin {
    /// How its answers and those of the plugins before it make one.
    var combination: EstimateCombination { get }

    /// Whether its answers about this binding count whole sets of its components, and not replicas. False unless the plugin says
    /// otherwise.
    func countsSets(of binding: BindingView) -> Bool

    /// 0 or more; nil where the plugin cannot say.
    func estimate(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Int64?

    /// The estimates by index into the snapshot, of the `candidates`; `Int64.max` for "cannot say". Where a plugin does not have
    /// it, it follows from the other.
    func estimates(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [Int64]
}

public enum EstimateCombination: Sendable {
    /// The lower counts.
    case minimum
    /// This plugin knows better: what it says replaces what was said before.
    case replacement
}

extension EstimatePlugin {
    public var combination: EstimateCombination { .minimum }

    public func countsSets(of binding: BindingView) -> Bool { false }

    public func estimates(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [Int64] {
        var estimates = [Int64](repeating: .max, count: candidates.capacity)
        for index in candidates {
            if let estimate = estimate(cycle.snapshot[index], for: binding, in: cycle) { estimates[index] = estimate }
        }
        return estimates
    }
}

// MARK: - Select and assign

/// Which group of clusters? Each plugin narrows what the one before it left.
public protocol SelectPlugin: Plugin {
    func select(_ candidates: Selection, for binding: BindingView, in cycle: Cycle) throws(SchedulingError) -> Selection
}

/// How are the replicas divided? The first plugin that applies to the binding does it.
public protocol AssignPlugin: Plugin {
    func applies(to binding: BindingView) -> Bool

    /// - Parameter replicas: how many there are to divide, 0 or more. (With overflow affinities these are not all that the
    ///   binding has.)
    /// - Returns: by ascending cluster index. Clusters with 0 replicas may be left out.
    func assign(
        _ replicas: Int, to candidates: Selection, for binding: BindingView, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment]
}

/// What one cluster gets.
public struct Assignment: Sendable, Hashable {
    public var index: Int
    public var replicas: Int

    public init(index: Int, replicas: Int) {
        self.index = index
        self.replicas = replicas
    }
}

// MARK: - After the cycle

/// What must be remembered until the result is visible?
public protocol ReservePlugin: Plugin {
    /// The decision stands and is about to be written.
    func reserve(_ decision: Decision, for binding: BindingView)

    /// It could not be written, or the binding is gone.
    func unreserve(_ key: ObjectKey)
}

/// The decision was written.
public protocol PostBindPlugin: Plugin {
    func postBind(_ decision: Decision, for binding: BindingView)
}
