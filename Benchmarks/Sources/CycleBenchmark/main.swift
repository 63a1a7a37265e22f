import BenchmarkSupport
import CAllocations
import Foundation
import Framework
import Kubernetes
import Plugins

// How long one scheduling cycle takes, and how often it asks for memory: each division, with and without resource models on a
// quarter of the clusters, with and without spread constraints; and a mix of them, which is what the budgets are for.
//     CycleBenchmark [--bindings 1000]

let count = Int(option("--bindings", default: "1000")) ?? 1000
let profile = try SchedulerConfiguration(registry: .inTree).profiles[0]

/// Schedules `count` bindings, whose placements take turns, over `clusters` clusters.
func measure(_ placements: [JSON], clusters: Int, areModeled: Bool, isExplaining: Bool = false) -> String {
    var cache = ClusterCache((0..<clusters).map { Cluster(Workloads.cluster($0, isModeled: areModeled && $0 % 4 == 0)) })
    let snapshot = cache.snapshot()
    let shared = PlacementCache()
    let bindings = (0..<count).map { index in
        BindingView(ResourceBinding(Workloads.binding(index, placements[index % placements.count])), placements: shared)
    }
    // What is worked out once a placement is not what a cycle costs.
    for binding in bindings.prefix(placements.count) { _ = profile.schedule(binding, over: snapshot) }
    var timings = Timings()
    let allocationsBefore = allocationCount()
    for binding in bindings {
        let begin = ContinuousClock.now
        _ = profile.schedule(binding, over: snapshot, isExplaining: isExplaining)
        timings.add(ContinuousClock.now - begin)
    }
    let allocations = Double(allocationCount() - allocationsBefore) / Double(count)
    return "\(format(timings.quantile(0.5) * 1000)) µs (p99 \(format(timings.quantile(0.99) * 1000)), "
        + "\(format(allocations)) allocations)"
}

func row(_ name: String, _ placements: [JSON], areModeled: Bool, isExplaining: Bool = false) {
    let figures = [100, 1000, 5000].map {
        "\($0): " + measure(placements, clusters: $0, areModeled: areModeled, isExplaining: isExplaining)
    }
    report(name, figures.joined(separator: "; "))
}

for areModeled in [false, true] {
    let models = areModeled ? ", models" : ""
    row("mixed\(models)", Workloads.mixedPlacements, areModeled: areModeled)
    for (name, replicaScheduling) in Workloads.divisions {
        for isSpread in [false, true] {
            let placement = Workloads.placement(replicaScheduling, isSpread: isSpread)
            row(name + (isSpread ? ", spread" : "") + models, [placement], areModeled: areModeled)
        }
    }
}
row("mixed, explained", Workloads.mixedPlacements, areModeled: false, isExplaining: true)
