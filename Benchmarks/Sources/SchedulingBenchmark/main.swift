import APIServer
import BenchmarkSupport
import Client
import Controllers
import Foundation
import Framework
import Kubernetes
import Plugins
import Scheduler

// How fast bindings are scheduled, and Works rendered, all durably written: in one process with an API server on SQLite that
// serves HTTPS meanwhile.
//     SchedulingBenchmark [--bindings 5000] [--clusters 100] [--works 20000]

let bindingCount = Int(option("--bindings", default: "5000")) ?? 5000
let clusterCount = Int(option("--clusters", default: "100")) ?? 100
let workCount = Int(option("--works", default: "20000")) ?? 20_000

/// Prints how long `count` things took, in all and of this process's CPU time each.
func tell(_ what: String, _ count: Int, since begin: ContinuousClock.Instant, _ cpu: Double) {
    let taken = (ContinuousClock.now - begin).seconds
    let each = (cpuSeconds - cpu) / Double(count) * 1e6
    report(what, "\(format(taken)) s, \(format(Double(count) / taken))/s, CPU \(format(each)) µs each")
}

// MARK: Bindings

let plane = try await LocalControlPlane()
try await plane.createClusters(clusterCount)
var cpu = cpuSeconds
var begin = ContinuousClock.now
try await plane.create(bindingCount, in: ResourceBinding.resource) { index in
    Workloads.binding(index, Workloads.mixedPlacements[index % Workloads.mixedPlacements.count])
}
tell("\(bindingCount) bindings created in process", bindingCount, since: begin, cpu)

let scheduler = SchedulerService(
    client: plane.server.client(as: .internalComponent("karmada-scheduler")),
    profiles: try SchedulerConfiguration(registry: .inTree), logger: plane.logger)
cpu = cpuSeconds
begin = .now
let revision = plane.store.revision
let scheduling = Task { await scheduler.run() }
try await plane.wait(for: bindingCount, in: ResourceBinding.resource, since: revision) { object in
    let binding = object.decoded()
    return binding.status["schedulerObservedGeneration"]?.integer == binding.generation
}
tell("\(bindingCount) bindings scheduled to \(clusterCount) clusters", bindingCount, since: begin, cpu)
scheduling.cancel()
await scheduling.value
await plane.remove()

// MARK: Works

/// Does not reach any member: nothing here asks for one.
struct NoMembers: MemberClients {
    func client(for cluster: Cluster) async throws -> any ObjectClient { throw ClusterAccessError("there are no members") }
    func health(of cluster: Cluster) async throws -> MemberHealth { .unreachable }
    func forget(_ cluster: String) {}
}

let rendering = try await LocalControlPlane()
try await rendering.createClusters(clusterCount)
try await rendering.create(clusterCount, in: GroupVersionResource(group: "", version: "v1", resource: "namespaces")) { index in
    Object(apiVersion: "v1", kind: "Namespace", name: Work.namespace(of: "member-\(index)"))
}
let workloadCount = workCount / clusterCount
try await rendering.create(workloadCount, in: GroupVersionResource(group: "apps", version: "v1", resource: "deployments")) {
    Workloads.deployment("web-\($0)")
}
try await rendering.create(workloadCount, in: ResourceBinding.resource) { index in
    var binding = Workloads.binding(index, Workloads.mixedPlacements[0])
    binding.spec["clusters"] = .array((0..<clusterCount).map { ["name": .string("member-\($0)"), "replicas": 1] })
    return binding
}
var controllers = ControllerConfiguration()
controllers.controllers = ["binding"]
let manager = try ControllerManager(
    client: rendering.server.client(as: .internalComponent("karmada-controller-manager")), members: NoMembers(),
    configuration: controllers, logger: rendering.logger)
cpu = cpuSeconds
begin = .now
let firstWork = rendering.store.revision
let running = Task { await manager.run() }
try await rendering.wait(for: workloadCount * clusterCount, in: Work.resource, since: firstWork) { _ in true }
tell("\(workloadCount * clusterCount) Works rendered", workloadCount * clusterCount, since: begin, cpu)
running.cancel()
await running.value
await rendering.remove()
