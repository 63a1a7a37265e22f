import APIServer
import BenchmarkSupport
import Client
import Foundation
import Framework
import Kubernetes
import Logging
import Plugins
import Scheduler
import Store

// How long scheduling cycles take, and how fast bindings are scheduled and durably written with an API server on SQLite in the
// same process.
//     SchedulingBenchmark [--bindings 5000] [--clusters 100]

let bindingCount = Int(option("--bindings", default: "5000")) ?? 5000
let clusterCount = Int(option("--clusters", default: "100")) ?? 100

func clusterObject(_ index: Int) -> Object {
    var cluster = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: "member-\(index)")
    cluster.labels = ["tier": index % 2 == 0 ? "even" : "odd"]
    cluster.spec = [
        "syncMode": "Push", "apiEndpoint": "https://member-\(index).example.com", "region": .string("region-\(index % 5)"),
        "zones": [.string("zone-\(index % 15)")], "provider": "example",
    ]
    cluster.status = [
        "kubernetesVersion": "v1.32.0",
        "conditions": [
            [
                "type": "Ready", "status": "True", "reason": "ClusterReady", "message": "",
                "lastTransitionTime": "2026-01-02T03:04:05Z",
            ]
        ],
        "apiEnablements": [["groupVersion": "apps/v1", "resources": [["kind": "Deployment", "name": "deployments"]]]],
        "resourceSummary": [
            "allocatable": ["cpu": JSON(100 + index % 400), "memory": "1Ti", "pods": 5000],
            "allocated": ["cpu": JSON(index % 50), "memory": "10Gi", "pods": JSON(index % 200)],
        ],
    ]
    return cluster
}

/// Duplicated, statically weighted, dynamically weighted, aggregated and spread by region, in turn.
let placements: [JSON] = [
    ["clusterAffinity": [:], "replicaScheduling": ["replicaSchedulingType": "Duplicated"]],
    [
        "clusterAffinity": ["labelSelector": ["matchLabels": ["tier": "even"]]],
        "replicaScheduling": [
            "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
            "weightPreference": [
                "staticWeightList": [
                    ["targetCluster": ["clusterNames": ["member-2"]], "weight": 2],
                    ["targetCluster": ["clusterNames": ["member-4"]], "weight": 1],
                ]
            ],
        ],
    ],
    [
        "clusterAffinity": [:],
        "replicaScheduling": [
            "replicaSchedulingType": "Divided", "replicaDivisionPreference": "Weighted",
            "weightPreference": ["dynamicWeight": "AvailableReplicas"],
        ],
    ],
    [
        "clusterAffinity": [:],
        "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"],
    ],
    [
        "clusterAffinity": [:],
        "spreadConstraints": [
            ["spreadByField": "region", "minGroups": 2, "maxGroups": 3],
            ["spreadByField": "cluster", "minGroups": 2, "maxGroups": 6],
        ],
        "replicaScheduling": ["replicaSchedulingType": "Divided", "replicaDivisionPreference": "Aggregated"],
    ],
]

func bindingObject(_ index: Int, _ placement: JSON) -> Object {
    var binding = Object(
        apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: "default", name: "web-\(index)-deployment")
    binding.spec = [
        "resource": [
            "apiVersion": "apps/v1", "kind": "Deployment", "namespace": "default", "name": .string("web-\(index)"),
            "uid": .string("0b1f7c5e-6a54-4a0e-9c2c-\(100_000_000_000 + index)"),
        ],
        "replicas": JSON(1 + index % 20), "replicaRequirements": ["resourceRequest": ["cpu": "250m", "memory": "512Mi"]],
        "placement": placement, "schedulerName": "default-scheduler",
    ]
    return binding
}

// MARK: Cycles

let configuration = try SchedulerConfiguration(registry: .inTree)
let profile = configuration.profiles[0]
for count in [100, 1000, 5000] {
    var cache = ClusterCache((0..<count).map { Cluster(clusterObject($0)) })
    let snapshot = cache.snapshot()
    let shared = PlacementCache()
    let bindings = (0..<1000).map { index in
        BindingView(ResourceBinding(bindingObject(index, placements[index % placements.count])), placements: shared)
    }
    var timings = Timings()
    for binding in bindings {
        let begin = ContinuousClock.now
        _ = profile.schedule(binding, over: snapshot)
        timings.add(ContinuousClock.now - begin)
    }
    report(
        "one cycle over \(count) clusters, mixed placements",
        "p50 \(format(timings.quantile(0.5) * 1000)) µs, p99 \(format(timings.quantile(0.99) * 1000)) µs")
}

// MARK: The scheduler

let directory = URL.temporaryDirectory.appending(path: "flotilla-benchmark-\(UUID().uuidString.prefix(8))")
try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
defer { try? FileManager.default.removeItem(at: directory) }
let store = try await LocalStore.open(sqlite: directory.appending(path: "flotilla.db").path)
let logger = Logger(label: "benchmark")
let server = try await APIServer(
    store: store, catalog: .controlPlane, configuration: .init(port: 0, dataDirectory: directory.path), logger: logger)
let client = server.client(as: .internalComponent("karmada-scheduler"))
let admin = server.client(as: UserInfo(name: "admin", groups: ["system:masters"]))
let (ready, becomeReady) = AsyncStream<Void>.makeStream()
let serving = Task { try await server.run { _ in becomeReady.yield() } }
for await _ in ready.prefix(1) {}

for index in 0..<clusterCount {
    var cluster = clusterObject(index)
    let status = cluster.status
    cluster = try await admin.create(cluster, in: Cluster.resource).decoded()
    cluster.status = status
    _ = try await admin.updateStatus(cluster, in: Cluster.resource)
}
var begin = ContinuousClock.now
await withTaskGroup(of: Void.self) { group in
    for worker in 0..<32 {
        group.addTask { @Sendable in
            for index in stride(from: worker, to: bindingCount, by: 32) {
                do {
                    let binding = bindingObject(index, placements[index % placements.count])
                    _ = try await admin.create(binding, in: ResourceBinding.resource)
                } catch {
                    print("cannot create a binding: \(error)")
                }
            }
        }
    }
}
var taken = (ContinuousClock.now - begin).seconds
report("\(bindingCount) bindings created in process", "\(format(taken)) s, \(format(Double(bindingCount) / taken))/s")

let revision = String(store.revision)
let scheduler = SchedulerService(client: client, profiles: configuration, logger: logger)
begin = ContinuousClock.now
let scheduling = Task { await scheduler.run() }
var scheduled: Set<ObjectKey> = []
for try await event in try await admin.watch(ResourceBinding.resource, WatchOptions(resourceVersion: revision)) {
    guard case .modified(let object) = event, let observed = object.decoded().status["schedulerObservedGeneration"]?.integer,
        observed == object.decoded().generation
    else { continue }
    scheduled.insert(object.key)
    if scheduled.count == bindingCount { break }
}
taken = (ContinuousClock.now - begin).seconds
report(
    "\(bindingCount) bindings over \(clusterCount) clusters, start to last",
    "\(format(taken)) s, \(format(Double(bindingCount) / taken))/s, spec and status durable")
scheduling.cancel()
serving.cancel()
