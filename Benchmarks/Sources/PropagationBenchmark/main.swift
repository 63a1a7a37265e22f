import BenchmarkSupport
import Client
import Foundation
import Kubernetes
import Synchronization

// Deployments to three members: a control plane and three simulated members, each a process of its own with default flags.
//     PropagationBenchmark --bin ../.build/release [--deployments 1000] [--rate 100] [--members simulated|api-only] [--stages yes]
// Members that are API servers only, without controllers, leave the machine to the control plane. With `--stages` it also tells when
// bindings were scheduled and Works written: watching them is work for the control plane, too.

let binaries = option("--bin", default: ".build/release")
let count = Int(option("--deployments", default: "1000")) ?? 1000
let rate = Double(option("--rate", default: "100")) ?? 100
let memberArguments = option("--members", default: "simulated") == "api-only" ? ["--api-only"] : []
let watchesStages = option("--stages", default: "no") == "yes"
let members = ["member1", "member2", "member3"]

let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
let bindings = GroupVersionResource(group: "work.karmada.io", version: "v1alpha2", resource: "resourcebindings")
let works = GroupVersionResource(group: "work.karmada.io", version: "v1alpha1", resource: "works")
let clusters = GroupVersionResource(group: "cluster.karmada.io", version: "v1alpha1", resource: "clusters")


let policy: JSON = [
    "apiVersion": "policy.karmada.io/v1alpha1", "kind": "PropagationPolicy", "metadata": ["name": "all", "namespace": "default"],
    "spec": [
        "resourceSelectors": [["apiVersion": "apps/v1", "kind": "Deployment"]],
        "placement": [
            "clusterAffinity": ["clusterNames": JSON(members)], "replicaScheduling": ["replicaSchedulingType": "Duplicated"],
        ],
    ],
]

/// When each thing was first seen to be as it should, by name.
final class Sightings: Sendable {
    private let seen = Mutex<[String: ContinuousClock.Instant]>([:])

    func note(_ name: String) {
        let now = ContinuousClock.now
        seen.withLock { if $0[name] == nil { $0[name] = now } }
    }

