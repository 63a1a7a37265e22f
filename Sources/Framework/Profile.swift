import Kubernetes

/// The plugins that schedule the bindings of one `schedulerName`, in the order in which they run.
public struct Profile: Sendable {
    /// What bindings that name no scheduler are scheduled by.
    public static let defaultName = "default-scheduler"

    public let schedulerName: String
    public let queueSort: any QueueSortPlugin
    public let reservePlugins: [any ReservePlugin]
    public let postBindPlugins: [any PostBindPlugin]
    let preFilters: [any PreFilterPlugin]
    let filters: [any FilterPlugin]
    let scorers: [Scorer]
    let estimators: [any EstimatePlugin]
    let selectors: [any SelectPlugin]
    let assigners: [any AssignPlugin]
    /// Whether selected clusters that get no replicas get the resource all the same (`--enable-empty-workload-propagation`).
    let propagatesEmptyWorkloads: Bool

    struct Scorer: Sendable {
        var plugin: any ScorePlugin
        var weight: Int64
    }

    /// Tries the placement's groups of clusters in their order until one takes the binding, beginning with the one that it was
    /// scheduled to last. A placement without `clusterAffinities` is one group.
    ///
    /// - Returns: all attempts, the successful one last; where none was, the first tells why.
    public func schedule(
        _ binding: BindingView, over snapshot: ClusterSnapshot, observer: (any CycleObserver)? = nil,
        isExplaining: Bool = false
    ) -> [Attempt] {
        var attempts: [Attempt] = []
        for name in groups(of: binding) {
            let attempt = attempt(binding, over: snapshot, group: name, observer: observer, isExplaining: isExplaining)
            attempts.append(attempt)
            if case .success = attempt.result { break }
        }
        return attempts
    }

    /// The names of the groups to try; of the only one, where the placement has no names for them, an empty one.
    private func groups(of binding: BindingView) -> ArraySlice<String> {
        let names = binding.placement.clusterAffinity == nil ? binding.placement.clusterAffinities.map(\.affinityName) : []
        guard !names.isEmpty else { return [""] }
        let observed = binding.isFresh ? nil : names.firstIndex(of: binding.status.schedulerObservedAffinityName)
        return names[(observed ?? 0)...]
    }

    /// One cycle over one group of clusters.
    /// - Parameter group: one of the placement's `clusterAffinities`; where none has the name, all clusters are one group.
    public func attempt(
        _ binding: BindingView, over snapshot: ClusterSnapshot, group: String = "",
        observer: (any CycleObserver)? = nil, isExplaining: Bool = false
    ) -> Attempt {
        let affinity = AffinityGroup(named: group, of: binding, in: snapshot)
        let cycle = Cycle(
            binding, over: snapshot, affinity: affinity, profile: self, observer: observer, isExplaining: isExplaining)
        var selection: Selection?
        do throws(SchedulingError) {
            preFilter(cycle)
            try cycle.measure(.filter) { () throws(SchedulingError) in try filter(cycle) }
            let selected = try cycle.measure(.select) { () throws(SchedulingError) in try select(cycle) }
            selection = selected
            let clusters = try cycle.measure(.assign) { () throws(SchedulingError) in try assign(selected, in: cycle) }
            let decision = Decision(clusters: clusters, affinityName: group)
            return Attempt(cycle: cycle, result: .success(decision), profile: self, selection: selected)
        } catch {
            return Attempt(cycle: cycle, result: .failure(error), profile: self, selection: selection)
        }
    }
}

// MARK: - The steps of a cycle

extension Profile {
    /// The clusters that pass the filters, of all groups that may be tried.
    func candidates(for binding: BindingView, over snapshot: ClusterSnapshot) -> ClusterSet {
        var candidates = ClusterSet(capacity: snapshot.count)
        for group in groups(of: binding) {
            let affinity = AffinityGroup(named: group, of: binding, in: snapshot)
            let cycle = Cycle(
                binding, over: snapshot, affinity: affinity, profile: self, observer: nil, isExplaining: false)
            preFilter(cycle)
            if (try? filter(cycle)) != nil { candidates.formUnion(cycle.feasible) }
        }
        return candidates
    }

    private func preFilter(_ cycle: Cycle) {
        guard !preFilters.isEmpty else { return }
        cycle.measure(.preFilter) {
            for plugin in preFilters {
                let verdict = cycle.measure(.preFilter, by: plugin) { plugin.preFilter(cycle.binding, in: cycle) }
                if case .fails = verdict { cycle.feasible = ClusterSet(capacity: cycle.snapshot.count) }
            }
        }
    }

    private func filter(_ cycle: Cycle) throws(SchedulingError) {
        for plugin in filters {
            cycle.measure(.filter, by: plugin) { plugin.filter(&cycle.feasible, for: cycle.binding, in: cycle) }
        }
        if cycle.feasible.isEmpty { throw .noClusterFit }
    }

    func scores(in cycle: Cycle) -> [Int64] {
        var sums = [Int64](repeating: 0, count: cycle.snapshot.count)
        for scorer in scorers {
            let scores = cycle.measure(.score, by: scorer.plugin) { normalizedScores(of: scorer.plugin, in: cycle) }
            for index in cycle.feasible { sums[index] += Int64(scores[index].rounded()) * scorer.weight }
        }
        return sums
    }

