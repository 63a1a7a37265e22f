import BenchmarkSupport
import Client
import Foundation
import Kubernetes
import Synchronization

// Services across clusters: each is provided by one cluster and consumed by all. How soon a change of a Service's endpoints is in all
// of them. The providers' EndpointSlices are changed as their own controllers would.
//     ServiceBenchmark --bin ../.build/release [--by MultiClusterService|ServiceImport] [--services 1000] [--endpoints 10]
//         [--members 10] [--changes 500] [--rate 20]

let binaries = option("--bin", default: ".build/release")
let isImported = option("--by", default: "MultiClusterService") == "ServiceImport"
let serviceCount = Int(option("--services", default: "1000")) ?? 1000
let endpointCount = Int(option("--endpoints", default: "10")) ?? 10
let memberCount = Int(option("--members", default: "10")) ?? 10
let changeCount = Int(option("--changes", default: "500")) ?? 500
let rate = Double(option("--rate", default: "20")) ?? 20

let slices = GroupVersionResource(group: "discovery.k8s.io", version: "v1", resource: "endpointslices")
let services = GroupVersionResource(group: "", version: "v1", resource: "services")
let exports = GroupVersionResource(group: "multicluster.x-k8s.io", version: "v1alpha1", resource: "serviceexports")
let imports = GroupVersionResource(group: "multicluster.x-k8s.io", version: "v1alpha1", resource: "serviceimports")
let policies = GroupVersionResource(group: "policy.karmada.io", version: "v1alpha1", resource: "propagationpolicies")
let multiClusterServices = GroupVersionResource(
    group: "networking.karmada.io", version: "v1alpha1", resource: "multiclusterservices")
let names = (1...memberCount).map { "member\($0)" }

func name(_ index: Int) -> String { "svc-\(index)" }
func provider(of index: Int) -> Int { index % memberCount }

func slice(_ index: Int, generation: Int) -> Object {
    var slice = Object(apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: "default", name: name(index))
    slice.labels = [
        "kubernetes.io/service-name": name(index), "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
    ]
    slice["addressType"] = "IPv4"
    slice["ports"] = [["name": "http", "port": 8080, "protocol": "TCP"]]
    slice["endpoints"] = .array(
        (0..<endpointCount).map { number in
            [
                // The last says which generation it is.
                "addresses": [.string("10.\(number == endpointCount - 1 ? generation % 250 : 0).\(index / 250).\(index % 250)")],
                "conditions": ["ready": true, "serving": true, "terminating": false],
            ]
        })
    return slice
}

func service(_ index: Int) -> Object {
    var service = Object(apiVersion: "v1", kind: "Service", namespace: "default", name: name(index))
    service.spec = ["ports": [["name": "http", "port": 80, "targetPort": 8080]]]
    return service
}

/// What makes a Service callable from all clusters, with where each object goes.
func manifests(_ index: Int) -> [(GroupVersionResource, Object)] {
    let provider = names[provider(of: index)]
    guard isImported else {
        var shared = Object(
            apiVersion: "networking.karmada.io/v1alpha1", kind: "MultiClusterService", namespace: "default", name: name(index))
        shared.spec = [
            "types": ["CrossCluster"], "providerClusters": [["name": .string(provider)]],
            "consumerClusters": .array(names.map { ["name": .string($0)] }),
        ]
        return [(services, service(index)), (multiClusterServices, shared)]
    }
    let group = "multicluster.x-k8s.io/v1alpha1"
    let export = Object(apiVersion: group, kind: "ServiceExport", namespace: "default", name: name(index))
    var imported = Object(apiVersion: group, kind: "ServiceImport", namespace: "default", name: name(index))
    imported.spec = ["type": "ClusterSetIP", "ports": [["name": "http", "port": 80, "protocol": "TCP"]]]
    return [
        (exports, export), (policies, policy("\(name(index))-export", "ServiceExport", name(index), [provider])),
        (imports, imported),
    ]
}

func policy(_ name: String, _ kind: String, _ resource: String?, _ clusters: [String]) -> Object {
    var policy = Object(apiVersion: "policy.karmada.io/v1alpha1", kind: "PropagationPolicy", namespace: "default", name: name)
    var selector: JSON = ["apiVersion": "multicluster.x-k8s.io/v1alpha1", "kind": .string(kind)]
    if let resource { selector["name"] = .string(resource) }
    policy.spec = ["resourceSelectors": [selector], "placement": ["clusterAffinity": ["clusterNames": JSON(clusters)]]]
    return policy
}

/// When each Service's endpoints, as they are from a generation on, came to be in how many consumers.
final class Arrivals: Sendable {
    private struct Arrival {
        var consumers: Set<String> = []
        var last = ContinuousClock.now
    }

    private let arrivals = Mutex<[Int: Arrival]>([:])
    private let generation = Mutex(0)

