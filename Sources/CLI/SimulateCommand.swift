import ArgumentParser
import Client
import Framework
import Kubernetes

/// `flotilla simulate`: where resources would go, and what would move, if something were different.
struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate", abstract: "Show where resources would go, without changing anything.",
        discussion: """
            Files may hold resources, PropagationPolicies and ClusterPropagationPolicies, and bindings that there are already. \
            Clusters, other policies and bindings come from the control plane, or with --clusters from files only. Without -f, \
            all bindings of the control plane are simulated. "Before" is where a binding is already, or would go now; "after" is \
            where it would be then, with as few replicas moved as the policy allows.
            """)

    @Option(
        name: [.customShort("f"), .customLong("filename")],
        help: ArgumentHelp("A file of policies and resources; may be repeated.", valueName: "file"))
    var files: [String] = []

    @Option(help: ArgumentHelp("Take the clusters from a file, and nothing from a control plane.", valueName: "file"))
    var clusters: String?

    @Option(
        name: .customLong("without-cluster"),
        help: ArgumentHelp("What if this cluster is gone? May be repeated.", valueName: "name"))
    var removed: [String] = []

    @Option(
        name: .customLong("without-region"),
        help: ArgumentHelp("What if this region is gone? May be repeated.", valueName: "region"))
    var removedRegions: [String] = []

    @Option(
        name: .customLong("taint"),
        help: ArgumentHelp("What if this cluster has this taint? May be repeated.", valueName: "cluster=key=value:effect"))
    var taints: [TaintOption] = []

    @Option(help: ArgumentHelp("The scheduler's profiles; without it, the default one.", valueName: "file"))
    var profile: String?

    @OptionGroup var controlPlane: ControlPlaneOptions

    @Option(name: [.short, .long], help: ArgumentHelp("The namespace of what names none.", valueName: "namespace"))
    var namespace = "default"

    @Option(name: [.short, .long], help: "Output format.")
    var output = ReportFormat.table

    func validate() throws {
        if files.isEmpty, clusters != nil {
            throw ValidationError("--clusters needs -f: there are no bindings without a control plane.")
        }
    }

    func run() async throws {
        let profiles = try SchedulerConfiguration(file: profile)
        let input = try SimulationInput(files, namespace: namespace)
        let changes = ClusterChanges(removed: removed, removedRegions: removedRegions, taints: taints)
        let world: SimulationWorld
        if let clusters {
            world = try SimulationWorld(clustersOf: clusters)
        } else {
            world = try await withClient(try controlPlane.configuration()) { try await SimulationWorld($0) }
        }
        let simulation = WhatIf(
            profiles: profiles, clusters: world.clusters, others: world.bindings.map(ResourceBinding.init), changes: changes)
        let report = SimulationReport(results: try await simulation.results(of: input.subjects(in: world)))
        print(output == .json ? report.json.prettyPrinted() : report.description)
    }
}
