import ArgumentParser
import Client
import Estimator
import Kubernetes
import Telemetry

/// Names and defaults of flags are karmada-scheduler-estimator's.
struct EstimatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "estimator",
        abstract: "Run the scheduler-estimator of a member cluster: it says how many replicas the cluster's nodes take.")

    @Option(help: "Name of the member cluster, as the control plane has it.")
    var clusterName: String

    @Option(help: "Kubeconfig of the member cluster.")
    var kubeconfig: String

    @Option(help: "The IP address to serve gRPC at.")
    var bindAddress = "0.0.0.0"

    @Option(name: [.customLong("server-port"), .customLong("grpc-port")], help: "The port to serve gRPC at; 0 picks a free one.")
    var serverPort = 10352

    @Option(help: ArgumentHelp("The certificate to serve with; without, TLS is off.", valueName: "file"))
    var grpcAuthCertFile: String?

    @Option(help: ArgumentHelp("The key of that certificate.", valueName: "file"))
    var grpcAuthKeyFile: String?

    @Option(help: ArgumentHelp("Who signs the clients' certificates.", valueName: "file"))
    var grpcClientCaFile: String?

    @Flag(help: "Let clients in that show no certificate.")
    var insecureSkipGrpcClientVerify = false

    @Option(help: ArgumentHelp("Where to show metrics over HTTP; without, nowhere.", valueName: "host:port"))
    var metricsBindAddress: ListenAddress?

    @Option(
        help: ArgumentHelp(
            "Features to switch on or off, separated by commas. An unknown name is refused with the list of all.",
            valueName: "NAME=true|false"), transform: FeatureGates.init(parsing:))
    var featureGates = FeatureGates()

    @OptionGroup var logging: LoggingOptions

    func validate() throws {
        guard (0...65535).contains(serverPort) else {
            throw ValidationError("--server-port: must be between 0 and 65535, not \(serverPort)")
        }
        guard (grpcAuthCertFile == nil) == (grpcAuthKeyFile == nil) else {
            throw ValidationError("--grpc-auth-cert-file and --grpc-auth-key-file go together")
        }
        if grpcAuthCertFile != nil, grpcClientCaFile == nil, !insecureSkipGrpcClientVerify {
            throw ValidationError("--grpc-client-ca-file: needed to verify clients, unless --insecure-skip-grpc-client-verify")
        }
    }

    func run() async throws {
        let logger = logging.logger("estimator")
        let member = try HTTPObjectClient(try Kubeconfig.load(kubeconfig).configuration(), logger: logger)
        var configuration = EstimatorServer.Configuration(cluster: clusterName)
        configuration.host = bindAddress
        configuration.port = serverPort
        configuration.checksQuotas = featureGates[.resourceQuotaEstimate]
        if let grpcAuthCertFile, let grpcAuthKeyFile {
            configuration.tls = EstimatorServer.TLS(
                certificate: grpcAuthCertFile, key: grpcAuthKeyFile,
                clientAuthority: insecureSkipGrpcClientVerify ? nil : grpcClientCaFile)
        }
        let metrics = MetricsRegistry()
        metrics.addProcessMetrics()
        let server = EstimatorServer(configuration, member: member, metrics: metrics, logger: logger)
        var components: [@Sendable () async throws -> Void] = [
            { try await server.run { announceReady("estimator \(clusterName) \($0)") } }
        ]
        if let metricsBindAddress {
            components.append { try await serveMetrics(metrics, at: metricsBindAddress, logger: logger) }
        }
        try await runUntilSignalled(components)
    }
}