    /// From now on those of the generation count.
    func begin(_ generation: Int) {
        self.generation.withLock { $0 = generation }
        arrivals.withLock { $0 = [:] }
    }

    func note(_ slice: EncodedObject, in consumer: String) {
        let now = ContinuousClock.now
        guard let index = slice.key.name.split(separator: "-").last.flatMap({ Int($0) }), slice.key.name != name(index),
            let last = slice.decoded()["endpoints"]?.array?.last?["addresses"]?[0]?.string,
            last.split(separator: ".").dropFirst().first == "\(generation.withLock { $0 })"
        else { return }
        arrivals.withLock { arrivals in
            if arrivals[index, default: Arrival()].consumers.insert(consumer).inserted { arrivals[index]?.last = now }
        }
    }

    /// The times when the last of so many consumers had it, by Service.
    func complete(_ consumers: Int) -> [Int: ContinuousClock.Instant] {
        arrivals.withLock { $0.filter { $0.value.consumers.count >= consumers }.mapValues(\.last) }
    }

    /// Notes what a cluster's watch tells, until the task ends.
    func follow(
        _ client: HTTPObjectClient, _ slices: GroupVersionResource, from version: String, in cluster: String
    ) async throws {
        for try await event in try await client.watch(slices, WatchOptions(resourceVersion: version)) {
            switch event {
            case .added(let slice), .modified(let slice): note(slice, in: cluster)
            case .deleted, .bookmark: break
            }
        }
    }
}

@MainActor
func measure() async throws {
    let control = try Daemon("\(binaries)/flotillad", ["serve", "--feature-gates", "MultiClusterService=true"])
    defer { control.remove() }
    var members: [Daemon] = []
    defer { members.forEach { $0.remove() } }
    for name in names {
        let member = try Daemon("\(binaries)/flotillad", ["member", "--name", name, "--store", "memory", "--nodes", "1"])
        members.append(member)
        try control.join(member, as: name, by: "\(binaries)/flotilla")
    }
    let client = try control.client()
    try await eventually("all clusters are Ready", within: .seconds(1800)) {
        try await client.list(Cluster.resource, ListOptions()).items.allSatisfy { Cluster($0.decoded()).isReady }
    }

    let arrivals = Arrivals()
    var clients: [HTTPObjectClient] = []
    for (name, member) in zip(names, members) {
        let client = try member.client()
        clients.append(client)
        let start = try await client.list(slices, ListOptions()).resourceVersion
        Task { try await arrivals.follow(client, slices, from: start, in: name) }
    }

    // One that imports has its own endpoints under the derived name, too.
    let consumers = isImported ? memberCount : memberCount - 1
    let begin = ContinuousClock.now
    arrivals.begin(0)
    if isImported { _ = try await client.create(policy("imports", "ServiceImport", nil, names), in: policies) }
    for index in 0..<serviceCount {
        _ = try await clients[provider(of: index)].create(slice(index, generation: 0), in: slices)
        for (resource, object) in manifests(index) { _ = try await client.create(object, in: resource) }
    }
    report("\(serviceCount) services created", "\(format((ContinuousClock.now - begin).seconds)) s")
    try await eventually("all endpoints are in all consumers", within: .seconds(1800)) {
        arrivals.complete(consumers).count == serviceCount
    }
    report("their endpoints in all consumers", "\(format((ContinuousClock.now - begin).seconds)) s")
    var busy = control.cpuSeconds
    try await eventually("the control plane is at rest", within: .seconds(1800)) {
        try await Task.sleep(for: .seconds(1))
        defer { busy = control.cpuSeconds }
        return control.cpuSeconds - busy < 0.1
    }
    report("control plane memory", "\(format(control.residentMegabytes)) MB")

    arrivals.begin(1)
    let cpu = control.cpuSeconds
    var written: [Int: ContinuousClock.Instant] = [:]
    let changed = (0..<serviceCount).shuffled().prefix(changeCount)
    let start = ContinuousClock.now
    for (number, index) in changed.enumerated() {
        try await Task.sleep(until: start + .seconds(Double(number) / rate), clock: .continuous)
        let key = ObjectKey(namespace: "default", name: name(index))
        var current = try await clients[provider(of: index)].get(slices, key).decoded()
        current["endpoints"] = slice(index, generation: 1)["endpoints"]
        written[index] = ContinuousClock.now
        _ = try await clients[provider(of: index)].update(current, in: slices)
    }
    try await eventually("all changes are in all consumers", within: .seconds(120)) {
        arrivals.complete(consumers).count == changed.count
    }
    var timings = Timings()
    for (index, last) in arrivals.complete(consumers) { if let begun = written[index] { timings.add(last - begun) } }
    report("a change of endpoints → all \(consumers) consumers, \(format(rate))/s", timings.summary)
    report("control plane CPU per change", "\(format((control.cpuSeconds - cpu) / Double(changed.count) * 1000)) ms")
}

try await measure()
