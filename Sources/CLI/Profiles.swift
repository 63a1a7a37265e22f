import ArgumentParser
import Framework
import Kubernetes
import Plugins

/// How reports are printed.
enum ReportFormat: String, ExpressibleByArgument, CaseIterable { case table, json }

extension SchedulerConfiguration {
    /// - Parameter path: nil for the defaults.
    init(file path: String?) throws {
        if let path {
            try self.init(parsing: try LineReader(path).rest(), file: path, registry: .inTree)
        } else {
            try self.init(registry: .inTree)
        }
    }
}

/// Schedules bindings as the daemon would, over clusters as they are given.
struct Planner {
    private let configuration: SchedulerConfiguration
    private let snapshot: ClusterSnapshot
    private let placements = PlacementCache()

    init(_ configuration: SchedulerConfiguration, over clusters: [Cluster]) {
        self.configuration = configuration
        var cache = ClusterCache(clusters)
        snapshot = cache.snapshot()
    }

    /// All attempts, one a group of clusters that was tried; the successful one is the last.
    /// - Parameter peers: where the other workloads of its affinity groups are.
    func attempts(
        _ binding: ResourceBinding, peers: WorkloadPeers, isExplaining: Bool = false
    ) throws(CommandFailure) -> [Attempt] {
        guard let profile = configuration.profile(named: binding.spec.schedulerName) else {
            throw CommandFailure(
                "binding \(binding.key): there is no scheduler profile named \(binding.spec.schedulerName); --profile names the "
                    + "file that has it")
        }
        let view = BindingView(binding, placements: placements, peers: peers)
        return profile.schedule(view, over: snapshot, isExplaining: isExplaining)
    }

    /// What comes of it.
    func outcome(_ binding: ResourceBinding, peers: WorkloadPeers) throws(CommandFailure) -> Outcome {
        let attempts = try attempts(binding, peers: peers)
        if case .success(let decision)? = attempts.last?.result { return .scheduled(decision) }
        // Where no group takes it, the first tells why.
        return .unschedulable(attempts.first?.failureSummary ?? "")
    }

    enum Outcome: Equatable {
        case scheduled(Decision)
        case unschedulable(String)

        var clusters: [TargetCluster] {
            if case .scheduled(let decision) = self { decision.clusters } else { [] }
        }

        var json: JSON {
            switch self {
            case .scheduled(let decision):
                ["clusters": .object(JSONObject(decision.clusters.map { ($0.name, JSON($0.replicas)) }))]
            case .unschedulable(let message): ["unschedulable": .string(message)]
            }
        }
    }
}
