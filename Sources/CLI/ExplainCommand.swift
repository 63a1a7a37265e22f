import ArgumentParser
import Client
import Framework
import Kubernetes

/// `flotilla explain`: why a resource is where it is, or nowhere.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Explain how a resource is scheduled.",
        discussion: """
            Reads the resource's binding and the clusters from the control plane, and runs the scheduling cycle that the daemon \
            would run on them now, without writing anything: what each plugin says of each cluster, the scores, the estimates, \
            the selection, and how the replicas are divided. Give the daemon's --scheduler-config as --profile.
            """)

    @OptionGroup var binding: BindingOptions

    @OptionGroup var controlPlane: ControlPlaneOptions

    @Option(help: ArgumentHelp("The scheduler's profiles; without it, the default one.", valueName: "file"))
    var profile: String?

    @Option(name: [.short, .long], help: "Output format.")
    var output = ReportFormat.table

    func run() async throws {
        let profiles = try SchedulerConfiguration(file: profile)
        let configuration = try controlPlane.configuration()
        try await withClient(configuration) { client in
            let binding = ResourceBinding(try await binding.find(client))
            let planner = Planner(profiles, over: try await client.memberClusters())
            let others = WorkloadGroup.groups(of: binding).isEmpty ? [] : try await client.bindings(in: binding.key.namespace)
            let peers = WorkloadPeers(of: binding, among: others.lazy.map(ResourceBinding.init))
            let attempts = try planner.attempts(binding, peers: peers, isExplaining: true)
            show(attempts.map { $0.explanation() }, of: binding)
        }
    }

    private func show(_ explanations: [Explanation], of binding: ResourceBinding) {
        switch output {
        case .json:
            var json: JSON = [
                "binding": ["namespace": .string(binding.key.namespace), "name": .string(binding.key.name)],
                "attempts": .array(explanations.map(\.json)),
                "clusters": .object(JSONObject(binding.spec.clusters.map { ($0.name, JSON($0.replicas)) })),
            ]
            json["suspended"] = binding.spec.suspension?.scheduling == true ? true : nil
            print(json.prettyPrinted())
        case .table:
            let resource = binding.spec.resource
            print("Binding \(binding.key) of \(resource.kind) \(resource.key), \(binding.spec.replicas) replicas")
            let targets = binding.spec.clusters.map { "\($0.name) \($0.replicas)" }.joined(separator: ", ")
            print("It is scheduled to: \(targets.isEmpty ? "nothing" : targets)")
            if let scheduled = binding.status.conditions.first(where: { $0.type == "Scheduled" }), !scheduled.message.isEmpty {
                print("Its condition Scheduled is \(scheduled.status.rawValue): \(scheduled.message)")
            }
            if binding.spec.suspension?.scheduling == true {
                print("Its scheduling is suspended: this is what would come of it.")
            }
            for explanation in explanations { print("\n\(ExplanationReport(explanation))") }
        }
    }
}
