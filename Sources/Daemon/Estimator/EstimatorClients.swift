import Client
import EstimatorProtocol
import Framework
import GRPCCore
import GRPCNIOTransportHTTP2Posix
import Kubernetes
import Logging
import Synchronization

/// The scheduler-estimators of all clusters: finds them as Karmada does, keeps a connection to each, and asks many at a time.
///
/// The estimator of a cluster is the Service `PREFIX-CLUSTER` of the control plane, of type `ExternalName`; where there is none,
/// the Service of that name in the cluster that the control plane itself runs in. One that fails is left alone for a while.
public final class EstimatorClients: RemoteEstimator {
    /// The flags of karmada-scheduler, with its defaults.
    public struct Configuration: Sendable {
        /// `--scheduler-estimator-timeout`
        public var timeout = Duration.seconds(3)
        /// `--scheduler-estimator-port`
        public var port = 10352
        /// `--scheduler-estimator-service-namespace`
        public var serviceNamespace = "karmada-system"
        /// `--scheduler-estimator-service-prefix`
        public var servicePrefix = "karmada-scheduler-estimator"
        /// `--disable-scheduler-estimator-in-pull-mode`
        public var skipsPullMode = false
        /// `--scheduler-estimator-ca-file`; TLS is used where there is one, or servers are not verified.
        public var caFile: String?
        /// `--scheduler-estimator-cert-file`
        public var certificateFile: String?
        /// `--scheduler-estimator-key-file`
        public var keyFile: String?
        /// `--insecure-skip-estimator-verify`
        public var skipsVerification = false

        public init() {}
    }

    private typealias Connection = GRPCClient<HTTP2ClientTransport.Posix>

    private struct Address: Equatable {
        var host: String
        var port: Int
    }

    private struct Entry {
        var address: Address
        var connection: Connection
        /// In a row.
        var failures = 0
        var retryAt = ContinuousClock.now
    }

    private static let services = GroupVersionResource(group: "", version: "v1", resource: "services")
    private static let backoff = Backoff(initial: .seconds(1), maximum: .seconds(30))

    private let configuration: Configuration
    private let clusters: Informer
    private let services: Informer
    private let logger: Logger
    private let queue = WorkQueue<String>()
    private let entries = Mutex<[String: Entry]>([:])
    private let connections: AsyncStream<Connection>
    private let connect: AsyncStream<Connection>.Continuation

    public init(controlPlane client: any ObjectClient, configuration: Configuration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        clusters = Informer(Cluster.resource, client: client, logger: logger)
        services = Informer(
            Self.services, client: client, options: ListOptions(namespace: configuration.serviceNamespace), logger: logger)
        (connections, connect) = AsyncStream.makeStream()
    }

