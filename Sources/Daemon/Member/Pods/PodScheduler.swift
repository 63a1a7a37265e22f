import Client
import Kubernetes
import Logging
import Synchronization

/// Binds pods to nodes with room, the emptiest first, and says of the others why they must wait.
///
/// Follows node selectors, required node affinity, taints, cordons and requests; not affinity between pods, topology spread,
/// volumes, host ports and priorities.
final class PodScheduler: Controller {
    enum Key: Hashable, Sendable {
        case pod(ObjectKey)
        /// Room was made: the pods that waited for it get another try.
        case retryUnschedulable
    }

    private struct Waiting {
        var pods: Set<ObjectKey> = []
        var isRetryDue = false
    }

    /// How long changes gather before the waiting pods are tried again.
    private static let retryDelay = Duration.milliseconds(100)

    let queue = WorkQueue<Key>()
    private let client: any ObjectClient
    private let pods: PodCache
    private let room = NodeRoom()
    private let waiting = Mutex(Waiting())

    init(client: any ObjectClient, pods: PodCache, nodes: Informer) {
        self.client = client
        self.pods = pods
        nodes.onChange { [weak self] change in
            guard let self else { return }
            if case .deleted(let node) = change {
                room.remove(node: node.key.name)
            } else if room.set(Node(change.object.decoded())) {
                retryUnschedulable()
            }
        }
        pods.onChange { [weak self] in self?.note($0) }
    }

    private func note(_ change: PodCache.Change) {
        let pod = change.pod
        if case .deleted = change {
            waiting.withLock { _ = $0.pods.remove(pod.key) }
            if room.release(pod.uid) { retryUnschedulable() }
        } else if pod.isFinished {
            if room.release(pod.uid) { retryUnschedulable() }
        } else if !pod.nodeName.isEmpty {
            room.occupy(pod.nodeName, pod.uid, pod.requests)
        } else if pod.schedulerName == "default-scheduler", !pod.isTerminating {
            queue.add(.pod(pod.key))
        }
    }

    private func retryUnschedulable() {
        let isNew = waiting.withLock { waiting in
            guard !waiting.pods.isEmpty, !waiting.isRetryDue else { return false }
            waiting.isRetryDue = true
            return true
        }
        if isNew { queue.add(.retryUnschedulable, after: Self.retryDelay) }
    }

    func sync(_ key: Key) async throws -> WorkQueue<Key>.Outcome {
        switch key {
        case .pod(let key):
            try await schedule(key)
        case .retryUnschedulable:
            let keys = waiting.withLock { waiting in
                defer { waiting = Waiting() }
                return waiting.pods
            }
            keys.forEach { queue.add(.pod($0)) }
        }
        return .done
    }

    private func schedule(_ key: ObjectKey) async throws {
        guard let pod = pods.get(key), pod.nodeName.isEmpty, pod.isActive else { return }
        var object = pod.object.decoded()
        // It waits before it is placed, so that room made meanwhile brings it back.
        waiting.withLock { _ = $0.pods.insert(key) }
        switch room.place(pod.uid, pod.requests, NodePlacement(podSpec: object.spec)) {
        case .placedBefore:
            waiting.withLock { _ = $0.pods.remove(key) }
        case .node(let node):
            waiting.withLock { _ = $0.pods.remove(key) }
            object.spec["nodeName"] = .string(node)
            do {
                _ = try await client.update(object, in: .pods)
            } catch {
                if pods.get(key)?.nodeName.isEmpty ?? true { _ = room.release(pod.uid) }
                throw error
            }
        case .unschedulable(let message):
            var conditions = Conditions(object.status["conditions"])
            conditions.set("PodScheduled", .false, reason: "Unschedulable", message: message, now: .now())
            var status = object.status
            status["phase"] = "Pending"
            status["conditions"] = conditions.json
            try await client.update(status: status, of: object, in: .pods)
        }
    }
}

