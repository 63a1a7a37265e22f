import APIServer
import Client
import Controllers
import Estimator
import Framework
import Kubernetes
import Scheduler
import Synchronization

/// Scheduler and controllers: what one replica of a control plane does for all.
final class ControlLoops: Sendable {
    private let apiServer: APIServer
    private let options: ServerOptions
    private let configuration: ControllerConfiguration
    private let profiles: SchedulerConfiguration
    private let schedulerFile: ConfigurationFile?
    private let estimators: EstimatorClients.Configuration?
    private let limits: MemberLimits
    private let reloader = Mutex<ConfigurationReloader?>(nil)

    /// - Parameter profiles: as they were in the file when the daemon started.
    init(
        apiServer: APIServer, options: ServerOptions, configuration: ControllerConfiguration, profiles: SchedulerConfiguration,
        schedulerFile: ConfigurationFile?, estimators: EstimatorClients.Configuration?, limits: MemberLimits
    ) {
        self.apiServer = apiServer
        self.options = options
        self.configuration = configuration
        self.profiles = profiles
        self.schedulerFile = schedulerFile
        self.estimators = estimators
        self.limits = limits
    }

    /// Reads the scheduler's profiles anew, where this replica schedules.
    func reloadProfiles() { reloader.withLock { $0 }?.reload() }

    /// Works until the task is cancelled.
    /// - Parameter leadership: the time for which this replica may write; nil for always.
    func run(_ leadership: Leadership?) async throws {
        let client = client(as: "karmada-controller-manager", leadership)
        let logger = options.logger("controllers")
        let members = HTTPMemberClients(controlPlane: client, limits: limits, logger: logger)
        let schedulerClient = self.client(as: "karmada-scheduler", leadership)
        let estimator = estimators.map {
            EstimatorClients(controlPlane: schedulerClient, configuration: $0, logger: options.logger("estimator"))
        }
        let manager = try ControllerManager(
            client: client, members: leadership.map { FencedMemberClients(clients: members, leadership: $0) } ?? members,
            estimator: estimator, configuration: configuration, logger: logger)
        let scheduler = SchedulerService(
            client: schedulerClient, profiles: currentProfiles(), estimator: estimator, metrics: apiServer.metrics,
            logger: options.logger("scheduler"))
        let reloader = schedulerFile.map {
            ConfigurationReloader($0, scheduler: scheduler, logger: options.logger("scheduler"))
        }
        self.reloader.withLock { $0 = reloader }
        defer { self.reloader.withLock { $0 = nil } }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.apiServer.runControllers(leadership) }
            group.addTask { await manager.run() }
            group.addTask { await scheduler.run() }
            if let estimator { group.addTask { await estimator.run() } }
            if let reloader { group.addTask { await reloader.run() } }
        }
    }

    private func client(as name: String, _ leadership: Leadership?) -> any ObjectClient {
        let client = apiServer.client(as: .internalComponent(name))
        return leadership.map { FencedClient(client, $0) } ?? client
    }

    /// A file that has become bad since the start leaves in force what was good then.
    private func currentProfiles() -> SchedulerConfiguration {
        guard let schedulerFile, let current = try? schedulerFile.load() else { return profiles }
        return current
    }
}

/// Clients of members that write only as long as their process leads.
private struct FencedMemberClients: MemberClients {
    let clients: any MemberClients
    let leadership: Leadership

    func client(for cluster: Cluster) async throws -> any ObjectClient {
        FencedClient(try await clients.client(for: cluster), leadership)
    }

    func health(of cluster: Cluster) async throws -> MemberHealth { try await clients.health(of: cluster) }

    func forget(_ cluster: String) { clients.forget(cluster) }
}
