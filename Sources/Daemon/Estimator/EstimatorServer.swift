import Client
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Kubernetes
import Logging
import Telemetry

/// Runs beside a member cluster, or anywhere that reaches it: watches its nodes and pods, and tells schedulers how much room it
/// has, by Karmada's scheduler-estimator protocol.
public struct EstimatorServer: Sendable {
    public struct Configuration: Sendable {
        /// The cluster's name in the control plane: questions about another are refused.
        public var cluster: String
        /// An IPv4 or IPv6 address.
        public var host = "0.0.0.0"
        /// 0 for any free one.
        public var port = 10352
        /// Nil to serve without TLS.
        public var tls: TLS?
        /// `ResourceQuotaEstimate`: whether the quotas of namespaces count.
        public var checksQuotas = false

        public init(cluster: String) { self.cluster = cluster }
    }

    public struct TLS: Sendable {
        /// Paths of PEM files.
        public var certificate: String
        public var key: String
        /// Whose certificates clients have to show; nil to ask for none.
        public var clientAuthority: String?

        public init(certificate: String, key: String, clientAuthority: String?) {
            self.certificate = certificate
            self.key = key
            self.clientAuthority = clientAuthority
        }
    }

    private let configuration: Configuration
    private let member: any ObjectClient
    private let metrics: MetricsRegistry
    private let logger: Logger

    public init(
        _ configuration: Configuration, member: any ObjectClient, metrics: MetricsRegistry = MetricsRegistry(), logger: Logger
    ) {
        self.configuration = configuration
        self.member = member
        self.metrics = metrics
        self.logger = logger
    }

    /// Serves until the task is cancelled.
    /// - Parameter onReady: called with the address when the cluster's nodes and pods are known and calls are answered.
    public func run(onReady: @escaping @Sendable (String) -> Void) async throws {
        let capacity = ClusterCapacity()
        let quotas = configuration.checksQuotas ? QuotaRoom() : nil
        func informer(_ group: String, _ resource: String, _ handler: @escaping Informer.Handler) -> Informer {
            let informer = Informer(
                GroupVersionResource(group: group, version: "v1", resource: resource), client: member, logger: logger)
            informer.onChange(handler)
            return informer
        }
        var informers = [
            informer("", "nodes") { capacity.apply(node: $0) }, informer("", "pods") { capacity.apply(pod: $0) },
            informer("apps", "replicasets") { capacity.apply(replicaSet: $0) },
        ]
        if let quotas { informers.append(informer("", "resourcequotas") { quotas.apply($0) }) }
        let service = EstimatorService(
            cluster: configuration.cluster, capacity: capacity, quotas: quotas, metrics: EstimatorMetrics(metrics))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for informer in informers { group.addTask { await informer.run() } }
            let informers = informers
            group.addTask {
                for informer in informers { await informer.waitUntilSynced() }
                try await serve(service, onReady: onReady)
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }

    private func serve(_ service: EstimatorService, onReady: @escaping @Sendable (String) -> Void) async throws {
        let host = configuration.host
        let transport = HTTP2ServerTransport.Posix(
            address: host.contains(":")
                ? .ipv6(host: host, port: configuration.port) : .ipv4(host: host, port: configuration.port),
            transportSecurity: security)
        let server = GRPCServer(transport: transport, services: [service])
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await server.serve() }
            // Where there is none, serving has failed, and says why.
            if let address = try? await transport.listeningAddress {
                let port = address.ipv4?.port ?? address.ipv6?.port ?? configuration.port
                onReady(host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
            }
            try await group.next()
        }
    }

    private var security: HTTP2ServerTransport.Posix.TransportSecurity {
        guard let tls = configuration.tls else { return .plaintext }
        let chain = [TLSConfig.CertificateSource.file(path: tls.certificate, format: .pem)]
        let key = TLSConfig.PrivateKeySource.file(path: tls.key, format: .pem)
        guard let authority = tls.clientAuthority else { return .tls(certificateChain: chain, privateKey: key) }
        return .mTLS(certificateChain: chain, privateKey: key) {
            $0.trustRoots = .certificates([.file(path: authority, format: .pem)])
        }
    }
}