    /// Keeps the connections until the task is cancelled.
    public func run() async {
        clusters.onChange { [queue] in queue.add($0.key.name) }
        services.onChange { [queue, prefix = configuration.servicePrefix + "-"] change in
            if change.key.name.hasPrefix(prefix) { queue.add(String(change.key.name.dropFirst(prefix.count))) }
        }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.clusters.run() }
            group.addTask { await self.services.run() }
            group.addTask {
                await self.clusters.waitUntilSynced()
                await self.services.waitUntilSynced()
                await self.queue.run(workers: 1) { name in
                    self.reconcile(name)
                    return .done
                }
            }
            for await connection in connections {
                group.addTask { try? await connection.runConnections() }
            }
            group.cancelAll()
        }
    }

    // MARK: Connections

    private func reconcile(_ name: String) {
        let address = address(of: name)
        let (old, isCurrent) = entries.withLock { ($0[name]?.connection, $0[name] != nil && $0[name]?.address == address) }
        if isCurrent { return }
        var entry: Entry?
        if let address {
            do {
                entry = Entry(address: address, connection: try connection(to: address))
            } catch {
                logger.error("the estimator of \(name) cannot be connected to: \(error)")
            }
        }
        entries.withLock { $0[name] = entry }
        old?.beginGracefulShutdown()
        if let entry { connect.yield(entry.connection) }
    }

    /// Where the cluster's estimator is; nil where it has none.
    private func address(of name: String) -> Address? {
        guard let cluster = clusters.get(ObjectKey(name: name)).map({ Cluster($0.decoded()) }) else { return nil }
        if cluster.spec.syncMode == .pull, configuration.skipsPullMode { return nil }
        let key = ObjectKey(namespace: configuration.serviceNamespace, name: "\(configuration.servicePrefix)-\(name)")
        guard let service = services.get(key)?.decoded() else {
            return Address(host: "\(key.name).\(key.namespace).svc.cluster.local", port: configuration.port)
        }
        guard service.spec["type"]?.string == "ExternalName", let host = service.spec["externalName"]?.string else {
            logger.warning("Service \(key): unsupported service type; an estimator's is ExternalName")
            return nil
        }
        let port = (service.spec["ports"]?.array ?? []).first { $0["port"]?.int == configuration.port }
        guard let port else {
            logger.warning("Service \(key): no service port \(configuration.port) found")
            return nil
        }
        return Address(host: host, port: port["targetPort"]?.int ?? configuration.port)
    }

    private func connection(to address: Address) throws -> Connection {
        let isLiteral = address.host.allSatisfy { $0.isNumber || $0 == "." }
        let target: any ResolvableTarget =
            isLiteral
            ? .ipv4(address: address.host, port: address.port) : .dns(host: address.host, port: address.port)
        return Connection(transport: try .http2NIOPosix(target: target, transportSecurity: security))
    }

    private var security: HTTP2ClientTransport.Posix.TransportSecurity {
        guard configuration.caFile != nil || configuration.skipsVerification else { return .plaintext }
        return .tls { tls in
            if let file = configuration.caFile { tls.trustRoots = .certificates([.file(path: file, format: .pem)]) }
            if let file = configuration.certificateFile { tls.certificateChain = [.file(path: file, format: .pem)] }
            if let file = configuration.keyFile { tls.privateKey = .file(path: file, format: .pem) }
            if configuration.skipsVerification { tls.serverCertificateVerification = .noVerification }
        }
    }

    // MARK: Questions

    public func estimates(_ question: EstimateQuestion) async -> [String: Int64] {
        await withTaskGroup(of: (String, Int64?).self) { group in
            for cluster in question.clusters {
                guard let connection = available(cluster) else { continue }
                group.addTask { [self] in
                    let answer = await ask(cluster) { options in
                        try await estimate(
                            question.subject, of: cluster, assuming: question.assumed[cluster] ?? [],
                            KarmadaEstimator.Client(wrapping: connection), options)
                    }
                    return (cluster, answer.map(Int64.init))
                }
            }
            var estimates: [String: Int64] = [:]
            for await (cluster, answer) in group { estimates[cluster] = answer }
            return estimates
        }
    }

    private func estimate(
        _ subject: EstimateQuestion.Subject, of cluster: String, assuming assumed: [AssumedWorkload],
        _ client: KarmadaEstimator.Client<HTTP2ClientTransport.Posix>, _ options: CallOptions
    ) async throws -> Int32 {
        let assumed = assumed.map(EstimatorAssumedWorkload.init)
        switch subject {
        case .replicas(let requirements):
            var request = EstimatorMaxAvailableReplicasRequest()
            request.cluster = cluster
            request.assumedWorkloads = assumed
            if let requirements { request.replicaRequirements = EstimatorReplicaRequirements(requirements) }
            return try await client.maxAvailableReplicas(request, options: options).maxReplicas
        case .sets(let components, let namespace):
            var request = EstimatorMaxAvailableComponentSetsRequest()
            request.cluster = cluster
            request.namespace = namespace
            request.components = components.map(EstimatorComponent.init)
            request.assumedWorkloads = assumed
            return try await client.maxAvailableComponentSets(request, options: options).maxSets
        }
    }

    /// How many replicas of a workload the cluster has had no node for since before a time `threshold` ago; nil where its
    /// estimator does not say.
    public func unschedulableReplicas(
        of resource: ResourceBinding.ObjectReference, in cluster: String, threshold: Duration
    ) async -> Int32? {
        guard let connection = available(cluster) else { return nil }
        var request = EstimatorUnschedulableReplicasRequest()
        request.cluster = cluster
        request.unschedulableThreshold = Int64(threshold / .nanoseconds(1))
        request.resource = .with { reference in
            reference.apiVersion = resource.apiVersion
            reference.kind = resource.kind
            reference.namespace = resource.namespace
            reference.name = resource.name
        }
        let message = request
        return await ask(cluster) { options in
            try await KarmadaEstimator.Client(wrapping: connection).getUnschedulableReplicas(message, options: options)
                .unschedulableReplicas
        }
    }

    /// The connection to a cluster's estimator, unless it failed a moment ago.
    private func available(_ cluster: String) -> Connection? {
        entries.withLock { entries in
            guard let entry = entries[cluster], entry.retryAt <= .now else { return nil }
            return entry.connection
        }
    }

    private func ask(_ cluster: String, _ call: (CallOptions) async throws -> Int32) async -> Int32? {
        var options = CallOptions.defaults
        options.timeout = configuration.timeout
        do {
            let answer = try await call(options)
            entries.withLock { $0[cluster]?.failures = 0 }
            return answer
        } catch {
            let failures = entries.withLock { entries in
                guard var entry = entries[cluster] else { return 0 }
                entry.failures += 1
                entry.retryAt = .now + Self.backoff.delay(afterFailures: entry.failures)
                entries[cluster] = entry
                return entry.failures
            }
            if failures == 1 { logger.warning("the estimator of \(cluster) does not answer: \(error)") }
            return nil
        }
    }
}
