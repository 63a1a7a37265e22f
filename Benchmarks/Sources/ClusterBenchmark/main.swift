import BenchmarkSupport
import Client
import Foundation
import Kubernetes

// Many members join one control plane, one of them with many nodes and pods: how soon all are Ready, and what they cost then.
//     ClusterBenchmark --bin ../.build/release [--members 100] [--nodes 5000] [--pods 20000]

func measure() async throws {
    let binaries = option("--bin", default: ".build/release")
    let count = Int(option("--members", default: "100")) ?? 100
    let nodeCount = Int(option("--nodes", default: "5000")) ?? 5000
    let podCount = Int(option("--pods", default: "20000")) ?? 20_000
    let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")

    // The large one first: what it takes to fill it is no part of the measurement.
    func member(_ index: Int, nodes: Int) throws -> Daemon {
        try Daemon(
            "\(binaries)/flotillad", ["member", "--name", "member\(index)", "--store", "memory", "--nodes", String(nodes)])
    }
    var members = [try member(1, nodes: nodeCount)]
    defer { members.forEach { $0.remove() } }
    let large = try members[0].client()
    let json: JSON = [
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": ["name": "many", "namespace": "default"],
        "spec": [
            "replicas": JSON(podCount), "selector": ["matchLabels": ["app": "many"]],
            "template": [
                "metadata": ["labels": ["app": "many"]],
                "spec": ["containers": [["name": "c", "image": "c", "resources": ["requests": ["cpu": "100m"]]]]],
            ],
        ],
    ]
    _ = try await large.create(Object(json), in: deployments)
    try await eventually("\(podCount) pods run", within: .seconds(600)) {
        let many = try await large.get(deployments, ObjectKey(namespace: "default", name: "many")).decoded()
        return many.status["readyReplicas"]?.int == podCount
    }

    for index in 2...count { members.append(try member(index, nodes: 3)) }
    let control = try Daemon("\(binaries)/flotillad", ["serve"])
    defer { control.remove() }
    let client = try control.client()
    let begin = ContinuousClock.now
    let cpu = control.cpuSeconds
    for (index, member) in members.enumerated() {
        try control.join(member, as: "member\(index + 1)", by: "\(binaries)/flotilla")
    }
    report("\(count) members joined, one after the other", "\(format((ContinuousClock.now - begin).seconds)) s")
    try await eventually("all are Ready, with all nodes and pods summed up", within: .seconds(600)) {
        let clusters = try await client.list(Cluster.resource, ListOptions()).items.map { Cluster($0.decoded()) }
        let first = clusters.first { $0.name == "member1" }?.status
        return clusters.count == count && clusters.allSatisfy { $0.isReady && $0.status.nodeSummary != nil }
            && first?.nodeSummary?.totalNum == nodeCount
            && first?.resourceSummary?.allocated["pods"] == Quantity(value: Int64(podCount))
    }
    report("all Ready, \(nodeCount) nodes and \(podCount) pods summed up", "\(format((ContinuousClock.now - begin).seconds)) s")
    report("control plane CPU until then", "\(format(control.cpuSeconds - cpu)) s")
    try await Task.sleep(for: .seconds(15))
    let steady = control.cpuSeconds
    try await Task.sleep(for: .seconds(30))
    report("control plane CPU, steady", "\(format((control.cpuSeconds - steady) / 30 * 100)) % of a core")
    report("control plane memory, steady", "\(format(control.residentMegabytes)) MB")
}

try await measure()
