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
        try await withClient(configuration) { controlPlane in
            try await check(controlPlane)
            guard !isDryRun else { return }
            try await delete(from: controlPlane)
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

    private func check(_ controlPlane: any ObjectClient) async throws {
        guard let cluster = try await controlPlane.find(Cluster.resource, ObjectKey(name: name)) else {
            throw CommandFailure("no cluster object \(name) found in the control plane")
        }
        if cluster.decoded().spec["syncMode"]?.string == "Pull" {
            throw CommandFailure("cluster \(name) is a Pull mode member cluster: use unregister")
        }
    }

    /// Deletes the Cluster and waits until the control plane has cleaned up after it.
    private func delete(from controlPlane: any ObjectClient) async throws {
        let key = ObjectKey(name: name)
        try await controlPlane.deleteIfPresent(Cluster.resource, key)
        let deadline = ContinuousClock.now + wait.duration
        while try await controlPlane.find(Cluster.resource, key) != nil {
            guard ContinuousClock.now < deadline else {
                guard force else {
                    throw CommandFailure("cluster \(name) is not gone after \(wait); --force removes it regardless")
                }
                return try await removeFinalizers(in: controlPlane)
            }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Lets the Works and the Cluster go though nobody cleaned up in the member.
    private func removeFinalizers(in controlPlane: any ObjectClient) async throws {
        let namespace = "karmada-es-\(name)"
        for work in try await controlPlane.list(Work.resource, ListOptions(namespace: namespace)).items {
            try await remove("karmada.io/execution-controller", from: work.key, in: Work.resource, of: controlPlane)
        }
        try await remove("kubernetes", from: ObjectKey(name: namespace), in: .namespaces, of: controlPlane)
        try await remove("karmada.io/cluster-controller", from: ObjectKey(name: name), in: Cluster.resource, of: controlPlane)
    }

    private func remove(
        _ finalizer: String, from key: ObjectKey, in resource: GroupVersionResource, of client: any ObjectClient
    ) async throws(APIError) {
        do {
            try await client.modify(resource, key) { object in
                object.finalizers.removeAll { $0 == finalizer }
                return true
            }
        } catch where error.reason == .notFound {
            // Gone meanwhile.
        }
    }
}
