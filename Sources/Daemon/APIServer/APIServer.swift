import Client
import HummingbirdCore
import Kubernetes
import Logging
import NIOSSL
import Store
import Synchronization
import Telemetry

/// A Kubernetes API server over an object store.
///
/// It has a certificate authority of its own, which it makes on the first start; `admin.kubeconfig` in its data directory lets
/// `kubectl` in. Controllers in the same process use `client(as:)`.
public final class APIServer: Sendable {
    public struct Configuration: Sendable {
        public var host: String
        /// 0 for any free one.
        public var port: Int
        /// Holds keys and certificates; made where it is missing.
        public var dataDirectory: String
        /// Names and addresses, beyond this machine's own, by which clients reach the server.
        public var additionalNames: [String]
        /// How many requests that only read, and that change something, are worked on at a time.
        public var maximumRequests = 400
        public var maximumMutatingRequests = 200
        /// Nil for no audit log.
        public var audit: AuditLog.Configuration?
        /// Whether clusters may register with bootstrap tokens: they learn from `kube-public/cluster-info` whom to trust.
        public var publishesClusterInfo = false
        /// Reads the keys that all replicas on the same store have in common; nil where there is but one.
        public var sharedKeys: (@Sendable () async throws -> ControlPlaneKeys?)?

        public init(host: String = "127.0.0.1", port: Int = 6443, dataDirectory: String, additionalNames: [String] = []) {
            self.host = host
            self.port = port
            self.dataDirectory = dataDirectory
            self.additionalNames = additionalNames
        }
    }

    private let configuration: Configuration
    private let logger: Logger
    private let directory: DataDirectory
    let authority: CertificateAuthority
    let authorizer: Authorizer
    /// What `/metrics` shows: of the server itself, and of all that register theirs.
    public let metrics: MetricsRegistry
    private let tokens: ServiceAccountTokens
    let objects: ObjectService
    private let webhooks: AdmissionWebhooks
    private let audit: AuditLog?
    private let customResources: CustomResourceController
    private let extensions = Mutex<[any RequestExtension]>([])

    /// Prepares keys and certificates and the objects that every cluster has; listens only when it is run.
    /// - Parameter metrics: what `/metrics` shows, the server's own metrics among them.
    /// - Throws: `APIServerError`, or what reading the data directory or writing to the store fails with.
    public init(
        store: any ObjectStore, catalog: ResourceCatalog, configuration: Configuration,
        metrics: MetricsRegistry = MetricsRegistry(), logger: Logger
    ) async throws {
        self.configuration = configuration
        self.metrics = metrics
        self.logger = logger
        directory = try DataDirectory(path: configuration.dataDirectory)
        audit = try configuration.audit.map { try AuditLog($0, metrics, logger: logger) }
        authority = try CertificateAuthority(in: directory)
        tokens = try await ServiceAccountTokens(in: directory, sharedKeys: configuration.sharedKeys) { store.get($0, $1) }
        let behaviors = KindBehaviors(
            services: try ServiceAllocator(store: store), tokens: tokens, store: store, certificateAuthority: authority.pem)
        authorizer = Authorizer(store: store)
        webhooks = AdmissionWebhooks(store: store, logger: logger)
        objects = ObjectService(
            store: store, liveCatalog: LiveCatalog(catalog), behaviors: behaviors,
            admission: Admission(privileges: Privileges(authorizer: authorizer), webhooks: webhooks))
        customResources = CustomResourceController(objects: objects, logger: logger)
        try customResources.load()
        try await objects.createBootstrapObjects()
        try authorizer.load()
        try webhooks.load()
    }

    /// Reads and writes without HTTP, with the rights of `user`.
    public func client(as user: UserInfo) -> any ObjectClient {
        LocalClient(objects: objects, authorizer: authorizer, user: user)
    }

    /// Has requests answered by `handler` that are its. To be called before `run`.
    public func extend(by handler: any RequestExtension) { extensions.withLock { $0.append(handler) } }

    /// Serves until the task is cancelled; then ends watches, lets requests under way finish, and returns within five seconds.
    /// - Parameter onReady: receives the URL when connections are accepted and `admin.kubeconfig` is written.
    public func run(onReady: @escaping @Sendable (String) -> Void) async throws {
        // Requests under way are written down too, so the audit log ends after all else.
        let auditing = Task { [audit] in await audit?.run() }
        let failure: (any Error)?
        do {
            try await serve(onReady: onReady)
            failure = nil
        } catch {
            failure = error
        }
        auditing.cancel()
        await auditing.value
        if let failure { throw failure }
    }

