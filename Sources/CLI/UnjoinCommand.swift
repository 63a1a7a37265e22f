import ArgumentParser
import Client
import Kubernetes
import Registration

/// `flotilla unjoin`: removes a cluster that was registered with `join`.
struct UnjoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unjoin", abstract: "Remove a cluster from the control plane.",
        discussion: """
            With --cluster-kubeconfig, what join left in the cluster itself is removed too.
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

    func validate() throws {
        guard wait.duration > .zero else { throw ValidationError("--wait \(wait) must be a positive duration, e.g. 1m0s.") }
    }

    func run() async throws {
        let configuration = try controlPlane.configuration()
        let member = try self.member.kubeconfig.map { try KubeconfigLocation.configuration($0, context: self.member.context) }
        let removal = ClusterRemoval(name: name, syncMode: .push, wait: wait, force: force)
        try await withClient(configuration) { controlPlane in
            try await removal.check(controlPlane)
            if !isDryRun { try await removal.delete(from: controlPlane) }
        }
        guard !isDryRun else { return }
        if let member {
            try await withClient(member) { member in
                try await ClusterRegistration(name: name, namespace: self.member.namespace).leave(member) { error in
                    guard force else { throw error }
                    complain("warning: \(error)")
                }
            }
        }
        print("cluster(\(name)) is removed")
    }
}
