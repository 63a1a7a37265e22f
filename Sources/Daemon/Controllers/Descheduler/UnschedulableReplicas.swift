import Client
import Interpreter
import Kubernetes

/// Knows how many replicas of a workload a cluster finds no node for.
public protocol UnschedulableReplicaEstimator: Sendable {
    /// - Parameter threshold: how long a pod must have been without a node to count.
    /// - Returns: nil where it cannot say.
    func unschedulableReplicas(
        of resource: ResourceBinding.ObjectReference, in cluster: String, threshold: Duration
    ) async -> Int32?
}

/// Looks at the pods themselves, through the connection to the member.
struct MemberPods: UnschedulableReplicaEstimator {
    let members: Members

    private static let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
    private static let replicaSets = GroupVersionResource(group: "apps", version: "v1", resource: "replicasets")

    func unschedulableReplicas(
        of resource: ResourceBinding.ObjectReference, in cluster: String, threshold: Duration
    ) async -> Int32? {
        guard let client = members[cluster]?.client else { return nil }
        do {
            let workload = try await client.get(Self.deployments, resource.key).decoded()
            let labels = workload.spec["selector", "matchLabels"]?.stringMap ?? [:]
            let options = ListOptions(
                namespace: resource.namespace, labelSelector: labels.map { "\($0)=\($1)" }.sorted().joined(separator: ","))
            var pods = UnschedulablePods()
            for item in try await client.list(Self.replicaSets, options).items { pods.set(replicaSet: item.decoded()) }
            for pod in try await client.list(Resource.pods, options).items { pods.set(pod: pod.decoded()) }
            let count = pods.count(ofKind: resource.kind, resource.key, before: Timestamp.now() + (.zero - threshold))
            return Int32(clamping: count)
        } catch {
            return nil
        }
    }
}