    private func serve(onReady: @escaping @Sendable (String) -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.authorizer.run() }
            group.addTask { await self.webhooks.run() }
            group.addTask { await self.objects.behaviors.services.run(self.objects.store) }
            group.addTask { await self.customResources.run() }
            group.addTask { try await self.listen(onReady: onReady) }
            defer { group.cancelAll() }
            // The others end only when they are cancelled or the store is closed.
            try await group.next()
        }
    }

    /// Empties namespaces, collects garbage, signs certificates and sums up roles until the task is cancelled: the part of the work
    /// that one of several servers on the same store does.
    /// - Parameter leadership: the time for which this server may do it; nil for always.
    public func runControllers(_ leadership: Leadership? = nil) async {
        let objects = leadership.map { self.objects.fenced(by: $0) } ?? self.objects
        await withDiscardingTaskGroup { group in
            group.addTask { await NamespaceController(objects: objects, logger: self.logger).run() }
            group.addTask { await GarbageCollector(objects: objects, logger: self.logger).run() }
            group.addTask { await self.runCertificateSigning(objects) }
            group.addTask { await RoleAggregationController(objects: objects, logger: self.logger).run() }
            group.addTask { await BootstrapTokenCleaner(objects: objects, logger: self.logger).run() }
        }
    }

    func runCertificateSigning(_ objects: ObjectService) async {
        await CertificateSigningController(objects: objects, authority: authority, logger: logger).run()
    }

    private func listen(onReady: @escaping @Sendable (String) -> Void) async throws {
        let serving = try authority.credential(named: "apiserver", for: .server(names: servedNames), in: directory)
        let admin = try authority.credential(named: "admin", for: AdminKubeconfig.purpose, in: directory)
        var tls = TLSConfiguration.makeServerConfiguration(
            certificateChain: [.certificate(try NIOSSLCertificate(bytes: Array(serving.certificatePEM.utf8), format: .pem))],
            privateKey: .privateKey(try NIOSSLPrivateKey(bytes: Array(serving.keyPEM.utf8), format: .pem)))
        tls.certificateVerification = .optionalVerification
        tls.trustRoots = .certificates([try NIOSSLCertificate(bytes: Array(authority.pem.utf8), format: .pem)])
        tls.minimumTLSVersion = .tlsv12

        let identities = ConnectionIdentities()
        let watches = WatchSessions()
        let connections = SwitchedConnections()
        addMetrics(watches, connections)
        let authenticator = Authenticator(accountTokens: tokens, bootstrapTokens: BootstrapTokens(store: objects.store))
        let reviews = Reviews(authorizer: authorizer, authenticator: authenticator)
        let flowControl = FlowControl(
            .init(readOnly: configuration.maximumRequests, mutating: configuration.maximumMutatingRequests), metrics)
        let documents = ServerDocuments(
            catalog: objects.liveCatalog, store: objects.store, accountTokens: tokens, metrics: metrics, watches: watches)
        let handler = RequestHandler(
            authenticator: authenticator, authorizer: authorizer,
            resources: ResourceHandler(objects: objects, accountTokens: tokens, reviews: reviews),
            documents: documents, backups: StoreBackups(store: objects.store, directory: directory), identities: identities,
            watches: watches, connections: connections, metrics: RequestMetrics(metrics), flowControl: flowControl, audit: audit,
            extensions: extensions.withLock { $0 }, logger: logger)
        let listener = HTTPListener(host: configuration.host, port: configuration.port, tls: tls, logger: logger)
        try await listener.run(
            identities: identities,
            onReady: { port in
                let url = "https://\(self.urlHost):\(port)"
                documents.setAddress(url)
                let kubeconfig = AdminKubeconfig(server: url, certificateAuthorityPEM: self.authority.pem, credential: admin)
                do {
                    try self.directory.write("admin.kubeconfig", kubeconfig.text, mode: 0o600)
                    if self.configuration.publishesClusterInfo {
                        try await ClusterInfo(
                            objects: self.objects, url: url, certificateAuthorityPEM: self.authority.pem
                        ).publish()
                    }
                    onReady(url)
                } catch {
                    self.logger.critical("cannot publish how to reach the server: \(error)")
                }
            },
            onShutdown: {
                watches.endAll()
                connections.endAll()
            },
            respond: { request, writer, channel in try await handler.respond(to: request, writer, channel) })
    }

    private func addMetrics(_ watches: WatchSessions, _ connections: SwitchedConnections) {
        metrics.addProcessMetrics()
        metrics.gauge("apiserver_longrunning_requests", "Requests that stay open.", labels: ["verb"]) {
            [(["WATCH"], Double(watches.count)), (["CONNECT"], Double(connections.count))]
        }
        let store = objects.store
        metrics.counter("flotilla_store_revision", "The revision of the latest write.") { Double(store.revision) }
    }

    private static let wildcardAddresses: Set<String> = ["0.0.0.0", "::", ""]

    /// Where clients on this machine find the server.
    private var urlHost: String {
        if Self.wildcardAddresses.contains(configuration.host) { return "127.0.0.1" }
        return configuration.host.contains(":") ? "[\(configuration.host)]" : configuration.host
    }

    private var servedNames: Set<String> {
        var names: Set<String> = [
            "localhost", "127.0.0.1", "::1", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ]
        if let name = IPAddress.hostName { names.insert(name) }
        if !Self.wildcardAddresses.contains(configuration.host) { names.insert(configuration.host) }
        return names.union(configuration.additionalNames)
    }
}
