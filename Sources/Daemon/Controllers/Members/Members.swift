import Client
import Kubernetes
import Logging
import Synchronization

/// What is done in each member, for as long as it is there.
protocol MemberLoop: Sendable {
    func run(in member: Member) async
}

/// The member clusters that the control plane works in, as the `Cluster` objects come and go.
final class Members: Sendable {
    /// What makes a new connection necessary.
    private struct Connection: Equatable {
        var uid: String
        var endpoint: String
        var insecure: Bool
        var proxy: String
        var secret: ObjectKey?
        var secretRevision: Int64?
        /// Since when the cluster is ready: after an outage, caches begin anew rather than wait for their next try.
        var readySince: Timestamp?
    }

    private struct Entry {
        var member: Member
        var connection: Connection
        /// Whether the cluster was out of order since the member started.
        var wasDown = false
    }

    private struct State {
        var members: [String: Entry] = [:]
        var loops: [any MemberLoop] = []
    }

    private let plane: ControlPlane
    private let clients: any MemberClients
    /// Nil for an agent, which needs no Secret to reach its cluster.
    private let secrets: Informer?
    private let queue = WorkQueue<String>()
    private let tasks = KeyedTasks<String>()
    private let state = Mutex(State())

    init(plane: ControlPlane, clients: any MemberClients) {
        self.plane = plane
        self.clients = clients
        secrets =
            plane.scope == nil
            ? Informer(
                Resource.secrets, client: plane.client, options: ListOptions(namespace: ReservedNamespace.clusters),
                logger: plane.logger) : nil
    }

    subscript(name: String) -> Member? { state.withLock { $0.members[name]?.member } }

    /// What is to run in each member. To be called before `run`.
    func add(_ loop: any MemberLoop) { state.withLock { $0.loops.append(loop) } }

    func run() async {
        plane.clusters.onChange { [queue] in queue.add($0.key.name) }
        secrets?.onChange { [plane, queue] change in
            for cluster in plane.clusterCache.list() where cluster.spec.secretRef?.key == change.key { queue.add(cluster.name) }
        }
        await withDiscardingTaskGroup { group in
            if let secrets { group.addTask { await secrets.run() } }
            group.addTask { await self.tasks.run() }
            group.addTask {
                // A Secret that comes to be known later looks like one that changed, and starts the member anew.
                await self.secrets?.waitUntilSynced()
                await self.queue.run(workers: 16) { name in
                    try await self.reconcile(name)
                    return .done
                } onFailure: { name, error in
                    self.plane.logger.debug("member \(name): \(error)")
                }
            }
        }
    }

    private func reconcile(_ name: String) async throws {
        guard let cluster = plane.cluster(name), plane.isServed(cluster) else {
            stop(name)
            clients.forget(name)
            return
        }
        let isReady = cluster.isReady
        var connection = connection(of: cluster)
        let isCurrent = state.withLock { state in
            guard let current = state.members[name] else { return false }
            if !isReady {
                state.members[name]?.wasDown = true
                connection.readySince = current.connection.readySince
            }
            return connection == current.connection && !(isReady && current.wasDown)
        }
        if isCurrent { return }
        let member = Member(name: name, client: try await clients.client(for: cluster), logger: plane.logger)
        stop(name)
        start(member, connection)
    }

    private func connection(of cluster: Cluster) -> Connection {
        let ready = cluster.status.conditions[Cluster.readyCondition]
        return Connection(
            uid: cluster.uid, endpoint: cluster.spec.apiEndpoint, insecure: cluster.spec.insecureSkipTLSVerification,
            proxy: cluster.spec.proxyURL, secret: cluster.spec.secretRef?.key,
            secretRevision: cluster.spec.secretRef.flatMap { secrets?.get($0.key)?.revision },
            readySince: ready?.status == .true ? ready?.lastTransitionTime : nil)
    }

    private func start(_ member: Member, _ connection: Connection) {
        let loops = state.withLock { state in
            state.members[member.name] = Entry(member: member, connection: connection)
            return state.loops
        }
        for work in plane.works(ofCluster: member.name) { member.works.add(work.key) }
        tasks.start(member.name) {
            await withDiscardingTaskGroup { group in
                group.addTask { await member.run() }
                for loop in loops { group.addTask { await loop.run(in: member) } }
            }
        }
    }

    private func stop(_ name: String) {
        state.withLock { $0.members[name] = nil }
        tasks.stop(name)
    }
}
