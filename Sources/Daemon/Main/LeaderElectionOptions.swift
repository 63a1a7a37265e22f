import ArgumentParser
import Client
import Foundation
import Kubernetes
import Logging

/// The flags of leader election, with the names and defaults of karmada-controller-manager's.
struct LeaderElectionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Run scheduler and controllers in one replica at a time; without, in this one. By default with --store etcd.",
            valueName: "true|false"))
    var leaderElect: Bool?

    @Option(help: "Namespace of the lease.")
    var leaderElectResourceNamespace = "karmada-system"

    @Option(help: "Name of the lease.")
    var leaderElectResourceName = "flotillad"

    @Option(help: "How long the other replicas wait for a leader that is silent.")
    var leaderElectLeaseDuration = GoDuration(.seconds(15))

    @Option(help: "How long a leader that cannot renew its lease goes on.")
    var leaderElectRenewDeadline = GoDuration(.seconds(10))

    @Option(help: "How long to wait between attempts to get or renew the lease.")
    var leaderElectRetryPeriod = GoDuration(.seconds(2))

    func validate() throws {
        guard leaderElectLeaseDuration.duration >= .seconds(1) else {
            throw ValidationError("--leader-elect-lease-duration: must be at least 1s, not \(leaderElectLeaseDuration)")
        }
        guard leaderElectLeaseDuration.duration > leaderElectRenewDeadline.duration else {
            throw ValidationError("--leader-elect-lease-duration: must be greater than --leader-elect-renew-deadline")
        }
        // As client-go, whose attempts are up to a fifth late.
        guard leaderElectRenewDeadline.duration > leaderElectRetryPeriod.duration * 1.2, leaderElectRetryPeriod.duration > .zero else {
            throw ValidationError("--leader-elect-renew-deadline: must be greater than 1.2 times --leader-elect-retry-period")
        }
    }

    /// Runs `work` as long as this replica leads, or always where there is no election.
    func run(
        sharedStore: Bool, client: any ObjectClient, logger: Logger, _ work: @escaping @Sendable (Leadership?) async throws -> Void
    ) async throws {
        guard leaderElect ?? sharedStore else { return try await work(nil) }
        var configuration = LeaderElector.Configuration(
            namespace: leaderElectResourceNamespace, name: leaderElectResourceName,
            identity: "\(ProcessInfo.processInfo.hostName)_\(UUID().uuidString.lowercased())")
        configuration.leaseDuration = leaderElectLeaseDuration.duration
        configuration.renewDeadline = leaderElectRenewDeadline.duration
        configuration.retryPeriod = leaderElectRetryPeriod.duration
        let elector = LeaderElector(client: client, configuration: configuration, logger: logger) {
            // Two replicas must not work at a time, so this one ends.
            Foundation.exit(1)
        }
        try await elector.run(work)
    }
}
