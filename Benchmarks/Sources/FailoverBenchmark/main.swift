import BenchmarkSupport
import Client
import Foundation
import Kubernetes
import Synchronization

// Clusters that die at once: a control plane and many simulated members, each a process of its own; then some are killed.
//     FailoverBenchmark --bin ../.build/release [--members 100] [--deployments 2000] [--dead 10] [--rate 50]

let binaries = option("--bin", default: ".build/release")
let memberCount = Int(option("--members", default: "100")) ?? 100
let count = Int(option("--deployments", default: "2000")) ?? 2000
let deadCount = Int(option("--dead", default: "10")) ?? 10
let rate = Double(option("--rate", default: "50")) ?? 50
let failureThreshold = Duration.seconds(5)

let bindings = GroupVersionResource(group: "work.karmada.io", version: "v1alpha2", resource: "resourcebindings")
let clusters = GroupVersionResource(group: "cluster.karmada.io", version: "v1alpha1", resource: "clusters")

/// Each team has four neighbouring clusters, and its workloads in two of them: with one policy for all, bindings that come
/// at once would all go to the first two clusters.
func policy(team: Int) -> JSON {
    let affinity = (0..<4).map { JSON.string("member\((team + $0) % memberCount)") }
    return [
        "apiVersion": "policy.karmada.io/v1alpha1", "kind": "PropagationPolicy",
        "metadata": ["name": "team-\(team)", "namespace": "default"],
        "spec": [
            "resourceSelectors": [
                ["apiVersion": "apps/v1", "kind": "Deployment", "labelSelector": ["matchLabels": ["team": "team-\(team)"]]]
            ],
            "placement": [
                "clusterAffinity": ["clusterNames": .array(affinity)],
                "spreadConstraints": [["spreadByField": "cluster", "minGroups": 2, "maxGroups": 2]],
                "replicaScheduling": [
                    "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
                    "weightPreference": ["dynamicWeight": "AvailableReplicas"],
                ],
            ],
        ],
    ]
}

func deployment(_ index: Int) -> JSON {
    var deployment = Workloads.deployment("app-\(index)", replicas: 2)
    deployment.labels["team"] = "team-\(index % memberCount)"
    return deployment.json
}

let taintPolicy: JSON = [
    "apiVersion": "policy.karmada.io/v1alpha1", "kind": "ClusterTaintPolicy", "metadata": ["name": "failover"],
    "spec": [
        "addOnConditions": [["conditionType": "Ready", "operator": "NotIn", "statusValues": ["True"]]],
        "removeOnConditions": [["conditionType": "Ready", "operator": "In", "statusValues": ["True"]]],
        "taints": [["key": "cluster.karmada.io/not-ready", "effect": "NoExecute"]],
    ],
]

/// Where each binding's workload is meant to be, and whether it is well there; kept by a watch.
final class Bindings: Sendable {
    struct Placement {
        var clusters: Set<String>
        var replicas: Int
        var isHealthy: Bool
    }

    private let placements = Mutex<[String: Placement]>([:])

    func note(_ binding: ResourceBinding) {
        let targets = Set(binding.spec.clusters.map(\.name))
        let healthy = Set(binding.status.aggregatedStatus.filter { $0.health == "Healthy" }.map(\.clusterName))
        placements.withLock {
            $0[binding.key.name] = Placement(
                clusters: targets, replicas: binding.spec.clusters.reduce(0) { $0 + Int($1.replicas) },
                isHealthy: !targets.isEmpty && targets.isSubset(of: healthy))
        }
    }

    var all: [String: Placement] { placements.withLock { $0 } }

