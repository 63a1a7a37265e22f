import Agent
import ArgumentParser
import Client
import Controllers
import Kubernetes
import Registration

/// Names and defaults of flags are karmada-agent's, but for the kubeconfigs'.
struct AgentCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agent",
        abstract: "Run the agent of a member cluster (Pull mode): it fetches the cluster's work from the control plane.")

    @Option(help: "Name of the member cluster that the agent serves.")
    var clusterName: String

    @Option(help: "Kubeconfig of the control plane.")
    var controlPlaneKubeconfig: String

    @Option(help: "Kubeconfig of the member cluster.")
    var memberKubeconfig: String

    @Option(help: "Namespace of the cluster's Secrets, in the control plane and in the member.")
    var clusterNamespace = ClusterRegistration.defaultNamespace

    @Option(help: "Where the control plane's proxy finds the cluster's API server; without, where the agent does.")
    var clusterApiEndpoint: String?

    @Option(help: "Address of a proxy through which the control plane reaches the cluster.")
    var proxyServerAddress: String?

    @Option(help: "Provider of the cluster, by which workloads can be spread.")
    var clusterProvider: String?

    @Option(help: "Region of the cluster, by which workloads can be spread.")
    var clusterRegion: String?

    @Option(help: "Zones of the cluster, separated by commas.")
    var clusterZones = CommaSeparated([])

    @Option(help: "Secrets that the control plane gets: KubeCredentials, KubeImpersonator, both separated by a comma, or None.")
    var reportSecrets = ReportedSecrets(ClusterRegistration.ReportedSecret.allCases)

    @Option(help: "How often the cluster is probed and its status written.")
    var clusterStatusUpdateFrequency = GoDuration(.seconds(10))

    @Option(help: "How long the cluster must be well before it counts as ready again.")
    var clusterSuccessThreshold = GoDuration(.seconds(30))

    @Option(help: "How long the cluster must be unwell before it counts as not ready.")
    var clusterFailureThreshold = GoDuration(.seconds(30))

    @Option(help: "For how long a renewal of the cluster's lease counts.")
    var clusterLeaseDuration = GoDuration(.seconds(40))

    @Option(help: "After what part of its duration the cluster's lease is renewed.")
    var clusterLeaseRenewIntervalFraction = 0.25

    @Option(help: "How often the agent looks whether its certificate must be renewed.")
    var certRotationCheckingInterval = GoDuration(.seconds(300))

    @Option(help: "The part of its time that the agent's certificate may have left when it is renewed.")
    var certRotationRemainingTimeThreshold = 0.2

    @Option(
        help: ArgumentHelp(
            "Sum up the nodes and pods of the cluster in its status; without, replicas are not estimated.",
            valueName: "true|false"))
    var enableClusterResourceModeling = true

    @Option(
        help: ArgumentHelp(
            "Features to switch on or off, as in the control plane: MultiClusterService, for the agent.",
            valueName: "NAME=true|false"), transform: FeatureGates.init(parsing:))
    var featureGates = FeatureGates()

    @OptionGroup var limits: MemberLimitOptions

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        if let fault = ClusterName.fault(in: clusterName) { throw ValidationError("--cluster-name: \(fault)") }
        for (name, value) in [
            ("cluster-status-update-frequency", clusterStatusUpdateFrequency), ("cluster-lease-duration", clusterLeaseDuration),
            ("cluster-failure-threshold", clusterFailureThreshold), ("cluster-success-threshold", clusterSuccessThreshold),
            ("cert-rotation-checking-interval", certRotationCheckingInterval),
        ] where value.duration <= .zero {
            throw ValidationError("--\(name): must be greater than 0, not \(value)")
        }
        guard clusterLeaseRenewIntervalFraction > 0, clusterLeaseRenewIntervalFraction < 1 else {
            throw ValidationError("--cluster-lease-renew-interval-fraction: must be greater than 0 and less than 1")
        }
        guard (0...1).contains(certRotationRemainingTimeThreshold) else {
            throw ValidationError("--cert-rotation-remaining-time-threshold: must be between 0 and 1")
        }
    }

    func run() async throws {
        // Whatever is wrong with it is said at once.
        _ = try Kubeconfig.load(controlPlaneKubeconfig).configuration()
        var member = try Kubeconfig.load(memberKubeconfig).configuration()
        limits.limits.apply(to: &member)
        let agent = Agent(
            agentConfiguration(member), controlPlane: controlPlaneKubeconfig, member: member, logger: logging.logger("agent"))
        try await runUntilSignalled([{ try await agent.run { announceReady("agent \(clusterName)") } }])
    }

    private func agentConfiguration(_ member: ClientConfiguration) -> Agent.Configuration {
        var configuration = Agent.Configuration(cluster: clusterName)
        configuration.namespace = clusterNamespace
        configuration.reportedSecrets = reportSecrets.secrets
        configuration.leaseDuration = clusterLeaseDuration.duration
        configuration.leaseRenewIntervalFraction = clusterLeaseRenewIntervalFraction
        configuration.rotationInterval = certRotationCheckingInterval.duration
        configuration.rotationThreshold = certRotationRemainingTimeThreshold
        configuration.controllers.clusterStatusUpdateFrequency = clusterStatusUpdateFrequency.duration
        configuration.controllers.clusterSuccessThreshold = clusterSuccessThreshold.duration
        configuration.controllers.clusterFailureThreshold = clusterFailureThreshold.duration
        configuration.controllers.enableClusterResourceModeling = enableClusterResourceModeling
        configuration.controllers.featureGates = featureGates
        configuration.spec = ["apiEndpoint": .string(clusterApiEndpoint ?? member.server)]
        configuration.spec["proxyURL"] = (proxyServerAddress ?? member.proxyURL).map(JSON.string)
        configuration.spec["provider"] = clusterProvider.map(JSON.string)
        configuration.spec["region"] = clusterRegion.map(JSON.string)
        if !clusterZones.items.isEmpty { configuration.spec["zones"] = JSON(clusterZones.items) }
        if member.insecureSkipTLSVerify { configuration.spec["insecureSkipTLSVerification"] = true }
        return configuration
    }
}

/// `KubeCredentials,KubeImpersonator`, or `None`.
struct ReportedSecrets: ExpressibleByArgument {
    var secrets: Set<ClusterRegistration.ReportedSecret>

    init(_ secrets: some Sequence<ClusterRegistration.ReportedSecret>) { self.secrets = Set(secrets) }

    init?(argument: String) {
        secrets = []
        guard argument != "None" else { return }
        for item in argument.split(separator: ",") {
            guard let secret = ClusterRegistration.ReportedSecret(rawValue: String(item)) else { return nil }
            secrets.insert(secret)
        }
    }

    var defaultValueDescription: String {
        secrets.isEmpty ? "None" : secrets.map(\.rawValue).sorted().joined(separator: ",")
    }
}
