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
        if names?.contains("") ?? false { throw ValidationError("--clusters: the name of a cluster must not be empty.") }
    }

    /// For commands about pods, which the control plane has none of.
    func requirePlace() throws {
        guard scope == nil, clusters == nil, !allClusters else { return }
        throw ValidationError(
            "name the pod's cluster with --cluster (or give --operation-scope karmada, for one that the kubeconfig leads to).")
    }

    private var names: [String]? {
        clusters.map { $0.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    }

    /// The places that are meant, the control plane first.
    func places(in controlPlane: ClientConfiguration) async throws -> [Place] {
        let scope = scope ?? (allClusters || clusters != nil ? .members : .karmada)
        var places = scope == .members ? [] : [Place(cluster: nil, configuration: controlPlane)]
        if scope != .karmada { places += try await members(in: controlPlane) }
        return places
    }

    /// The members that are meant; all where none is named.
    func members(in controlPlane: ClientConfiguration) async throws -> [Place] {
        let known = try await withClient(controlPlane) { try await $0.memberClusters().map(\.name).sorted() }
        return try (names ?? known).map { name in
            guard known.contains(name) else { throw CommandFailure("clusters.cluster.karmada.io \"\(name)\" not found") }
            return .member(name, of: controlPlane)
        }
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

extension [Place] {
    /// Asks all places at the same time.
    private func outcomes<Answer: Sendable>(
        _ ask: @escaping @Sendable (Place) async throws -> Answer
    ) async -> [(Place, Result<Answer, any Error>)] {
        await withTaskGroup(of: (Int, Result<Answer, any Error>).self) { group in
            for (index, place) in enumerated() {
                group.addTask {
                    do {
                        return (index, .success(try await ask(place)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var outcomes: [Int: Result<Answer, any Error>] = [:]
            for await (index, outcome) in group { outcomes[index] = outcome }
            return enumerated().compactMap { index, place in outcomes[index].map { (place, $0) } }
        }
    }

    /// What the places answer. One that does not answer hides nothing of the others: it is complained about.
    func answers<Answer: Sendable>(_ ask: @escaping @Sendable (Place) async throws -> Answer) async throws -> [Answer] {
        var answers: [Answer] = []
        for (place, outcome) in await outcomes(ask) {
            switch outcome {
            case .success(let answer): answers.append(answer)
            case .failure(let error) where count > 1: complain("error: \(place.title): \(error)")
            case .failure(let error): throw error
            }
        }
        return answers
    }
}
