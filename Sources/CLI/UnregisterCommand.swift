import ArgumentParser
import Client
import Kubernetes
import Registration

/// `flotilla unregister`: removes a cluster that was registered in Pull mode.
struct UnregisterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unregister", abstract: "Remove a Pull mode cluster from the control plane.",
        discussion: "The agent should still run: it takes what was propagated out of the cluster. Stop it afterwards.")

    @Argument(help: ArgumentHelp("What the cluster is called.", valueName: "cluster-name"))
    var name: String

    @Option(
        name: .customLong("karmada-config"),
        help: ArgumentHelp("Kubeconfig of the control plane: an administrator's or the agent's.", valueName: "file"))
    var controlPlaneKubeconfig: String

    @Option(name: .customLong("karmada-context"), help: ArgumentHelp("The context in it to use.", valueName: "name"))
    var context: String?

    @OptionGroup var member: MemberClusterOptions

    @Option(help: ArgumentHelp("How long to wait for the cluster to be gone.", valueName: "duration"))
    var wait = GoDuration(.seconds(60))

    @Flag(name: .customLong("dry-run"), help: "Check everything and change nothing.")
    var isDryRun = false

    func validate() throws {
        try ClusterName.validate(name)
        guard member.kubeconfig != nil else {
            throw ValidationError("--cluster-kubeconfig is required: what registering left in the cluster is removed.")
        }
        guard wait.duration > .zero else { throw ValidationError("--wait \(wait) must be a positive duration, e.g. 1m0s.") }
    }

    func run() async throws {
        let controlPlane = try KubeconfigLocation.configuration(controlPlaneKubeconfig, context: context)
        let member = try KubeconfigLocation.configuration(member.kubeconfig, context: member.context)
        let removal = ClusterRemoval(name: name, syncMode: .pull, wait: wait, force: false)
        try await withClient(controlPlane) { controlPlane in
            try await removal.check(controlPlane)
            if !isDryRun { try await removal.delete(from: controlPlane) }
        }
        guard !isDryRun else { return }
        try await withClient(member) { member in
            try await ClusterRegistration(name: name, namespace: self.member.namespace).leave(member) { throw $0 }
        }
        print("cluster(\(name)) is removed")
    }
}