    /// Within 0…100.
    func normalizedScores(of plugin: any ScorePlugin, in cycle: Cycle) -> [RawScore] {
        var scores = plugin.scores(cycle.feasible, for: cycle.binding, in: cycle)
        switch plugin.normalization {
        case .none:
            for index in cycle.feasible { scores[index] = scores[index].isNaN ? 0 : min(max(scores[index], 0), 100) }
        case .minMax:
            var lowest = RawScore.infinity
            var highest = -RawScore.infinity
            for index in cycle.feasible where scores[index].isFinite {
                lowest = min(lowest, scores[index])
                highest = max(highest, scores[index])
            }
            for index in cycle.feasible {
                let score = scores[index]
                scores[index] =
                    if score.isFinite {
                        highest > lowest ? (score - lowest) / (highest - lowest) * 100 : 100
                    } else {
                        score == .infinity ? 100 : 0
                    }
            }
        }
        return scores
    }

    func estimates(in cycle: Cycle) -> [Int64] {
        let spec = cycle.binding.spec
        // What has no replicas needs no room, and whatever says that there is no limit has room for all of them.
        var result = [Int64](repeating: 0, count: cycle.snapshot.count)
        guard spec.replicas > 0 || !spec.components.isEmpty else { return result }
        for index in cycle.feasible { result[index] = .max }
        for plugin in estimators {
            let estimates = cycle.measure(.estimate, by: plugin) {
                plugin.estimates(cycle.feasible, for: cycle.binding, in: cycle)
            }
            switch plugin.combination {
            case .minimum:
                for index in cycle.feasible { result[index] = min(result[index], estimates[index]) }
            case .replacement:
                for index in cycle.feasible where estimates[index] != .max { result[index] = estimates[index] }
            }
        }
        for index in cycle.feasible where result[index] >= Int64(Int32.max) { result[index] = Int64(spec.replicas) }
        return result
    }

    private func select(_ cycle: Cycle) throws(SchedulingError) -> Selection {
        var selection = Selection(ranked: cycle.feasible)
        for plugin in selectors {
            selection = try cycle.measure(.select, by: plugin) { () throws(SchedulingError) in
                try plugin.select(selection, for: cycle.binding, in: cycle)
            }
        }
        cycle.note("\(selection.count) of \(cycle.feasible.count) feasible clusters are selected")
        return selection
    }

    private func assign(_ selection: Selection, in cycle: Cycle) throws(SchedulingError) -> [TargetCluster] {
        guard selection.count > 0 else { throw .other("no clusters available to schedule") }
        guard cycle.binding.dividesReplicas else {
            cycle.note("there are no replicas to divide: each of the \(selection.count) selected clusters gets the resource")
            let components = cycle.countsSets ? cycle.binding.spec.components : []
            let parts = components.count > 1 ? components.map(TargetComponent.init) : []
            return selection.clusters.map { TargetCluster(name: cycle.snapshot.names[$0], components: parts) }
        }
        guard let plugin = assigners.first(where: { $0.applies(to: cycle.binding) }) else {
            let strategy = cycle.binding.placement.replicaScheduling
            throw .other(
                "unsupported replica scheduling strategy, replicaSchedulingType: \(strategy?.replicaSchedulingType ?? ""), "
                    + "replicaDivisionPreference: \(strategy?.replicaDivisionPreference ?? ""), "
                    + "please try another scheduling strategy")
        }
        let assignments =
            cycle.affinity.overflows
            ? try assignByTier(selection, with: plugin, in: cycle)
            : try assign(Int(cycle.binding.spec.replicas), to: selection, with: plugin, in: cycle)
        var clusters = assignments.compactMap { assignment -> TargetCluster? in
            guard assignment.replicas > 0 else { return nil }
            return TargetCluster(name: cycle.snapshot.names[assignment.index], replicas: Int32(clamping: assignment.replicas))
        }
        if propagatesEmptyWorkloads {
            let names = Set(clusters.map(\.name))
            for index in selection.clusters where !names.contains(cycle.snapshot.names[index]) {
                clusters.append(TargetCluster(name: cycle.snapshot.names[index]))
            }
            clusters.sort { $0.name < $1.name }
        }
        return clusters
    }

    private func assign(
        _ replicas: Int, to selection: Selection, with plugin: any AssignPlugin, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment] {
        try cycle.measure(.assign, by: plugin) { () throws(SchedulingError) in
            try plugin.assign(replicas, to: selection, for: cycle.binding, in: cycle)
        }
    }

    /// Gives each tier of an overflowing group what it has room for, and the next what is left.
    private func assignByTier(
        _ selection: Selection, with plugin: any AssignPlugin, in cycle: Cycle
    ) throws(SchedulingError) -> [Assignment] {
        var remaining = Int(cycle.binding.spec.replicas)
        var earlier = ClusterSet(capacity: cycle.snapshot.count)
        var result: [Assignment] = []
        for tier in cycle.affinity.tiers {
            var members = tier
            members.subtract(earlier)
            earlier.formUnion(tier)
            let candidates = selection.intersection(members)
            guard candidates.count > 0 else { continue }
            let room = candidates.clusters.reduce(0) { $0 + Int(cycle.available[$1]) }
            let share = min(remaining, room)
            cycle.note("of \(remaining) replicas \(share) go to the next tier of clusters, which has room for \(room)")
            result += try assign(share, to: candidates, with: plugin, in: cycle)
            remaining -= share
            if remaining <= 0 { break }
        }
        guard remaining <= 0 else { throw .notEnoughReplicas("Clusters available replicas are not enough to schedule.") }
        return result.sorted { $0.index < $1.index }
    }
}
