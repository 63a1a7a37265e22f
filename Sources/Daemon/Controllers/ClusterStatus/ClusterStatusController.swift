import Client
import Kubernetes
import Synchronization

/// Probes each cluster and writes what it finds into the cluster's status: whether it is ready, what it serves, and what room
/// it has.
struct ClusterStatusController: Controller, MemberLoop {
    static let name = "clusterStatus"

    let plane: ControlPlane
    let clients: any MemberClients
    let configuration: ControllerConfiguration
    private let threshold: ReadinessThreshold
    private let memory = Memory()
    private let schedule = ProbeSchedule()
    private let queue = WorkQueue<String>(backoff: Backoff(initial: .milliseconds(100), maximum: .seconds(30)))

    init(plane: ControlPlane, clients: any MemberClients, configuration: ControllerConfiguration) {
        self.plane = plane
        self.clients = clients
        self.configuration = configuration
        threshold = ReadinessThreshold(
            success: configuration.clusterSuccessThreshold, failure: configuration.clusterFailureThreshold)
    }

    /// Probes are mostly waiting: so many clusters that do not answer hold up nobody else's.
    private static let workers = 128
    /// What a cluster serves changes rarely, and is much to read.
    private static let discoveryInterval = Duration.seconds(10)
    /// Where nodes or pods changed, a cluster is looked at so many times as often: the scheduler divides replicas by its room.
    private static let changeFactor = 5
    /// How soon a cluster is looked at again whose nodes and pods have not been listed yet.
    private static let syncInterval = Duration.milliseconds(200)

    private struct Served {
        var version: String
        var enablements: JSON
        var condition: Condition
        var age: ContinuousClock.Instant
    }

    private final class Memory: Sendable {
        let served = Mutex<[String: Served]>([:])
        let usages = Mutex<[String: ClusterUsage]>([:])
    }

    func run() async {
        plane.clusters.onChange { queue.add($0.key.name) }
        await process(queue, workers: Self.workers, logger: plane.logger) { try await reconcile($0) }
    }

    /// Sums up the nodes and pods of a member for as long as it is there.
    func run(in member: Member) async {
        guard configuration.enableClusterResourceModeling else { return }
        let usage = ClusterUsage(of: member, logger: plane.logger) { noteChange(in: member.name) }
        memory.usages.withLock { $0[member.name] = usage }
        await usage.run()
        memory.usages.withLock { if $0[member.name] === usage { $0[member.name] = nil } }
    }

    private func noteChange(in name: String) {
        if let wait = schedule.noteChange(in: name) { queue.add(name, after: wait) }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let cluster = plane.cluster(name), plane.isServed(cluster) else {
            schedule.forget(name)
            memory.served.withLock { $0[name] = nil }
            threshold.forget(name)
            return .done
        }
        // Our own writes bring the cluster here, too.
        let wait = schedule.wait(for: cluster)
        if let wait, wait > .zero { return .again(after: wait) }
        // Clusters that were found all at once are spread over the interval, and stay spread.
        let interval = configuration.clusterStatusUpdateFrequency * Double.random(in: wait == nil ? 0.1...1 : 0.9...1)
        schedule.begin(name)
        let next = try await probe(cluster, interval)
        return .again(after: schedule.end(cluster, next: next, early: interval / Self.changeFactor))
    }

    /// - Returns: how long until the next probe: `interval`, or less where there is something to wait for.
    private func probe(_ cluster: Cluster, _ interval: Duration) async throws -> Duration {
        let verdict = threshold.judge(
            await observe(cluster), of: cluster.name, current: cluster.status.conditions[Cluster.readyCondition])
        var next = interval
        if let settles = verdict.settlesAfter { next = min(next, max(settles, .milliseconds(10))) }
        guard verdict.condition.status == .true, verdict.settlesAfter == nil,
            let member = try? await clients.client(for: cluster)
        else {
            memory.served.withLock { $0[cluster.name] = nil }
            try await write(cluster, ready: verdict.condition, served: nil, usage: nil)
            return next
        }
        let served = try await served(by: member, cluster)
        let usage = memory.usages.withLock { $0[cluster.name] }
        try await write(cluster, ready: verdict.condition, served: served, usage: usage)
        if configuration.enableClusterResourceModeling, usage?.isSynced != true { return min(next, Self.syncInterval) }
        return next
    }