    /// Waits until so many bindings are as they should be, for ten minutes at most.
    func wait(for what: String, _ wanted: Int, _ isDone: (Placement) -> Bool) async throws {
        for _ in 0..<12_000 {
            if all.values.count(where: isDone) >= wanted { return }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw BenchmarkError("\(what): \(all.values.count(where: isDone)) of \(wanted) within ten minutes")
    }
}

let control = try Daemon(
    "\(binaries)/flotillad",
    [
        "serve", "--cluster-status-update-frequency", "2s",
        "--cluster-failure-threshold", "\(failureThreshold.components.seconds)s",
        "--cluster-success-threshold", "2s", "--enable-no-execute-taint-eviction", "--allow-no-execute-taint-policy",
        "--resource-eviction-rate", "\(rate)",
    ])
defer { control.remove() }
var members: [Daemon] = []
defer { members.forEach { $0.remove() } }
for index in 0..<memberCount {
    let name = "member\(index)"
    let daemon = try Daemon(
        "\(binaries)/flotillad", ["member", "--name", name, "--nodes", "1", "--node-pods", "400", "--store", "memory"])
    members.append(daemon)
    // Not `Daemon.join`: the optimizer of Swift 6.3.1 crashes where top-level code calls it here.
    let join = try Process.run(
        URL(filePath: "\(binaries)/flotilla"),
        arguments: ["join", name, "--kubeconfig", control.kubeconfig, "--cluster-kubeconfig", daemon.kubeconfig])
    join.waitUntilExit()
    guard join.terminationStatus == 0 else { throw BenchmarkError("cannot join \(name)") }
}
let client = try control.client()
while try await client.list(clusters, ListOptions()).items.count(where: { Cluster($0.decoded()).isReady }) < memberCount {
    try await Task.sleep(for: .milliseconds(200))
}
let configuration = try control.configuration()
let setup = try await Connection(configuration)
try await setup.call(.POST, "/apis/policy.karmada.io/v1alpha1/clustertaintpolicies", taintPolicy.encoded())
for team in 0..<memberCount {
    let path = "/apis/policy.karmada.io/v1alpha1/namespaces/default/propagationpolicies"
    try await setup.call(.POST, path, policy(team: team).encoded())
}

let placed = Bindings()
let start = try await client.list(bindings, ListOptions()).resourceVersion
let watching = Task {
    for try await event in try await client.watch(bindings, WatchOptions(resourceVersion: start)) {
        switch event {
        case .added(let object), .modified(let object): placed.note(ResourceBinding(object.decoded()))
        case .deleted, .bookmark: break
        }
    }
}
_ = try await inParallel(count, workers: 4, connect: { try await Connection(configuration) }) { index, connection in
    try await connection.call(.POST, "/apis/apps/v1/namespaces/default/deployments", deployment(index).encoded())
}
try await placed.wait(for: "healthy", count) { $0.isHealthy }
report("clusters, bindings", "\(memberCount), \(count)")

// Apart from each other, so that each team keeps clusters to go to.
let dead = Set((0..<deadCount).map { "member\($0 * memberCount / deadCount)" })
let affected = placed.all.values.map { $0.clusters.intersection(dead).count }.reduce(0, +)
let killed = ContinuousClock.now
for index in 0..<deadCount { kill(members[index * memberCount / deadCount].pid, SIGKILL) }

/// What a user sees of the API meanwhile: reads, lists and writes, fifty a second.
let probing = Task {
    let connection = try await Connection(configuration)
    var timings = Timings()
    var index = 0
    while !Task.isCancelled {
        let begin = ContinuousClock.now
        switch index % 3 {
        case 0: try await connection.call(.GET, "/apis/apps/v1/namespaces/default/deployments/app-\(index % count)")
        case 1: try await connection.call(.GET, "/apis/cluster.karmada.io/v1alpha1/clusters?limit=10")
        default:
            let map: JSON = ["apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "probe-\(index)"]]
            try await connection.call(.POST, "/api/v1/namespaces/default/configmaps", map.encoded())
        }
        timings.add(ContinuousClock.now - begin)
        index += 1
        try? await Task.sleep(for: .milliseconds(20))
    }
    return timings
}
let untouched = placed.all.values.count { $0.clusters.isDisjoint(with: dead) }
try await placed.wait(for: "first eviction", untouched + 1) { $0.clusters.isDisjoint(with: dead) }
report(
    "from death to the first eviction (threshold \(failureThreshold.components.seconds) s)",
    "\(format((ContinuousClock.now - killed).seconds)) s")
try await placed.wait(for: "scheduled elsewhere", count) { $0.clusters.isDisjoint(with: dead) && $0.replicas == 2 }
let moved = ContinuousClock.now - killed
report("\(affected) evictions, all scheduled elsewhere", "\(format(moved.seconds)) s")
report("at the eviction rate of \(format(rate))/s that is at least", "\(format(Double(affected) / rate)) s of evictions")
try await placed.wait(for: "healthy elsewhere", count) { $0.clusters.isDisjoint(with: dead) && $0.isHealthy }
report("all healthy elsewhere", "\(format((ContinuousClock.now - killed).seconds)) s")
probing.cancel()
report("API meanwhile, 50 calls a second", try await probing.value.summary)
report("control plane memory", "\(format(control.residentMegabytes)) MB")
watching.cancel()