/// How much of each node is free, counting pods from the moment they are placed.
final class NodeRoom: Sendable {
    enum Outcome: Equatable {
        case node(String)
        case unschedulable(String)
        /// The pod has its place; the cache does not show it yet.
        case placedBefore
    }

    fileprivate struct State {
        var nodes: [String: Node] = [:]
        var free: [String: ResourceAmounts] = [:]
        var pods: [String: (node: String, requests: ResourceAmounts)] = [:]
    }

    private let state = Mutex(State())

    /// - Returns: whether anything changed that matters to a pod.
    func set(_ node: Node) -> Bool {
        state.withLock { state in
            let old = state.nodes.updateValue(node, forKey: node.name)
            guard old != node else { return false }
            var free = state.free[node.name] ?? ResourceAmounts()
            free += node.allocatable
            if let old { free -= old.allocatable }
            state.free[node.name] = free
            return true
        }
    }

    func remove(node name: String) {
        state.withLock { state in
            guard let node = state.nodes.removeValue(forKey: name) else { return }
            // What pods take there stays counted, for the day when the node comes back.
            state.free[name, default: ResourceAmounts()] -= node.allocatable
        }
    }

    /// Notes that a pod takes room on a node; once, however often it is told.
    func occupy(_ node: String, _ uid: String, _ requests: ResourceAmounts) {
        state.withLock { state in
            guard state.pods[uid]?.node != node else { return }
            state.release(uid)
            state.pods[uid] = (node, requests)
            state.free[node, default: ResourceAmounts()] -= requests
        }
    }

    /// - Returns: whether the pod took any room.
    func release(_ uid: String) -> Bool { state.withLock { $0.release(uid) } }

    /// The allowed node with the most room, which the pod takes; or why there is none.
    func place(_ uid: String, _ requests: ResourceAmounts, _ placement: NodePlacement) -> Outcome {
        state.withLock { state in
            guard state.pods[uid] == nil else { return .placedBefore }
            // A pod that names its node is spared the look at all others.
            let only = placement.onlyNode.map { state.nodes[$0].map { [$0] } ?? [] }
            var best: (name: String, load: Double)?
            var reasons: [String: Int] = [:]
            if let only, only.count < state.nodes.count {
                reasons["node(s) didn't match Pod's node affinity/selector"] = state.nodes.count - only.count
            }
            for node in only ?? Array(state.nodes.values) {
                let free = state.free[node.name] ?? ResourceAmounts()
                let obstacles = placement.rejection(node).map { [$0] } ?? requests.shortages(free: free)
                guard obstacles.isEmpty else {
                    for obstacle in obstacles { reasons[obstacle, default: 0] += 1 }
                    continue
                }
                let load = Self.load(node.allocatable, free: free)
                if best.map({ (load, node.name) < ($0.load, $0.name) }) ?? true { best = (node.name, load) }
            }
            guard let best else { return .unschedulable(Self.message(reasons, nodes: state.nodes.count)) }
            state.pods[uid] = (best.name, requests)
            state.free[best.name, default: ResourceAmounts()] -= requests
            return .node(best.name)
        }
    }

    /// How much a node has given away, CPU, memory and places for pods alike: from 0 to 3.
    private static func load(_ allocatable: ResourceAmounts, free: ResourceAmounts) -> Double {
        func share(_ all: Int64, _ free: Int64) -> Double { all > 0 ? 1 - Double(free) / Double(all) : 0 }
        return share(allocatable.cpu, free.cpu) + share(allocatable.memory, free.memory) + share(allocatable.pods, free.pods)
    }

    /// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`
    private static func message(_ reasons: [String: Int], nodes: Int) -> String {
        guard nodes > 0 else { return "no nodes available to schedule pods" }
        let list = reasons.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
        return "0/\(nodes) nodes are available: \(list)."
    }
}

extension NodeRoom.State {
    @discardableResult
    fileprivate mutating func release(_ uid: String) -> Bool {
        guard let (node, requests) = pods.removeValue(forKey: uid) else { return false }
        free[node, default: ResourceAmounts()] += requests
        return true
    }
}
