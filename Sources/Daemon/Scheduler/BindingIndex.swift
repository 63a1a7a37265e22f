import Kubernetes
import Synchronization

/// What must be known of every binding to tell which ones a change concerns, so that a cluster's event looks at each placement
/// once and not at each binding.
final class BindingIndex: Sendable {
    private struct Entry {
        var generation: Int64
        var priority: Int32
        var isSuspended: Bool
        /// The placement's JSON.
        var placement: [UInt8]
        var targets: [String]
    }

    private struct Placed {
        var placement: Placement
        var bindings: Set<BindingID>
    }

    private struct State {
        var entries: [BindingID: Entry] = [:]
        var placements: [[UInt8]: Placed] = [:]
        var byTarget: [String: Set<BindingID>] = [:]
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

    func update(_ binding: ResourceBinding) -> Change {
        guard let placement = binding.spec.placement, !binding.isBeingDeleted else {
            remove(binding.key)
            return .drop
        }
        let entry = Entry(
            generation: binding.generation, priority: binding.spec.schedulePriority,
            isSuspended: binding.spec.suspension?.scheduling ?? false, placement: placement.json.encoded(),
            targets: binding.spec.clusters.map(\.name))
        let old = state.withLock { state -> Entry? in
            let old = state.entries.updateValue(entry, forKey: binding.key)
            if let old { Self.unfile(binding.key, old, in: &state) }
            state.placements[entry.placement, default: Placed(placement: placement, bindings: [])].bindings.insert(binding.key)
            for target in entry.targets { state.byTarget[target, default: []].insert(binding.key) }
            return old
        }
        if entry.isSuspended { return .drop }
        // The status does not count: it is what scheduling writes.
        if let old, old.generation == entry.generation, !old.isSuspended { return .none }
        return .schedule(priority: entry.priority)
    }

    func remove(_ id: BindingID) {
        state.withLock { state in
            if let old = state.entries.removeValue(forKey: id) { Self.unfile(id, old, in: &state) }
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

    private static func unfile(_ id: BindingID, _ entry: Entry, in state: inout State) {
        state.placements[entry.placement]?.bindings.remove(id)
        if state.placements[entry.placement]?.bindings.isEmpty == true { state.placements[entry.placement] = nil }
        for target in entry.targets {
            state.byTarget[target]?.remove(id)
            if state.byTarget[target]?.isEmpty == true { state.byTarget[target] = nil }
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
