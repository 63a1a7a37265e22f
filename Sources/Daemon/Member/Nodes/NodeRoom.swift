import Synchronization

/// How much of each node is free, counting pods from the moment they are placed.
final class NodeRoom: Sendable {
    enum Outcome: Equatable {
        case node(String)
        case unschedulable(String)
        /// The pod has its place; the cache does not show it yet.
        case placedBefore
    }

    private let state = Mutex(NodeOccupancy())

    /// - Returns: whether anything changed that matters to a pod.
    func set(_ node: Node) -> Bool { state.withLock { $0.set(node) } }

    func remove(node name: String) { state.withLock { $0.remove(node: name) } }

    /// Notes that a pod takes room on a node; once, however often it is told.
    func occupy(_ node: String, _ uid: String, _ requests: ResourceAmounts) {
        state.withLock { state in
            guard state.pods[uid]?.node != node else { return }
            state.release(uid)
            state.occupy(node, uid, requests)
        }
    }

    /// - Returns: whether the pod took any room.
    func release(_ uid: String) -> Bool { state.withLock { $0.release(uid) } }

    /// The allowed node with the most room, which the pod takes; or why there is none.
    func place(_ uid: String, _ requests: ResourceAmounts, _ placement: NodePlacement) -> Outcome {
        state.withLock { state in
            guard state.pods[uid] == nil else { return .placedBefore }
            var reasons: [String: Int] = [:]
            func isAllowed(_ name: String) -> Bool {
                guard let node = state.nodes[name] else { return false }
                let free = state.free[name] ?? ResourceAmounts()
                let obstacles = placement.rejection(node).map { [$0] } ?? requests.shortages(free: free)
                for obstacle in obstacles { reasons[obstacle, default: 0] += 1 }
                return obstacles.isEmpty
            }
            let chosen: String?
            if let only = placement.onlyNode {
                // A pod that names its node is spared the look at all others.
                let others = state.nodes.count - (state.nodes[only] == nil ? 0 : 1)
                if others > 0 { reasons["node(s) didn't match Pod's node affinity/selector"] = others }
                chosen = isAllowed(only) ? only : nil
            } else {
                chosen = state.order.first { isAllowed($0.name) }?.name
            }
            guard let chosen else { return .unschedulable(Self.message(reasons, nodes: state.nodes.count)) }
            state.occupy(chosen, uid, requests)
            return .node(chosen)
        }
    }

    /// `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`
    private static func message(_ reasons: [String: Int], nodes: Int) -> String {
        guard nodes > 0 else { return "no nodes available to schedule pods" }
        let list = reasons.map { "\($0.value) \($0.key)" }.sorted().joined(separator: ", ")
        return "0/\(nodes) nodes are available: \(list)."
    }
}

/// Nodes and the pods on them, with the nodes in the order of their loads: most pods take the first, however many there are.
private struct NodeOccupancy {
    /// A node's place among the others.
    struct Position: Comparable {
        /// How much of its CPU, memory and places for pods is given away: from 0 to 3.
        let load: Double
        let name: String

        static func < (left: Self, right: Self) -> Bool { (left.load, left.name) < (right.load, right.name) }
    }

    private(set) var nodes: [String: Node] = [:]
    private(set) var free: [String: ResourceAmounts] = [:]
    private(set) var pods: [String: (node: String, requests: ResourceAmounts)] = [:]
    /// All nodes, the emptiest first.
    private(set) var order: [Position] = []

    mutating func set(_ node: Node) -> Bool {
        guard nodes[node.name] != node else { return false }
        remove(node: node.name)
        free[node.name, default: ResourceAmounts()] += node.allocatable
        nodes[node.name] = node
        insert(node)
        return true
    }

    mutating func remove(node name: String) {
        guard let node = nodes[name] else { return }
        withdraw(node)
        nodes[name] = nil
        // What pods take there stays counted, for the day when the node comes back.
        free[name, default: ResourceAmounts()] -= node.allocatable
    }

    mutating func occupy(_ node: String, _ uid: String, _ requests: ResourceAmounts) {
        pods[uid] = (node, requests)
        changeFree(of: node) { $0 -= requests }
    }

    @discardableResult
    mutating func release(_ uid: String) -> Bool {
        guard let (node, requests) = pods.removeValue(forKey: uid) else { return false }
        changeFree(of: node) { $0 += requests }
        return true
    }

    private mutating func changeFree(of name: String, _ change: (inout ResourceAmounts) -> Void) {
        let node = nodes[name]
        if let node { withdraw(node) }
        change(&free[name, default: ResourceAmounts()])
        if let node { insert(node) }
    }

    private mutating func insert(_ node: Node) {
        let position = position(of: node)
        order.insert(position, at: index(of: position))
    }

    /// Takes the node out of the order; its free room is still what it was when it came in.
    private mutating func withdraw(_ node: Node) { order.remove(at: index(of: position(of: node))) }

    private func position(of node: Node) -> Position {
        let free = free[node.name] ?? ResourceAmounts()
        func share(_ all: Int64, _ free: Int64) -> Double { all > 0 ? 1 - Double(free) / Double(all) : 0 }
        let all = node.allocatable
        let load = share(all.cpu, free.cpu) + share(all.memory, free.memory) + share(all.pods, free.pods)
        return Position(load: load, name: node.name)
    }

    /// The index of the first that does not come before the position.
    private func index(of position: Position) -> Int {
        var low = 0
        var high = order.count
        while low < high {
            let middle = (low + high) / 2
            if order[middle] < position { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
