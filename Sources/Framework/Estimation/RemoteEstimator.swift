import Kubernetes

/// Somebody outside of the process who knows how much room clusters have. Asked before a cycle, never within one.
public protocol RemoteEstimator: Sendable {
    /// Returns within a bounded time, whatever the clusters do.
    /// - Returns: by cluster, how many replicas or sets fit; clusters that did not answer are not in it.
    func estimates(_ question: EstimateQuestion) async -> [String: Int64]
}

/// What to ask of clusters about a binding.
public struct EstimateQuestion: Sendable {
    public enum Subject: Sendable {
        /// One replica's.
        case replicas(ReplicaRequirements?)
        /// Those of a set, in a namespace.
        case sets([Component], namespace: String)
    }

    public var subject: Subject
    /// By ascending name.
    public var clusters: [String]
    /// What was given to clusters a moment ago, by cluster.
    public var assumed: [String: [AssumedWorkload]]

    public init(_ subject: Subject, of clusters: [String], assuming assumed: [String: [AssumedWorkload]] = [:]) {
        self.subject = subject
        self.clusters = clusters
        self.assumed = assumed
    }
}

/// A workload that was given to a cluster, and may not run there yet.
public struct AssumedWorkload: Sendable {
    public var namespace: String
    /// A workload of one kind of pod has one.
    public var components: [Component]

    public init(namespace: String, components: [Component]) {
        self.namespace = namespace
        self.components = components
    }
}

/// Remembers what was given to clusters, so that others can be told of it.
public protocol AssumingPlugin: ReservePlugin {
    func assumedWorkloads(on cluster: String) -> [AssumedWorkload]
}

/// An estimator whose answers are those that were asked for beforehand (``BindingView/remoteEstimates``).
public protocol RemoteEstimatePlugin: EstimatePlugin {}

extension Profile {
    /// What has to be asked before the binding's cycle; nil where nobody would look at the answers.
    public func question(about binding: BindingView, over snapshot: ClusterSnapshot) -> EstimateQuestion? {
        let spec = binding.spec
        guard estimators.contains(where: { $0 is any RemoteEstimatePlugin }), spec.replicas > 0 || !spec.components.isEmpty else {
            return nil
        }
        let placement = binding.placement
        if binding.isDuplicated, placement.spreadConstraints.isEmpty, placement.clusterAffinities.isEmpty { return nil }
        let candidates = candidates(for: binding, over: snapshot)
        guard !candidates.isEmpty else { return nil }
        let countsSets = estimators.contains { $0.countsSets(of: binding) }
        let clusters = candidates.map { snapshot.names[$0] }
        var assumed: [String: [AssumedWorkload]] = [:]
        for case let plugin as any AssumingPlugin in reservePlugins {
            for cluster in clusters { assumed[cluster, default: []] += plugin.assumedWorkloads(on: cluster) }
        }
        return EstimateQuestion(
            countsSets ? .sets(spec.components, namespace: spec.resource.namespace) : .replicas(spec.replicaRequirements),
            of: clusters, assuming: assumed)
    }
}