    /// Waits until `names` were all seen, for two minutes at most.
    func wait(for names: [String]) async throws -> [String: ContinuousClock.Instant] {
        for _ in 0..<24_000 {
            let sightings = seen.withLock { $0 }
            if sightings.count >= names.count, names.allSatisfy({ sightings[$0] != nil }) { return sightings }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw BenchmarkError("not all of \(names.count) within two minutes: \(seen.withLock { $0.count })")
    }
}

/// Notes the objects of `resource` for which `isThere` holds.
@MainActor
func watch(
    _ daemon: Daemon, _ resource: GroupVersionResource, _ isThere: @escaping @Sendable (EncodedObject) -> Bool = { _ in true }
) async throws -> Sightings {
    let client = try daemon.client()
    let sightings = Sightings()
    let start = try await client.list(resource, ListOptions()).resourceVersion
    Task {
        for try await event in try await client.watch(resource, WatchOptions(resourceVersion: start)) {
            switch event {
            case .added(let object), .modified(let object):
                if isThere(object) { sightings.note("\(object.key)") }
            case .deleted, .bookmark: break
            }
        }
    }
    return sightings
}

let control = try Daemon("\(binaries)/flotillad", ["serve"])
defer { control.remove() }
var memberDaemons: [Daemon] = []
defer { memberDaemons.forEach { $0.remove() } }
for member in members {
    let daemon = try Daemon("\(binaries)/flotillad", ["member", "--name", member] + memberArguments)
    memberDaemons.append(daemon)
    try control.join(daemon, as: member, by: "\(binaries)/flotilla")
}
let client = try control.client()
for member in members {
    while !(try await client.get(clusters, ObjectKey(name: member)).decoded().status["conditions"]?.array ?? []).contains(where: {
        $0["type"] == "Ready" && $0["status"] == "True"
    }) { try await Task.sleep(for: .milliseconds(100)) }
}
let configuration = try control.configuration()
try await Connection(configuration).call(
    .POST, "/apis/policy.karmada.io/v1alpha1/namespaces/default/propagationpolicies", policy.encoded())
report("control plane, idle with three members", "\(format(control.residentMegabytes)) MB")

let scheduled =
    watchesStages ? try await watch(control, bindings) { $0.decoded().spec["clusters"]?.array?.count == members.count } : nil
let written = watchesStages ? try await watch(control, works) : nil
var there: [Sightings] = []
for daemon in memberDaemons { there.append(try await watch(daemon, deployments)) }

/// Creates `count` Deployments, `perSecond` a second (nil: as fast as eight clients can), and prints what became of them.
@MainActor
func propagate(_ prefix: String, perSecond: Double?) async throws {
    let names = (0..<count).map { "\(prefix)-\($0)" }
    let created = Sightings()
    let begun = Sightings()
    let cpu = control.cpuSeconds
    let membersCPU = memberDaemons.map(\.cpuSeconds).reduce(0, +)
    let ownCPU = ownCPUSeconds
    let begin = ContinuousClock.now
    _ = try await inParallel(count, workers: 8, connect: { try await Connection(configuration) }) { index, connection in
        if let perSecond { try await Task.sleep(until: begin + .seconds(Double(index) / perSecond), clock: .continuous) }
        begun.note(names[index])
        try await connection.call(
            .POST, "/apis/apps/v1/namespaces/default/deployments", Workloads.deployment(names[index]).json.encoded())
        created.note(names[index])
    }
    let start = try await begun.wait(for: names)
    let lastCreate = try await created.wait(for: names).values.max() ?? begin
    var latest: [String: ContinuousClock.Instant] = [:]
    func tell(_ what: String, _ last: ContinuousClock.Instant?) {
        guard let last else { return }
        report(what, "\(format((last - begin).seconds)) s (\(format((last - lastCreate).seconds)) s after the last create)")
    }
    for sightings in there {
        for (key, time) in try await sightings.wait(for: names.map { "default/\($0)" }) {
            latest[key] = max(latest[key] ?? time, time)
        }
    }
    let cpuWhenThere = control.cpuSeconds - cpu
    if perSecond == nil {
        tell("\(count) Deployments created", lastCreate)
        tell("all bindings scheduled", try await scheduled?.wait(for: names.map { "default/\($0)-deployment" }).values.max())
        tell("all Works written", await written?.times(atLeast: names.count * members.count).max())
        tell("all in three members", latest.values.max())
    }
    var timings = Timings()
    for name in names { if let begun = start[name], let end = latest["default/\(name)"] { timings.add(end - begun) } }
    report("create → three members\(perSecond.map { ", \(Int($0)) creates/s" } ?? "")", timings.summary)
    report("control plane CPU per Deployment, until all are there", "\(format(cpuWhenThere / Double(count) * 1000)) ms")
    try await settle()
    report(
        "control plane CPU per Deployment, statuses included", "\(format((control.cpuSeconds - cpu) / Double(count) * 1000)) ms")
    report(
        "the three members' CPU, and the benchmark's own",
        "\(format((memberDaemons.map(\.cpuSeconds).reduce(0, +) - membersCPU) / Double(count) * 1000)), "
            + "\(format((ownCPUSeconds - ownCPU) / Double(count) * 1000)) ms")
    report("control plane memory", "\(format(control.residentMegabytes)) MB")
}

/// CPU time that this process has used.
var ownCPUSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }

extension Sightings {
    /// Every time noted, as soon as there are so many, or after ten seconds.
    func times(atLeast wanted: Int) async -> [ContinuousClock.Instant] {
        for _ in 0..<2000 {
            let times = seen.withLock { Array($0.values) }
            if times.count >= wanted { return times }
            try? await Task.sleep(for: .milliseconds(5))
        }
        return []
    }
}

/// Waits until the control plane has next to nothing to do.
@MainActor
func settle() async throws {
    for _ in 0..<60 {
        let cpu = control.cpuSeconds
        try await Task.sleep(for: .seconds(1))
        if control.cpuSeconds - cpu < 0.03 { return }
    }
}

try await propagate("steady", perSecond: rate)
try await propagate("burst", perSecond: nil)
