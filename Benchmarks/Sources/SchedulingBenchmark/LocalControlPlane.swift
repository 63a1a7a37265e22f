import APIServer
import BenchmarkSupport
import Client
import Foundation
import Kubernetes
import Logging
import Store

/// An API server on SQLite in this process, serving HTTPS beside what the benchmark does in process.
struct LocalControlPlane {
    let store: LocalStore
    let server: APIServer
    let admin: any ObjectClient
    let logger = Logger(label: "benchmark")
    private let directory: URL
    private let serving: Task<Void, any Error>

    init() async throws {
        directory = .temporaryDirectory.appending(path: "flotilla-benchmark-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        store = try await LocalStore.open(sqlite: directory.appending(path: "flotilla.db").path)
        let server = try await APIServer(
            store: store, catalog: .controlPlane, configuration: .init(port: 0, dataDirectory: directory.path), logger: logger)
        self.server = server
        admin = server.client(as: UserInfo(name: "admin", groups: ["system:masters"]))
        let (ready, becomeReady) = AsyncStream<Void>.makeStream()
        serving = Task { try await server.run { _ in becomeReady.yield() } }
        for await _ in ready.prefix(1) {}
    }

    func remove() async {
        serving.cancel()
        _ = try? await serving.value
        await store.close()
        try? FileManager.default.removeItem(at: directory)
    }

    func createClusters(_ count: Int) async throws {
        for index in 0..<count {
            var cluster = Workloads.cluster(index)
            let status = cluster.status
            cluster = try await admin.create(cluster, in: Cluster.resource).decoded()
            cluster.status = status
            _ = try await admin.updateStatus(cluster, in: Cluster.resource)
        }
    }

    /// Creates objects, 32 at a time.
    func create(
        _ count: Int, in resource: GroupVersionResource, _ makeObject: @escaping @Sendable (Int) -> Object
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<32 {
                group.addTask { [admin] in
                    for index in stride(from: worker, to: count, by: 32) {
                        _ = try await admin.create(makeObject(index), in: resource)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    /// Waits until `count` objects of the resource have changed to what `isThere` wants since `revision`.
    func wait(
        for count: Int, in resource: GroupVersionResource, since revision: Int64, _ isThere: (EncodedObject) -> Bool
    ) async throws {
        var seen: Set<ObjectKey> = []
        for try await event in try await admin.watch(resource, WatchOptions(resourceVersion: String(revision))) {
            guard let object = event.object, isThere(object) else { continue }
            seen.insert(object.key)
            if seen.count == count { return }
        }
    }
}

/// CPU time that this process has used, in seconds.
var cpuSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
