import Framework
import Kubernetes
import Synchronization

/// What must be known of every binding to tell which ones a change concerns, so that a cluster's event looks at each placement
/// once and not at each binding.
final class BindingIndex: Sendable {
    private struct Entry {
        var uid: String
        var generation: Int64
        var priority: Int32
        var isSuspended: Bool
        /// What the condition says.
        var isScheduled: Bool
        /// The placement's JSON.
        var placement: [UInt8]
        var targets: [String]
        var groups: [WorkloadGroup]
    }

    /// A decision that is on its way: what the binding's targets will be.
    private struct Assumption {
        var targets: [String]
        /// The binding's, before the decision.
        var generation: Int64
    }

    private struct Placed {
        var placement: Placement
        var bindings: Set<BindingID>
    }

    private struct State {
        var entries: [BindingID: Entry] = [:]
        var placements: [[UInt8]: Placed] = [:]
        var byTarget: [String: Set<BindingID>] = [:]
        var byGroup: [WorkloadGroup: Set<BindingID>] = [:]
        var assumed: [BindingID: Assumption] = [:]
    }

    private let state = Mutex(State())

    /// What a binding's change means.
    enum Change {
        /// Nothing that scheduling looks at.
        case none
        case schedule(priority: Int32)
        /// It is not to be scheduled (any more).
        case drop
    }

    func update(_ object: Object) -> Change {
        let id = object.key
        let conditions = (object.status["conditions"]?.array ?? []).map(Condition.init)
        let isScheduled = conditions.isTrue(ResourceBinding.scheduledCondition)
        // Most changes are of the status. It does not count: it is what scheduling writes.
        if !object.isBeingDeleted, let isSuspended = note(isScheduled, of: id, generation: object.generation, uid: object.uid) {
            return isSuspended ? .drop : .none
        }
        let binding = ResourceBinding(object)
        guard let placement = binding.spec.placement, !binding.isBeingDeleted else {
            remove(id)
            return .drop
        }
        let entry = Entry(
            uid: binding.uid, generation: binding.generation, priority: binding.spec.schedulePriority,
            isSuspended: binding.spec.suspension?.scheduling ?? false, isScheduled: isScheduled,
            placement: placement.json.encoded(), targets: binding.spec.clusters.map(\.name),
            groups: WorkloadGroup.groups(of: binding))
        let isKnown = state.withLock { state in
            let old = state.entries.updateValue(entry, forKey: id)
            if let old { Self.unfile(id, old, in: &state) }
            state.placements[entry.placement, default: Placed(placement: placement, bindings: [])].bindings.insert(id)
            for target in entry.targets { state.byTarget[target, default: []].insert(id) }
            for group in entry.groups { state.byGroup[group, default: []].insert(id) }
            if let assumed = state.assumed[id], assumed.generation < entry.generation { state.assumed[id] = nil }
            return old?.uid == entry.uid && old?.isSuspended == false
        }
        if entry.isSuspended { return .drop }
        // A generation that comes with its result is the one that this scheduler made.
        if isKnown, binding.status.schedulerObservedGeneration == binding.generation { return .none }
        return .schedule(priority: entry.priority)
    }

    /// Notes whether a binding is scheduled that is otherwise as it was.
    /// - Returns: whether its scheduling is suspended; nil for a binding that is new or has changed.
    private func note(_ isScheduled: Bool, of id: BindingID, generation: Int64, uid: String) -> Bool? {
        state.withLock { state in
            guard let entry = state.entries[id], entry.generation == generation, entry.uid == uid else { return nil }
            if entry.isScheduled != isScheduled { state.entries[id]?.isScheduled = isScheduled }
            return entry.isSuspended
        }
    }

    func remove(_ id: BindingID) {
        state.withLock { state in
            if let old = state.entries.removeValue(forKey: id) { Self.unfile(id, old, in: &state) }
            state.assumed[id] = nil
        }
    }

    /// The bindings that are to be scheduled, and are not.
    var unscheduled: [(id: BindingID, priority: Int32)] {
        state.withLock { state in
            state.entries.compactMap { $1.isScheduled || $1.isSuspended ? nil : (id: $0, priority: $1.priority) }
        }
    }

    /// The bindings that a cluster concerns: its placement may mean the cluster, or the cluster is among its targets.
    /// - Parameter versions: the cluster as it was and as it is.
    func concerned(by versions: [Cluster], name: String) -> [(id: BindingID, priority: Int32)] {
        state.withLock { state in
            var ids = state.byTarget[name] ?? []
            for placed in state.placements.values where versions.contains(where: placed.placement.mayMean) {
                ids.formUnion(placed.bindings)
            }
            return ids.compactMap { id in
                guard let entry = state.entries[id], !entry.isSuspended else { return nil }
                return (id, entry.priority)
            }
        }
    }

    /// Whether the binding's placement may mean the cluster.
    func concerns(_ cluster: Cluster, _ id: BindingID) -> Bool {
        state.withLock { state in
            guard let entry = state.entries[id] else { return false }
            return state.placements[entry.placement]?.placement.mayMean(cluster) ?? false
        }
    }

    // MARK: Workload affinity

    /// Where the other workloads of the binding's groups are, or will be by decisions that are on their way.
    func peers(of binding: ResourceBinding) -> WorkloadPeers {
        var peers = WorkloadPeers()
        let groups = WorkloadGroup.groups(of: binding)
        guard !groups.isEmpty else { return peers }
        state.withLock { state in
            for group in groups {
                for id in state.byGroup[group] ?? [] where id != binding.key {
                    let targets = state.assumed[id]?.targets ?? state.entries[id]?.targets ?? []
                    peers.add(targets, of: group)
                }
            }
        }
        return peers
    }

    /// Counts a decision before it is written.
    func assume(_ decision: Decision, for binding: ResourceBinding) {
        guard !WorkloadGroup.groups(of: binding).isEmpty else { return }
        let assumption = Assumption(targets: decision.clusters.map(\.name), generation: binding.generation)
        state.withLock { $0.assumed[binding.key] = assumption }
    }

    /// The decision was not written.
    func forget(_ id: BindingID) { state.withLock { $0.assumed[id] = nil } }

    private static func unfile(_ id: BindingID, _ entry: Entry, in state: inout State) {
        state.placements[entry.placement]?.bindings.remove(id)
        if state.placements[entry.placement]?.bindings.isEmpty == true { state.placements[entry.placement] = nil }
        for target in entry.targets {
            state.byTarget[target]?.remove(id)
            if state.byTarget[target]?.isEmpty == true { state.byTarget[target] = nil }
        }
        for group in entry.groups {
            state.byGroup[group]?.remove(id)
            if state.byGroup[group]?.isEmpty == true { state.byGroup[group] = nil }
        }
    }
}

extension Placement {
    /// Whether one of its affinities matches the cluster.
    fileprivate func mayMean(_ cluster: Cluster) -> Bool {
        if let clusterAffinity { return clusterAffinity.matches(cluster) }
        return clusterAffinities.isEmpty
            || clusterAffinities.contains { term in
                term.affinity.matches(cluster) || term.overflowAffinities.contains { $0.affinity.matches(cluster) }
            }
    }
}
