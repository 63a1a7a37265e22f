import Client
import Kubernetes
import Logging

/// What the kubelets, the scheduler and the workload controllers of a cluster do, as far as those see it who talk to the
/// cluster's API server: nodes are there, Deployments, StatefulSets, DaemonSets and Jobs get pods, pods get nodes and run.
///
/// Left to the API server, as it is elsewhere to others: the garbage collection of what lost its owner, the deletion of namespaces'
/// contents, and service accounts with their tokens.
public struct Simulation: Sendable {
    private let client: any ObjectClient
    private let nodes: [SimulatedNode]
    private let servesPods: Bool
    private let logger: Logger

    /// - Parameter servesPods: whether the pods' ports answer on the loopback network.
    public init(client: any ObjectClient, nodes: NodeSpecification, servesPods: Bool = false, logger: Logger) {
        self.client = client
        self.nodes = nodes.nodes
        self.servesPods = servesPods
        self.logger = logger
    }

    /// Registers the nodes and works until the task is cancelled.
    public func run() async {
        let agent = NodeAgent(client: client, nodes: nodes, logger: logger)
        guard await register(agent) else { return }
        let caches = Caches(client: client, logger: logger)
        // All handlers are there before the first event.
        let kubelet = Kubelet(client: client, pods: caches.pods, nodes: nodes)
        if servesPods { PodServers(logger: logger).serve(caches.pods) }
        let scheduler = PodScheduler(client: client, pods: caches.pods, nodes: caches.nodes)
        let controllers: [any Controller] = [
            ReplicaSetController(client: client, caches: caches), DeploymentController(client: client, caches: caches),
            StatefulSetController(client: client, caches: caches), DaemonSetController(client: client, caches: caches),
            JobController(client: client, caches: caches), EndpointController(client: client, caches: caches),
        ]
        await withDiscardingTaskGroup { group in
            group.addTask { await caches.run() }
            group.addTask { await agent.run() }
            await caches.waitUntilSynced()
            guard !Task.isCancelled else { return }
            group.addTask { await kubelet.run(workers: 32, logger: logger) }
            group.addTask { await scheduler.run(workers: 16, logger: logger) }
            for controller in controllers { group.addTask { await controller.run(workers: 4, logger: logger) } }
        }
    }

    /// - Returns: false when the task was cancelled before the server took the nodes.
    private func register(_ agent: NodeAgent) async -> Bool {
        let backoff = Backoff(initial: .milliseconds(50), maximum: .seconds(5))
        var failures = 0
        while !Task.isCancelled {
            do {
                try await agent.register()
                return true
            } catch {
                failures += 1
                logger.warning("nodes are not registered yet: \(error)")
                try? await Task.sleep(for: backoff.delay(afterFailures: failures))
            }
        }
        return false
    }
}
