import Client
import Framework
import Interpreter
import Kubernetes
import Synchronization

/// What a cluster's nodes have left, kept as nodes and pods come and go: each change costs as much as one node, each answer as
/// much as a look at every node.
final class ClusterCapacity: Sendable {
    fileprivate struct Node {
        var name: String
        var labels: [String: String]
        /// Those that keep pods away; the cordon of a node is one.
        var taints: [Taint]
        var allocatable: [String: Int64]
    }

    fileprivate struct Pod {
        var node: String
        var requests: [String: Int64]
    }

    fileprivate struct Taken {
        var pods: Int64 = 0
        var amounts: [String: Int64] = [:]
    }

    fileprivate struct State {
        /// By place in the table; nil for places of nodes that are gone.
        var nodes: [Node?] = []
        var places: [String: Int] = [:]
        var vacant: [Int] = []
        /// Places of nodes with taints.
        var tainted: Set<Int> = []
        var pods: [ObjectKey: Pod] = [:]
        /// By node, whether or not it is known yet.
        var taken: [String: Taken] = [:]
        var table = NodeTable()
        var unschedulable = UnschedulablePods()
    }

    private let state = Mutex(State())

    // MARK: Changes

    func apply(node change: Informer.Change) {
        var new: Node?
        if case .deleted = change {} else { new = Node(change.object.decoded()) }
        state.withLock { state in
            let name = change.key.name
            if let new {
                let place = state.places[name] ?? state.vacant.popLast() ?? state.addPlace()
                state.places[name] = place
                state.nodes[place] = new
                if new.taints.isEmpty { state.tainted.remove(place) } else { state.tainted.insert(place) }
                state.refresh(place)
            } else if let place = state.places.removeValue(forKey: name) {
                state.nodes[place] = nil
                state.vacant.append(place)
                state.tainted.remove(place)
                state.table.set([:], pods: 0, at: place)
            }
        }
    }

    func apply(pod change: Informer.Change) {
        let isGone = if case .deleted = change { true } else { false }
        let object = isGone ? nil : change.object.decoded()
        let new = object.flatMap(Pod.init)
        state.withLock { state in
            if let object { state.unschedulable.set(pod: object) } else { state.unschedulable.remove(pod: change.key) }
            let old = state.pods.removeValue(forKey: change.key)
            if let old { state.take(old, times: -1) }
            if let new {
                state.pods[change.key] = new
                state.take(new, times: 1)
            }
            for node in Set([old?.node, new?.node].compactMap { $0 }) {
                if let place = state.places[node] { state.refresh(place) }
            }
        }
    }

    func apply(replicaSet change: Informer.Change) {
        let isGone = if case .deleted = change { true } else { false }
        let object = isGone ? nil : change.object.decoded()
        state.withLock { state in
            if let object {
                state.unschedulable.set(replicaSet: object)
            } else {
                state.unschedulable.remove(replicaSet: change.key)
            }
        }
    }

    // MARK: Answers

    /// How many more replicas the nodes take.
    func replicas(of pod: PodRequirements, assuming assumed: [AssumedDemand]) -> Int64 {
        var (table, nodes, tainted) = state.withLock { ($0.table, $0.nodes, $0.tainted) }
        place(assumed, on: &table, nodes, tainted)
        return table.room(for: pod.demand, on: Self.matching(pod, nodes, tainted))
    }

    /// How many more whole sets of components the nodes take.
    func sets(of components: [ComponentRequirements], assuming assumed: [AssumedDemand]) -> Int64 {
        var (table, nodes, tainted) = state.withLock { ($0.table, $0.nodes, $0.tainted) }
        place(assumed, on: &table, nodes, tainted)
        return table.place(Self.groups(components, nodes, tainted), upTo: Int64(Int32.max))
    }

    func unschedulableReplicas(ofKind kind: String, _ key: ObjectKey, before time: Timestamp) -> Int {
        state.withLock { $0.unschedulable.count(ofKind: kind, key, before: time) }
    }

    private func place(_ assumed: [AssumedDemand], on table: inout NodeTable, _ nodes: [Node?], _ tainted: Set<Int>) {
        // What does not fit is running already, and counted.
        for workload in assumed { _ = table.place(Self.groups(workload.components, nodes, tainted), upTo: 1) }
    }

    private static func groups(_ components: [ComponentRequirements], _ nodes: [Node?], _ tainted: Set<Int>) -> [PodGroup] {
        components.map { PodGroup($0.pod.demand, replicas: $0.replicas, nodes: matching($0.pod, nodes, tainted)) }
    }

    /// By place, whether a pod may run on the node; nil where it may on all.
    private static func matching(_ pod: PodRequirements, _ nodes: [Node?], _ tainted: Set<Int>) -> [Bool]? {
        if pod.nodeSelector.isEmpty, pod.affinity == nil {
            guard !tainted.isEmpty else { return nil }
            var result = [Bool](repeating: true, count: nodes.count)
            for place in tainted { result[place] = nodes[place]?.admits(pod) ?? false }
            return result
        }
        return nodes.map { $0?.admits(pod) ?? false }
    }
}

extension ClusterCapacity.State {
    fileprivate mutating func addPlace() -> Int {
        nodes.append(nil)
        table.append([:], pods: 0)
        return nodes.count - 1
    }

    fileprivate mutating func take(_ pod: ClusterCapacity.Pod, times factor: Int64) {
        var taken = taken[pod.node] ?? ClusterCapacity.Taken()
        taken.pods += factor
        for (resource, amount) in pod.requests { taken.amounts[resource, default: 0] &+= factor &* amount }
        self.taken[pod.node] = taken.pods > 0 ? taken : nil
    }

    fileprivate mutating func refresh(_ place: Int) {
        guard let node = nodes[place] else { return }
        let taken = taken[node.name] ?? ClusterCapacity.Taken()
        var free = node.allocatable
        let pods = (free.removeValue(forKey: "pods") ?? 0) - taken.pods
        for (resource, amount) in taken.amounts where free[resource] != nil { free[resource, default: 0] -= amount }
        table.set(free, pods: pods, at: place)
    }
}

extension ClusterCapacity.Node {
    fileprivate init(_ object: Object) {
        name = object.name
        labels = object.labels
        taints = (object.spec["taints"]?.array ?? []).map(Taint.init).filter(\.repels)
        if object.spec["unschedulable"]?.bool == true { taints.append(.unschedulable) }
        let list = ResourceList(object.status["allocatable"] ?? .null)
        allocatable = Dictionary(uniqueKeysWithValues: list.map { ($0.key, $0.value.amount(of: $0.key)) })
    }

    fileprivate func admits(_ pod: PodRequirements) -> Bool {
        taints.allSatisfy { taint in pod.tolerations.contains { $0.tolerates(taint) } }
            && pod.nodeSelector.allSatisfy { labels[$0.key] == $0.value }
            && (pod.affinity?.matches(name: name, labels: labels) ?? true)
    }
}

extension ClusterCapacity.Pod {
    /// Nil for a pod that takes nothing of a node: one that has none yet, or has ended.
    fileprivate init?(_ object: Object) {
        let phase = object.status["phase"]?.string
        guard phase != "Succeeded", phase != "Failed", let node = object.spec["nodeName"]?.string, !node.isEmpty else {
            return nil
        }
        self.node = node
        requests = ResourceRequest(of: object).amounts
    }
}
