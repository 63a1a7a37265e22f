import ArgumentParser
import Client
import Kubernetes

/// Where a command looks: in the control plane, in members through it, or in both.
struct ClusterScopeOptions: ParsableArguments {
    enum Scope: String, ExpressibleByArgument, CaseIterable { case karmada, members, all }

    @Option(
        name: [.customShort("s"), .customLong("operation-scope")],
        help: "karmada for the control plane, members for the clusters, all for both; members where clusters are named.")
    var scope: Scope?

    @Option(
        name: [.customShort("C"), .customLong("clusters"), .customLong("cluster")],
        help: ArgumentHelp("Only these clusters, separated by commas.", valueName: "cluster,…"))
    var clusters: String?

    @Flag(help: "All clusters, the control plane not among them.")
    var allClusters = false

    func validate() throws {
        if allClusters, clusters != nil { throw ValidationError("--all-clusters and --clusters exclude each other.") }
        if scope == .karmada, allClusters || clusters != nil {
            throw ValidationError("--operation-scope karmada excludes clusters.")
        }
    }

    private var names: [String]? { clusters.map { $0.split(separator: ",").map(String.init) } }

    /// The places that are meant, the control plane first.
    func places(in controlPlane: ClientConfiguration) async throws -> [Place] {
        let scope = scope ?? (allClusters || clusters != nil ? .members : .karmada)
        var places = scope == .members ? [] : [Place(cluster: nil, configuration: controlPlane)]
        guard scope != .karmada else { return places }
        let known = try await withClient(controlPlane) { try await $0.memberClusters().map(\.name).sorted() }
        for name in names ?? known {
            guard known.contains(name) else { throw CommandFailure("clusters.cluster.karmada.io \"\(name)\" not found") }
            places.append(.member(name, of: controlPlane))
        }
        return places
    }

    /// The one place that is meant, for commands that work in one only.
    func place(in controlPlane: ClientConfiguration) async throws -> Place {
        let places = try await places(in: controlPlane)
        guard let place = places.first, places.count == 1 else {
            throw CommandFailure("must specify one cluster, with --cluster")
        }
        return place
    }
}

/// A control plane, or a member of it.
struct Place: Sendable {
    /// Nil for the control plane itself.
    var cluster: String?
    var configuration: ClientConfiguration

    /// A member, by its proxy in the control plane.
    static func member(_ cluster: String, of controlPlane: ClientConfiguration) -> Place {
        var configuration = controlPlane
        configuration.server = "\(controlPlane.server)/apis/cluster.karmada.io/v1alpha1/clusters/\(cluster)/proxy"
        return Place(cluster: cluster, configuration: configuration)
    }

    /// As tables name it.
    var title: String { cluster ?? "Karmada" }
}
