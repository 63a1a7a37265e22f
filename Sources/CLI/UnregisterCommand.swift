import ArgumentParser
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
        if let fault = ClusterName.fault(in: name) { throw ValidationError(fault) }
        guard member.kubeconfig != nil else {
            throw ValidationError("--cluster-kubeconfig is required: what registering left in the cluster is removed.")
        }
        try wait.validate("--wait")
    }

    func run() async throws {
        let controlPlane = try KubeconfigLocation.configuration(controlPlaneKubeconfig, context: context)
        let member = try KubeconfigLocation.configuration(member.kubeconfig, context: member.context)
        try await ClusterRemoval(
            name: name, syncMode: .pull, namespace: self.member.namespace, patience: wait.duration, force: false
        ).run(from: controlPlane, member, isDryRun: isDryRun)
    }
}
