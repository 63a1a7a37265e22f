import Framework
import Kubernetes
import Testing

@testable import Plugins

/// What holds for every binding and all clusters.
struct PropertyTests {
    private let profile: Profile
    private let placements = PlacementCache()

    init() throws { profile = try SchedulerConfiguration(registry: .inTree).profiles[0] }

    private func view(_ spec: JSON, status: JSON = [:]) -> BindingView {
        BindingView(
            key: ObjectKey(namespace: "default", name: "app"), spec: ResourceBinding.Spec(spec),
            status: ResourceBinding.Status(status), placements: placements)
    }

    private func decision(_ attempt: Attempt) -> Decision? { try? attempt.result.get() }

    private func check(
        _ count: Int, _ body: (BindingView, JSON, Attempt, ClusterSnapshot, [Cluster]) throws -> Void
    ) rethrows {
        for seed in 0..<UInt64(150) {
            var scenario = RandomScenario(seed: seed)
            let clusters = scenario.clusters(Int.random(in: 1...count, using: &scenario.random))
            var cache = ClusterCache(clusters)
            let snapshot = cache.snapshot()
            for _ in 0..<5 {
                let spec = scenario.binding(over: clusters.count)
                let view = view(spec)
                try body(view, spec, profile.attempt(view, over: snapshot), snapshot, clusters)
            }
        }
    }

    @Test func replicasAreConserved() {
        check(12) { binding, _, attempt, _, _ in
            guard let clusters = decision(attempt)?.clusters, binding.dividesReplicas else { return }
            if binding.isDuplicated {
                #expect(clusters.allSatisfy { $0.replicas == binding.spec.replicas })
            } else {
                #expect(clusters.reduce(0) { $0 + $1.replicas } == binding.spec.replicas)
            }
            #expect(clusters.allSatisfy { $0.replicas > 0 })
            #expect(clusters.map(\.name) == clusters.map(\.name).sorted())
        }
    }

    @Test func nothingGoesToAFilteredCluster() {
        check(12) { _, _, attempt, snapshot, _ in
            for target in decision(attempt)?.clusters ?? [] {
                #expect(snapshot.index(of: target.name).map(attempt.cycle.feasible.contains) == true)
            }
        }
    }

    @Test func divisionStaysWithinTheEstimates() {
        check(12) { binding, _, attempt, snapshot, _ in
            guard let clusters = decision(attempt)?.clusters, binding.dividesReplicas, !binding.isDuplicated,
                !StaticWeight(arguments: NoArguments()).applies(to: binding)
            else { return }
            for target in clusters {
                guard let index = snapshot.index(of: target.name) else { continue }
                #expect(Int64(target.replicas) <= attempt.cycle.available[index])
            }
        }
    }

    @Test func spreadBoundsHold() {
        check(14) { binding, _, attempt, snapshot, _ in
            guard let selected = try? attempt.result.get(), !StaticWeight(arguments: NoArguments()).applies(to: binding) else {
                return
            }
            let names = attempt.explanation().clusters.filter(\.isSelected).map(\.name)
            #expect(Set(selected.clusters.map(\.name)).isSubset(of: names))
            let regions = Set(names.compactMap { snapshot.index(of: $0).map { snapshot[$0].region } })
            let constraints = binding.placement.spreadConstraints
            if let byRegion = constraints.last(where: { $0.spreadByField == .region }) {
                #expect(regions.count <= byRegion.maxGroups && regions.count >= byRegion.minGroups)
                // Each chosen region gets a cluster, even where that makes more clusters than are asked for.
                let byCluster = constraints.last { $0.spreadByField == .cluster }
                #expect(names.count <= max(byCluster?.maxGroups ?? 0, regions.count))
                #expect(names.count >= byCluster?.minGroups ?? 0 || names.count == regions.count)
            } else if let byCluster = constraints.last(where: { $0.spreadByField == .cluster }) {
                #expect(names.count <= byCluster.maxGroups && names.count >= byCluster.minGroups)
            }
        }
    }

    @Test func theOrderOfTheClustersMakesNoDifference() {
        check(14) { binding, _, attempt, _, clusters in
            var shuffled = ClusterCache(clusters.reversed())
            let again = profile.attempt(binding, over: shuffled.snapshot())
            #expect(decision(again) == decision(attempt))
            #expect(again.failureMessage == attempt.failureMessage)
        }
    }

    @Test func scalingByOneMovesNothingElse() {
        check(8) { binding, spec, attempt, snapshot, _ in
            guard let first = decision(attempt), binding.dividesReplicas, !binding.isDuplicated, binding.spec.replicas > 1,
                !StaticWeight(arguments: NoArguments()).applies(to: binding), binding.placement.spreadConstraints.isEmpty
            else { return }
            var larger = spec
            larger["clusters"] = .array(first.clusters.map(\.json))
            larger["replicas"] = JSON(binding.spec.replicas + 1)
            guard let second = decision(profile.attempt(view(larger), over: snapshot)) else { return }
            let before = Dictionary(uniqueKeysWithValues: first.clusters.map { ($0.name, $0.replicas) })
            let moved = second.clusters.reduce(0) { $0 + abs($1.replicas - (before[$1.name] ?? 0)) }
            #expect(moved == 1)
        }
    }

    @Test func schedulingAgainChangesNothing() {
        check(12) { binding, spec, attempt, snapshot, _ in
            // A region that has the replicas already scores higher, as Karmada counts: then the choice of regions may change.
            let isSpreadByRegion = binding.placement.spreadConstraints.contains { $0.spreadByField == .region }
            guard let first = decision(attempt), !first.clusters.isEmpty, !isSpreadByRegion else { return }
            var again = spec
            again["clusters"] = .array(first.clusters.map(\.json))
            #expect(decision(profile.attempt(view(again), over: snapshot)) == first)
        }
    }

    @Test func bothFormsOfAPluginAgree() throws {
        let filters: [any FilterPlugin] = [
            APIEnablement(arguments: NoArguments()), TaintToleration(arguments: NoArguments()),
            ClusterAffinity(arguments: NoArguments()), ClusterEviction(arguments: NoArguments()),
        ]
        let estimators: [any EstimatePlugin] = [
            ResourceSummary(arguments: NoArguments()), ResourceModels(arguments: NoArguments()),
        ]
        try check(14) { binding, _, attempt, snapshot, _ in
            for filter in filters + [try SpreadConstraint(arguments: .init())] {
                var passing = snapshot.schedulable
                filter.filter(&passing, for: binding, in: attempt.cycle)
                for index in snapshot.schedulable {
                    let verdict = filter.filter(snapshot[index], for: binding, in: attempt.cycle)
                    #expect(passing.contains(index) == (verdict == .passes), "\(type(of: filter).name)")
                }
            }
            for estimator in estimators {
                let estimates = estimator.estimates(snapshot.schedulable, for: binding, in: attempt.cycle)
                for index in snapshot.schedulable {
                    #expect(estimates[index] == estimator.estimate(snapshot[index], for: binding, in: attempt.cycle) ?? .max)
                }
            }
            let locality = ClusterLocality(arguments: NoArguments())
            let scores = locality.scores(snapshot.schedulable, for: binding, in: attempt.cycle)
            for index in snapshot.schedulable {
                #expect(scores[index] == locality.score(snapshot[index], for: binding, in: attempt.cycle))
            }
        }
    }
}
