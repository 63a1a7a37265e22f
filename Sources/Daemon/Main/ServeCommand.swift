import APIServer
import ArgumentParser
import Client
import Controllers
import Estimator
import Framework
import Gateway
import Logging
import Plugins
import Scheduler
import UnixSignals

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a control plane: API server, store, scheduler and controllers.")

    @OptionGroup var server: ServerOptions

    @OptionGroup(title: "Store") var store: StoreOptions

    @OptionGroup(title: "Leader election") var election: LeaderElectionOptions

    @Flag(help: "Admit ClusterTaintPolicies with the effect NoExecute, which evicts workloads that do not tolerate it.")
    var allowNoExecuteTaintPolicy = false

    @OptionGroup(title: "Scheduler") var schedulerOptions: SchedulerOptions

    @OptionGroup(title: "Controllers") var controllers: ControllerOptions

    @OptionGroup(title: "Members") var members: MemberLimitOptions

    func run() async throws {
        let configuration = controllers.configuration
        let registry = schedulerOptions.registry(configuration.featureGates)
        let schedulerFile = schedulerOptions.schedulerConfig.map { ConfigurationFile(path: $0, registry: registry) }
        let profiles = try schedulerFile?.load() ?? SchedulerConfiguration(registry: registry)
        let estimators = schedulerOptions.estimators
        let options = server
        let limits = members.limits
        var admission = AdmissionOptions()
        admission.protectsFromDeletion = true
        admission.allowsNoExecuteTaintPolicy = allowNoExecuteTaintPolicy
        admission.enforcesFederatedQuotas = configuration.featureGates[.federatedQuotaEnforcement]
        admission.validatesComponents = configuration.featureGates[.multiplePodTemplatesScheduling]
        let catalog = ResourceCatalog.controlPlane.admitting(admission)
        let store = store
        let election = election
        try await runServer(options, catalog: catalog, publishesClusterInfo: true) {
            try await store.open(in: options.dataDirectory, logger: options.logger("store"))
        } components: { apiServer in
            let loops = ControlLoops(
                apiServer: apiServer, options: options, configuration: configuration, profiles: profiles,
                schedulerFile: schedulerFile, estimators: estimators, limits: limits)
            // Trapped before the server is ready: from then on the signal may come.
            let hangups = await UnixSignalsSequence(trapping: .sighup)
            let client = apiServer.client(as: .internalComponent("karmada-controller-manager"))
            let search = Self.addGateway(to: apiServer, client, options.logger("gateway"))
            return [
                { await search.run() },
                {
                    try await election.run(
                        sharedStore: store.isShared, client: client, logger: options.logger("leaderelection"), loops.run)
                },
                { for await _ in hangups { loops.reloadProfiles() } },
            ]
        }
    }

    /// Opens the ways through the control plane to the members.
    /// - Returns: the cache that they need, to be run.
    private static func addGateway(
        to server: APIServer, _ client: any ObjectClient, _ logger: Logger
    ) -> SearchCache {
        let proxy = ClusterProxy(clients: ImpersonatingClients(controlPlane: client, logger: logger))
        let cache = SearchCache(
            controlPlane: client, clients: HTTPMemberClients(controlPlane: client, logger: logger), logger: logger)
        server.extend(by: proxy)
        server.extend(by: SearchHandler(cache: cache))
        server.extend(by: GlobalProxy(cache: cache, clusters: proxy))
        return cache
    }
}
