import ArgumentParser
import Kubernetes
import Registration

/// `flotilla unjoin`: removes a cluster that was registered with `join`.
struct UnjoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unjoin", abstract: "Remove a cluster from the control plane.",
        discussion: """
            With --cluster-kubeconfig, what join left in the cluster itself is removed too; also where the control plane does \
            not know the cluster any more.
            """)

    @Argument(help: ArgumentHelp("What the cluster is called.", valueName: "cluster-name"))
    var name: String

    @OptionGroup var controlPlane: ControlPlaneOptions
    @OptionGroup var member: MemberClusterOptions

    @Flag(
        help: """
            Remove the cluster even where what was propagated to it cannot be cleaned up within the time to wait: that stays in \
            the cluster then.
            """)
    var force = false

    @Option(help: ArgumentHelp("How long to wait for the cluster to be gone.", valueName: "duration"))
    var wait = GoDuration(.seconds(60))

    @Flag(name: .customLong("dry-run"), help: "Check everything and change nothing.")
    var isDryRun = false

    func validate() throws { try wait.validate("--wait") }

    func run() async throws {
        let controlPlane = try controlPlane.configuration()
        let member = try self.member.kubeconfig.map { try KubeconfigLocation.configuration($0, context: self.member.context) }
        try await ClusterRemoval(
            name: name, syncMode: .push, namespace: self.member.namespace, patience: wait.duration, force: force
        ).run(from: controlPlane, member, isDryRun: isDryRun)
    }
}
