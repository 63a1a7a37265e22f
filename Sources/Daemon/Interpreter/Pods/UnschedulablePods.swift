import Kubernetes

/// The pods of a cluster that its scheduler finds no node for, by the workload that they belong to. Kept as pods and ReplicaSets
/// come and go.
public struct UnschedulablePods: Sendable {
    /// A workload, or what it makes of itself: the controller that owns pods.
    private struct Owner: Hashable {
        var namespace: String
        var kind: String
        var name: String

        init?(of object: Object) {
            guard let reference = object.controller else { return nil }
            namespace = object.namespace
            kind = reference.kind
            name = reference.name
        }

        init(_ kind: String, _ key: ObjectKey) {
            namespace = key.namespace
            self.kind = kind
            name = key.name
        }
    }

    private struct ReplicaSet {
        var owner: Owner
        /// `deployment.kubernetes.io/revision`
        var revision: Int64
    }

    /// By pod: its owner, and since when it waits for a node.
    private var pods: [ObjectKey: (owner: Owner, since: Timestamp)] = [:]
    private var podsByOwner: [Owner: Set<ObjectKey>] = [:]
    private var replicaSets: [ObjectKey: ReplicaSet] = [:]
    private var replicaSetsByOwner: [Owner: Set<ObjectKey>] = [:]

    public init() {}

    public mutating func set(pod: Object) {
        remove(pod: pod.key)
        guard let owner = Owner(of: pod), let since = Self.unschedulableSince(pod) else { return }
        pods[pod.key] = (owner, since)
        podsByOwner[owner, default: []].insert(pod.key)
    }

    public mutating func remove(pod key: ObjectKey) {
        guard let old = pods.removeValue(forKey: key) else { return }
        podsByOwner[old.owner]?.remove(key)
        if podsByOwner[old.owner]?.isEmpty == true { podsByOwner[old.owner] = nil }
    }

    public mutating func set(replicaSet: Object) {
        remove(replicaSet: replicaSet.key)
        guard let owner = Owner(of: replicaSet) else { return }
        let revision = replicaSet.annotations["deployment.kubernetes.io/revision"].flatMap { Int64($0) } ?? 0
        replicaSets[replicaSet.key] = ReplicaSet(owner: owner, revision: revision)
        replicaSetsByOwner[owner, default: []].insert(replicaSet.key)
    }

    public mutating func remove(replicaSet key: ObjectKey) {
        guard let old = replicaSets.removeValue(forKey: key) else { return }
        replicaSetsByOwner[old.owner]?.remove(key)
        if replicaSetsByOwner[old.owner]?.isEmpty == true { replicaSetsByOwner[old.owner] = nil }
    }

    /// How many pods of a workload have been waiting for a node since before `time`. Of a Deployment, those of its latest
    /// revision; of any other kind, those that it owns itself.
    public func count(ofKind kind: String, _ key: ObjectKey, before time: Timestamp) -> Int {
        var owner = Owner(kind, key)
        if kind == "Deployment" {
            let own = replicaSetsByOwner[owner] ?? []
            let latest = own.max { (replicaSets[$0]?.revision ?? 0, $0.name) < (replicaSets[$1]?.revision ?? 0, $1.name) }
            guard let latest else { return 0 }
            owner = Owner("ReplicaSet", latest)
        }
        return (podsByOwner[owner] ?? []).count { (pods[$0]?.since).map { $0 < time } ?? false }
    }

    /// When the cluster's scheduler said that no node will do; nil for a pod that has a node, or has not been looked at.
    private static func unschedulableSince(_ pod: Object) -> Timestamp? {
        let condition = (pod.status["conditions"]?.array ?? []).first { $0["type"]?.string == "PodScheduled" }
        guard let condition, condition["status"]?.string == "False", condition["reason"]?.string == "Unschedulable" else {
            return nil
        }
        return condition["lastTransitionTime"]?.string.flatMap { Timestamp($0) }
    }
}
