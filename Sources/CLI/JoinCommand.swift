import ArgumentParser
import Client
import Kubernetes
import Registration

/// `flotilla join`: registers a cluster that the control plane reaches itself (Push mode).
struct JoinCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "join", abstract: "Register a cluster to the control plane with Push mode.")

    @Argument(help: ArgumentHelp("What the cluster is to be called.", valueName: "cluster-name"))
    var name: String

    @OptionGroup var controlPlane: ControlPlaneOptions
    @OptionGroup var member: MemberClusterOptions

    @Option(
        name: .customLong("cluster-provider"),
        help: ArgumentHelp("Provider of the joining cluster, by which workloads can be spread.", valueName: "provider"))
    var provider: String?

    @Option(
        name: .customLong("cluster-region"),
        help: ArgumentHelp("The region of the joining cluster, by which workloads can be spread.", valueName: "region"))
    var region: String?

    @Option(
        name: .customLong("cluster-zones"),
        help: ArgumentHelp("The zones of the joining cluster, separated by commas; may be repeated.", valueName: "zone,…"))
    var zones: [String] = []

    @Flag(name: .customLong("dry-run"), help: "Check everything and change nothing.")
    var isDryRun = false

    func validate() throws {
        if let fault = ClusterName.fault(in: name) { throw ValidationError(fault) }
    }

    func run() async throws {
        let controlPlane = try controlPlane.configuration()
        let member = try KubeconfigLocation.configuration(self.member.kubeconfig, context: self.member.context)
        try await withClient(controlPlane) { controlPlane in
            try await withClient(member) { cluster in
                try await registration(member).join(cluster, to: controlPlane, isDryRun: isDryRun)
            }
        }
        print(isDryRun ? dryRunNotice : "cluster(\(name)) is joined successfully")
    }

    private func registration(_ member: ClientConfiguration) -> ClusterRegistration {
        var spec: JSON = ["syncMode": "Push", "apiEndpoint": .string(member.server)]
        spec["provider"] = provider.map(JSON.string)
        spec["region"] = region.map(JSON.string)
        let zones = zones.flatMap { $0.split(separator: ",").map(String.init) }
        if !zones.isEmpty { spec["zones"] = JSON(zones) }
        if member.insecureSkipTLSVerify { spec["insecureSkipTLSVerification"] = true }
        spec["proxyURL"] = member.proxyURL.map(JSON.string)
        return ClusterRegistration(name: name, namespace: self.member.namespace, spec: spec)
    }
}
