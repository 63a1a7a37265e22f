import Client
import Controllers
import Kubernetes
import Logging
import NIOPosix
import Registration

/// Pull mode: registers the cluster that it runs beside, says that it is alive, and works there in the control plane's stead.
public struct Agent: Sendable {
    public struct Configuration: Sendable {
        /// The cluster's name in the control plane.
        public var cluster: String
        /// Namespace of the cluster's Secrets, in the control plane and in the member.
        public var namespace = ClusterRegistration.defaultNamespace
        /// What the Cluster says, beyond its id and Secrets: `provider`, `region`, `zones`, `apiEndpoint`, …
        public var spec: JSON = [:]
        public var reportedSecrets = Set(ClusterRegistration.ReportedSecret.allCases)
        /// `--cluster-lease-duration`
        public var leaseDuration = Duration.seconds(40)
        /// `--cluster-lease-renew-interval-fraction`, of the lease's duration: greater than 0 and less than 1.
        public var leaseRenewIntervalFraction = 0.25
        public var controllers = ControllerConfiguration()
        /// `--cert-rotation-checking-interval`
        public var rotationInterval = Duration.seconds(300)
        /// `--cert-rotation-remaining-time-threshold`: the part of its time that a certificate may have left, from 0 to 1.
        public var rotationThreshold = 0.2

        public init(cluster: String) { self.cluster = cluster }
    }

    private let configuration: Configuration
    /// Kubeconfig of the control plane: certificates in it are renewed there.
    private let controlPlane: String
    private let member: ClientConfiguration
    private let logger: Logger

    public init(
        _ configuration: Configuration, controlPlane: String, member: ClientConfiguration, logger: Logger
    ) {
        self.configuration = configuration
        self.controlPlane = controlPlane
        self.member = member
        self.logger = logger
    }

    /// Works until the task is cancelled. Waits for a control plane, or a member, that does not let it in yet.
    /// - Parameter onReady: called when the cluster is registered and its Works are known.
    /// - Throws: `ClientConfigurationError`, or `RegistrationError` where the name is another cluster's.
    public func run(onReady: @escaping @Sendable () -> Void) async throws {
        try await work(onReady: onReady)
        // Each new certificate begins anew.
        while !Task.isCancelled { try await work(onReady: {}) }
    }

    /// Works until the kubeconfig has a new certificate, or the task is cancelled.
    private func work(onReady: @escaping @Sendable () -> Void) async throws {
        let access = try await NIOThreadPool.singleton.runIfActive { [controlPlane] in
            try Kubeconfig.load(controlPlane).configuration()
        }
        let plane = try HTTPObjectClient(access, logger: logger)
        let cluster = try HTTPObjectClient(member, logger: logger)
        try await register(cluster, in: plane)
        let lease = ClusterLease(
            client: plane, cluster: configuration.cluster, duration: configuration.leaseDuration,
            renewInterval: configuration.leaseDuration * configuration.leaseRenewIntervalFraction, logger: logger)
        let rotation = CertificateRotation(
            kubeconfig: controlPlane, cluster: configuration.cluster, interval: configuration.rotationInterval,
            threshold: configuration.rotationThreshold, logger: logger)
        let manager = AgentControllerManager(
            client: plane, cluster: configuration.cluster, members: try FixedMemberClients(member, logger: logger),
            configuration: configuration.controllers, logger: logger)
        await withTaskGroup { group in
            group.addTask { await lease.run() }
            group.addTask { await manager.run(onSynced: onReady) }
            group.addTask { await rotation.run(plane) }
            // The rotation is the first to end.
            await group.next()
            group.cancelAll()
        }
    }

    private func register(_ member: any ObjectClient, in plane: any ObjectClient) async throws {
        var spec = configuration.spec
        spec["syncMode"] = "Pull"
        let registration = ClusterRegistration(name: configuration.cluster, namespace: configuration.namespace, spec: spec)
        let backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(10))
        var failures = 0
        while true {
            do {
                return try await registration.enroll(member, in: plane, reporting: configuration.reportedSecrets)
            } catch let error where !(error is CancellationError) && (error as? RegistrationError)?.isFinal != true {
                failures += 1
                logger.warning("cannot register yet: \(error)")
                try await Task.sleep(for: backoff.delay(afterFailures: failures))
            }
        }
    }
}
