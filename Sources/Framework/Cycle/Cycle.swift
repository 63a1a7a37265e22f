import Kubernetes

/// One binding's way through a profile, over one snapshot: what is known of it so far.
///
/// Scores, estimates and the ranking are worked out when somebody asks for them first: a binding whose replicas are
/// duplicated to all feasible clusters needs none.
public final class Cycle {
    public let snapshot: ClusterSnapshot
    public let binding: BindingView
    /// The group of clusters that is being tried.
    public let affinity: AffinityGroup
    /// The clusters that passed the filters.
    public internal(set) var feasible: ClusterSet
    /// The clusters of the earlier result that still exist.
    public let targets: ClusterSet
    private let profile: Profile
    private let observer: (any CycleObserver)?
    /// What plugins noted; nil where nobody asked.
    @usableFromInline var notes: [Explanation.Step]?

    init(
        _ binding: BindingView, over snapshot: ClusterSnapshot, affinity: AffinityGroup, profile: Profile,
        observer: (any CycleObserver)?, isExplaining: Bool
    ) {
        self.binding = binding
        self.snapshot = snapshot
        self.affinity = affinity
        self.profile = profile
        self.observer = observer
        feasible = snapshot.schedulable
        var targets = ClusterSet(capacity: snapshot.count)
        for target in binding.spec.clusters {
            if let index = snapshot.index(of: target.name) { targets.insert(index) }
        }
        self.targets = targets
        notes = isExplaining ? [] : nil
    }

    /// The earlier result in its order, without the clusters that are gone.
    public private(set) lazy var previous: [Assignment] = {
        var seen = ClusterSet(capacity: snapshot.count)
        var previous: [Assignment] = []
        for target in binding.spec.clusters {
            guard let index = snapshot.index(of: target.name), !seen.contains(index) else { continue }
            seen.insert(index)
            previous.append(Assignment(index: index, replicas: Int(target.replicas)))
        }
        return previous
    }()

    /// The weighted sums of the scores, by index; of feasible clusters only.
    public private(set) lazy var scores: [Int64] = measure(.score) { profile.scores(in: self) }

    /// How many replicas each cluster has room for, beside what it has, by index; of feasible clusters only.
    public private(set) lazy var allocatable: [Int64] = measure(.estimate) { profile.estimates(in: self) }

    /// How many replicas each cluster could run, with those that it has; of feasible clusters only.
    public private(set) lazy var available: [Int64] = {
        var available = allocatable
        for assignment in previous { available[assignment.index] += Int64(assignment.replicas) }
        return available
    }()

    /// Whether there is room to be found for one set of all the binding's components, rather than for replicas.
    public private(set) lazy var countsSets: Bool = profile.estimators.contains { $0.countsSets(of: binding) }

    /// How many replicas, or sets, there must be room for.
    public var demand: Int64 { countsSets ? 1 : Int64(binding.spec.replicas) }

    /// The feasible clusters in order of preference: by overflow tier, then the higher score, then the more available replicas,
    /// then by name.
    public private(set) lazy var ranking: [Int] = {
        var entries: [(key: UInt64, index: Int)] = []
        entries.reserveCapacity(feasible.count)
        let scores = scores
        let available = available
        for index in feasible {
            let key = Ranking.key(tier: affinity.tier(of: index), score: scores[index], replicas: available[index])
            entries.append((key, index))
        }
        return Ranking.sort(entries)
    }()

    /// Writes down a step of selection or division for the explanation. Where nobody asked for one, the step is not even made:
    /// that costs a comparison with nil.
    @inlinable
    public func note(_ step: @autoclosure () -> Explanation.Step) {
        if notes != nil { notes?.append(step()) }
    }

    /// The same for a step that is told in words.
    @inlinable
    public func note(_ text: @autoclosure () -> String) {
        if notes != nil { notes?.append(.remark(text())) }
    }

    var steps: [Explanation.Step] { notes ?? [] }

    /// Lets the observer see the point; where there is none, that costs a comparison with nil.
    func measure<Value, Failure>(
        _ point: ExtensionPoint, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let observer { try observer.measure(point, plugin: nil, body) } else { try body() }
    }

    /// The same for one plugin.
    func measure<Value, Failure>(
        _ point: ExtensionPoint, by plugin: any Plugin, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        if let observer { try observer.measure(point, plugin: type(of: plugin).name, body) } else { try body() }
    }
}

/// A group of clusters that a placement names: one of its `clusterAffinities` with its overflow groups, or the only one.
public struct AffinityGroup: Sendable {
    /// `affinityName`; empty where the placement has only one group.
    public let name: String
    /// The group itself, then where its replicas overflow to; empty where every cluster belongs.
    public let tiers: [ClusterSet]
    /// Whether clusters of later tiers get only what the earlier have no room for.
    public let overflows: Bool

    /// - Parameter name: which of `clusterAffinities`; a name that none has means no group, to which every cluster belongs.
    init(named name: String, of binding: BindingView, in snapshot: ClusterSnapshot) {
        self.name = name
        let placement = binding.placement
        let term = placement.clusterAffinity == nil ? placement.clusterAffinities.first { $0.affinityName == name } : nil
        overflows = term.map { !$0.overflowAffinities.isEmpty } ?? false
        tiers = binding.shared.value("AffinityGroup/\(name)", in: snapshot) {
            let affinities =
                if let only = placement.clusterAffinity {
                    [only]
                } else if let term {
                    [term.affinity] + term.overflowAffinities.map(\.affinity)
                } else {
                    [ClusterAffinity]()
                }
            return affinities.map { affinity in
                var clusters = ClusterSet(capacity: snapshot.count)
                for index in 0..<snapshot.count where affinity.matches(snapshot[index].cluster) { clusters.insert(index) }
                return clusters
            }
        }
    }

    /// The first tier that has the cluster.
    public func tier(of index: Int) -> Int {
        guard overflows else { return 0 }
        return tiers.firstIndex { $0.contains(index) } ?? tiers.count
    }
}
