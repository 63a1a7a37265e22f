import APIServer
import ArgumentParser
import Controllers
import FoundationEssentials
import Framework
import Interpreter
import Plugins
import Scheduler

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run a control plane: API server, store, scheduler and controllers.")

    @OptionGroup var server: ServerOptions

    @Option(help: "sqlite keeps objects in the data directory, memory nowhere.")
    var store = StoreKind.sqlite

    @Option(help: "Scheduler profiles, as in plugin-configs/; without it the default profile.")
    var schedulerConfig: String?

    @Flag(help: "Admit ClusterTaintPolicies with the effect NoExecute, which evicts workloads that do not tolerate it.")
    var allowNoExecuteTaintPolicy = false

    @OptionGroup(title: "Controllers") var controllers: ControllerOptions

    func run() async throws {
        let registry = PluginRegistry.inTree
        let profiles = try schedulerConfiguration(registry)
        let configuration = controllers.configuration
        let options = server
        var admission = AdmissionOptions()
        admission.allowsNoExecuteTaintPolicy = allowNoExecuteTaintPolicy
        let catalog = ResourceCatalog.controlPlane.admitting(admission)
        try await runServer(options, store: store, catalog: catalog) { apiServer in
            let client = apiServer.client(as: .internalComponent("karmada-controller-manager"))
            let logger = options.logger("controllers")
            let manager = try ControllerManager(
                client: client, members: HTTPMemberClients(controlPlane: client, logger: logger), interpreter: Interpreter(),
                configuration: configuration, logger: logger)
            let scheduler = SchedulerService(
                client: apiServer.client(as: .internalComponent("karmada-scheduler")), profiles: profiles,
                logger: options.logger("scheduler"))
            return [{ await manager.run() }, { await scheduler.run() }]
        }
    }

    private func schedulerConfiguration(_ registry: PluginRegistry) throws -> SchedulerConfiguration {
        guard let schedulerConfig else { return try SchedulerConfiguration(registry: registry) }
        guard let bytes = FileManager.default.contents(atPath: schedulerConfig) else {
            throw ValidationError("--scheduler-config: cannot read \(schedulerConfig)")
        }
        return try SchedulerConfiguration(parsing: Array(bytes), file: schedulerConfig, registry: registry)
    }
}
