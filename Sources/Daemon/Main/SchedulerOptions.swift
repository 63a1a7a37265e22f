import ArgumentParser
import Controllers
import Estimator
import Framework
import Kubernetes
import Plugins

/// The scheduler's flags; those that karmada-scheduler has too, with its names and defaults.
struct SchedulerOptions: ParsableArguments {
    @Option(
        help: "Scheduler profiles, as in plugin-configs/; read again on change and on SIGHUP. Without it the default profile.")
    var schedulerConfig: String?

    @Flag(help: "Propagate workloads to selected clusters that get none of the replicas, too.")
    var enableEmptyWorkloadPropagation = false

    @Flag(help: "Ask the clusters' scheduler-estimators how many replicas they take.")
    var enableSchedulerEstimator = false

    @Flag(help: "Do not ask the estimators of clusters in Pull mode.")
    var disableSchedulerEstimatorInPullMode = false

    @Option(help: "How long to wait for an estimator's answer; then the clusters' status has to do.")
    var schedulerEstimatorTimeout = GoDuration(.seconds(3))

    @Option(help: "The port of the estimators' Services.")
    var schedulerEstimatorPort = 10352

    @Option(help: "The namespace of the estimators' Services.")
    var schedulerEstimatorServiceNamespace = "karmada-system"

    @Option(help: "What the names of the estimators' Services begin with: PREFIX-CLUSTER.")
    var schedulerEstimatorServicePrefix = "karmada-scheduler-estimator"

    @Option(help: ArgumentHelp("Who signs the estimators' certificates; turns on TLS.", valueName: "file"))
    var schedulerEstimatorCaFile: String?

    @Option(help: ArgumentHelp("The certificate to show to estimators.", valueName: "file"))
    var schedulerEstimatorCertFile: String?

    @Option(help: ArgumentHelp("The key of that certificate.", valueName: "file"))
    var schedulerEstimatorKeyFile: String?

    @Flag(help: "Connect to estimators by TLS without looking at their certificates.")
    var insecureSkipEstimatorVerify = false

    func validate() throws {
        guard schedulerEstimatorTimeout.duration > .zero else {
            throw ValidationError("--scheduler-estimator-timeout: must be greater than 0, not \(schedulerEstimatorTimeout)")
        }
        guard (1...65535).contains(schedulerEstimatorPort) else {
            throw ValidationError("--scheduler-estimator-port: must be between 1 and 65535, not \(schedulerEstimatorPort)")
        }
        guard (schedulerEstimatorCertFile == nil) == (schedulerEstimatorKeyFile == nil) else {
            throw ValidationError("--scheduler-estimator-cert-file and --scheduler-estimator-key-file go together")
        }
    }

    /// The plugins that profiles can name, and those that run by default.
    func registry(_ gates: FeatureGates) -> PluginRegistry {
        var registry = PluginRegistry.inTree(gates, asksEstimatorServices: enableSchedulerEstimator)
        registry.propagatesEmptyWorkloads = enableEmptyWorkloadPropagation
        return registry
    }

    /// Nil where estimators are not to be asked.
    var estimators: EstimatorClients.Configuration? {
        guard enableSchedulerEstimator else { return nil }
        var configuration = EstimatorClients.Configuration()
        configuration.timeout = schedulerEstimatorTimeout.duration
        configuration.port = schedulerEstimatorPort
        configuration.serviceNamespace = schedulerEstimatorServiceNamespace
        configuration.servicePrefix = schedulerEstimatorServicePrefix
        configuration.skipsPullMode = disableSchedulerEstimatorInPullMode
        configuration.caFile = schedulerEstimatorCaFile
        configuration.certificateFile = schedulerEstimatorCertFile
        configuration.keyFile = schedulerEstimatorKeyFile
        configuration.skipsVerification = insecureSkipEstimatorVerify
        return configuration
    }
}

extension EstimatorClients: UnschedulableReplicaEstimator {}