    private func observe(_ cluster: Cluster) async -> Condition {
        func ready(_ status: Condition.Status, _ reason: String, _ message: String) -> Condition {
            Condition(type: Cluster.readyCondition, status: status, reason: reason, message: message)
        }
        do {
            return switch try await clients.health(of: cluster) {
            case .healthy: ready(.true, "ClusterReady", "cluster is healthy and ready to accept workloads")
            case .unhealthy:
                ready(.false, "ClusterNotReady", "cluster is reachable but health endpoint responded without ok")
            case .unreachable: ready(.false, "ClusterNotReachable", "cluster is not reachable")
            }
        } catch {
            return ready(.false, "StatusCollectionFailed", "failed to create a ClusterClient: \(error)")
        }
    }

    // MARK: What the cluster serves

    private func served(by member: any ObjectClient, _ cluster: Cluster) async throws -> Served {
        if let known = memory.served.withLock({ $0[cluster.name] }), .now - known.age < Self.discoveryInterval { return known }
        let version = (try? await member.serverVersion()) ?? cluster.status.kubernetesVersion
        let enablements: JSON
        let condition: Condition
        do {
            let found = try await member.discover()
            enablements = Self.enablements(of: found, known: cluster.status.apiEnablements)
            condition = Self.completeness(of: found)
        } catch {
            // What it served before is the best guess: workloads shall not move for a request that failed.
            let known = cluster.status.apiEnablements
            enablements = .array(known.map(\.json))
            condition = Self.completeness(
                .false, "Partial", "might collect partial APIEnablements(\(known.count)) from the cluster")
        }
        let served = Served(version: version, enablements: enablements, condition: condition, age: .now)
        // A failure is made good at the next probe.
        if condition.status == .true { memory.served.withLock { $0[cluster.name] = served } }
        return served
    }

    static func completeness(of found: DiscoveredResources) -> Condition {
        if found.resources.isEmpty { return completeness(.false, "Empty", "collected empty APIEnablements from the cluster") }
        guard found.missing.isEmpty else {
            let versions = found.missing.map(\.description).joined(separator: ", ")
            return completeness(
                .false, "Partial",
                "might collect partial APIEnablements(\(found.resources.count)) from the cluster: no answer for \(versions)")
        }
        return completeness(.true, "Complete", "collected complete APIEnablements from the cluster")
    }

    private static func completeness(_ status: Condition.Status, _ reason: String, _ message: String) -> Condition {
        Condition(type: Cluster.completeAPIEnablementsCondition, status: status, reason: reason, message: message)
    }

    /// `status.apiEnablements`, in the order of versions and names.
    /// - Parameter known: what it was: versions that are only missing for now stay.
    static func enablements(of found: DiscoveredResources, known: [Cluster.APIEnablement]) -> JSON {
        let versions = Dictionary(
            grouping: found.resources.filter { $0.subresource == nil }, by: \.resource.groupVersion.description)
        let current = versions.map { version, resources in
            let list = Set(resources.map { Cluster.APIEnablement.Resource(name: $0.resource.resource, kind: $0.kind.kind) })
            return Cluster.APIEnablement(groupVersion: version, resources: list.sorted { $0.name < $1.name })
        }
        let missing = Set(found.missing.map(\.description))
        let kept = known.filter { missing.contains($0.groupVersion) }
        return .array((current + kept).sorted { $0.groupVersion < $1.groupVersion }.map(\.json))
    }

    // MARK: Writing

    private func write(_ cluster: Cluster, ready: Condition, served: Served?, usage: ClusterUsage?) async throws {
        let isSummarized = usage?.isSynced ?? false
        let models = configuration.featureGates[.customizedClusterResourceModeling] ? cluster.spec.resourceModels : []
        try await plane.client.modifyIfPresent(
            Cluster.resource, ObjectKey(name: cluster.name), subresource: "status"
        ) { object in
            let now = Timestamp.now()
            if let served {
                object.status["kubernetesVersion"] = .string(served.version)
                object.status["apiEnablements"] = served.enablements
                object.setCondition(served.condition, now: now)
            }
            if let usage, isSummarized {
                object.status["nodeSummary"] = usage.nodeSummary
                object.status["resourceSummary"] = usage.resourceSummary(models: models)
            }
            object.setCondition(ready, now: now)
            return true
        }
    }
}
