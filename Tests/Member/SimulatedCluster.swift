import Client
import Kubernetes
import Logging
import Testing

@testable import Member

/// A fake cluster with a simulation in it.
struct SimulatedCluster {
    let client = FakeCluster()

    static func nodes(_ count: Int, cpu: String = "16", pods: Int = 110, zones: [String] = []) throws -> NodeSpecification {
        NodeSpecification(
            namePrefix: "test", count: count, cpu: try #require(Quantity(cpu)), memory: try #require(Quantity("64Gi")),
            ephemeralStorage: try #require(Quantity("100Gi")), pods: pods, region: "here", zones: zones)
    }

    /// Runs `body` beside the simulation, which ends when it returns.
    static func run(
        _ nodes: NodeSpecification, _ body: @Sendable (SimulatedCluster) async throws -> Void
    ) async throws {
        let cluster = SimulatedCluster()
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let simulation = Simulation(client: cluster.client, nodes: nodes, logger: logger)
        let run = Task { await simulation.run() }
        do {
            try await cluster.eventually("the nodes are there") {
                try await cluster.list(.nodes).count { $0.status["allocatable"] != nil } == nodes.count
            }
            try await body(cluster)
        } catch {
            run.cancel()
            await run.value
            throw error
        }
        run.cancel()
        await run.value
    }

    /// Waits until `condition` holds; fails the test where it does not within a minute.
    func eventually(
        _ what: Comment, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        while try await !condition() {
            guard ContinuousClock.now < deadline else {
                Issue.record(what, sourceLocation: sourceLocation)
                throw TimedOut()
            }
            try await Task.sleep(for: .milliseconds(5))
        }
    }

    struct TimedOut: Error {}

    func get(_ resource: GroupVersionResource, _ name: String, in namespace: String = "default") async throws -> Object {
        try await client.get(resource, ObjectKey(namespace: namespace, name: name)).decoded()
    }

    func list(_ resource: GroupVersionResource) async throws -> [Object] {
        try await client.list(resource, ListOptions()).items.map { $0.decoded() }
    }

    func pods() async throws -> [Object] { try await list(.pods) }

    @discardableResult
    func create(_ json: JSON, in resource: GroupVersionResource) async throws -> Object {
        var object = Object(json)
        if object.namespace.isEmpty, resource != .nodes { object.namespace = "default" }
        return try await client.create(object, in: resource).decoded()
    }

    func change(
        _ resource: GroupVersionResource, _ name: String, in namespace: String = "default", _ change: (inout Object) -> Void
    ) async throws {
        try await client.modify(resource, ObjectKey(namespace: namespace, name: name)) { object in
            change(&object)
            return true
        }
    }
}

extension JSON {
    /// A pod template with one container.
    static func template(
        app: String, image: String = "nginx", cpu: String? = nil, annotations: [String: String] = [:], restart: String? = nil
    ) -> JSON {
        var container: JSON = ["name": "main", "image": .string(image)]
        if let cpu { container["resources"] = ["requests": ["cpu": .string(cpu)]] }
        var template: JSON = ["metadata": ["labels": ["app": .string(app)]], "spec": ["containers": [container]]]
        if !annotations.isEmpty { template["metadata", "annotations"] = JSON(annotations) }
        if let restart { template["spec", "restartPolicy"] = .string(restart) }
        return template
    }

    static func workload(_ kind: String, _ name: String, replicas: Int? = nil, template: JSON) -> JSON {
        var spec: JSON = ["selector": ["matchLabels": ["app": .string(name)]], "template": template]
        if let replicas { spec["replicas"] = JSON(replicas) }
        return ["apiVersion": "apps/v1", "kind": .string(kind), "metadata": ["name": .string(name)], "spec": spec]
    }
}
