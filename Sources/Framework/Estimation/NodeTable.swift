/// What nodes have left, by columns: a value a node.
public struct NodeTable: Sendable {
    /// Pods that may still be started.
    public private(set) var pods: [Int64] = []
    private var columns: [String: Int] = [:]
    /// By column and node; 0 where the node has none of the resource.
    private var amounts: [[Int64]] = []

    public init() {}

    public var count: Int { pods.count }

    /// Adds a node; its index is the count before.
    public mutating func append(_ free: [String: Int64], pods: Int64) {
        self.pods.append(0)
        for column in amounts.indices { amounts[column].append(0) }
        set(free, pods: pods, at: count - 1)
    }

    /// - Parameter free: by resource; of what is not in it the node has nothing. Negative amounts are none.
    public mutating func set(_ free: [String: Int64], pods: Int64, at node: Int) {
        self.pods[node] = max(0, pods)
        for column in amounts.indices { amounts[column][node] = 0 }
        for (resource, amount) in free {
            if columns[resource] == nil {
                columns[resource] = amounts.count
                amounts.append([Int64](repeating: 0, count: count))
            }
            if let column = columns[resource] { amounts[column][node] = max(0, amount) }
        }
    }

    /// How many pods of a demand all nodes take together.
    /// - Parameter nodes: by node, whether the pods may run there; nil for anywhere.
    public func room(for demand: PodDemand, on nodes: [Bool]? = nil) -> Int64 {
        guard let requests = resolve(demand) else { return 0 }
        var sum: Int64 = 0
        for node in pods.indices where nodes?[node] ?? true { sum += room(at: node, requests) }
        return sum
    }

    // MARK: Sets

    private typealias Requests = [(column: Int, amount: Int64)]

    /// Nil where no node has one of the resources.
    private func resolve(_ demand: PodDemand) -> Requests? {
        var requests: Requests = []
        for request in demand.requests {
            guard let column = columns[request.resource] else { return nil }
            requests.append((column, request.amount))
        }
        return requests
    }

    private func room(at node: Int, _ requests: Requests) -> Int64 {
        var room = pods[node]
        for (column, amount) in requests { room = min(room, amounts[column][node] / amount) }
        return room
    }

    private mutating func take(_ replicas: Int64, of requests: Requests, at node: Int) {
        pods[node] -= replicas
        for (column, amount) in requests { amounts[column][node] -= replicas * amount }
    }

    /// A group of pods on its way over the nodes. What it asks for only becomes scarcer, so it never goes back.
    private struct Placing {
        var requests: Requests
        var replicas: Int64
        var nodes: [Bool]?
        /// No node before has room for one of its pods.
        var first = 0
    }

    /// Puts whole sets of pods on the nodes until one does not fit: each group in its order, each pod on the first node that has
    /// room, as Karmada's estimators do. Many sets are put down at a time: O((nodes + whole sets that span nodes) × groups).
    /// - Parameter limit: at most so many sets.
    /// - Returns: how many.
    public mutating func place(_ groups: [PodGroup], upTo limit: Int64) -> Int64 {
        var placing: [Placing] = []
        for group in groups where group.replicas > 0 {
            guard let requests = resolve(group.demand) else { return 0 }
            placing.append(Placing(requests: requests, replicas: group.replicas, nodes: group.nodes))
        }
        guard !placing.isEmpty else { return max(0, limit) }
        var sets: Int64 = 0
        while sets < limit {
            for index in placing.indices { advance(&placing[index]) }
            guard !placing.contains(where: { $0.first == count }) else { break }
            let bulk = min(setsInPlace(placing), limit - sets)
            if bulk > 0 {
                for group in placing { take(bulk * group.replicas, of: group.requests, at: group.first) }
                sets += bulk
            } else {
                guard placeOne(placing) else { break }
                sets += 1
            }
        }
        return sets
    }

    private func advance(_ group: inout Placing) {
        while group.first < count, !(group.nodes?[group.first] ?? true) || room(at: group.first, group.requests) == 0 {
            group.first += 1
        }
    }

    /// How many whole sets fit on the nodes that the groups are at.
    private func setsInPlace(_ groups: [Placing]) -> Int64 {
        var result = Int64.max
        for (position, group) in groups.enumerated() {
            let node = group.first
            // The first group of a node answers for all groups there.
            if groups[..<position].contains(where: { $0.first == node }) { continue }
            var pods: Int64 = 0
            var sums: [Int: Int64] = [:]
            for other in groups where other.first == node {
                pods = pods.addingSaturating(other.replicas)
                for (column, amount) in other.requests {
                    sums[column] = (sums[column] ?? 0).addingSaturating(amount.multipliedSaturating(by: other.replicas))
                }
            }
            result = min(result, self.pods[node] / pods)
            for (column, sum) in sums { result = min(result, amounts[column][node] / sum) }
        }
        return result
    }

    /// Puts one set down; where it does not fit, what was put down of it stays: nothing comes after.
    private mutating func placeOne(_ groups: [Placing]) -> Bool {
        for group in groups {
            var rest = group.replicas
            var node = group.first
            while rest > 0, node < count {
                if group.nodes?[node] ?? true {
                    let share = min(rest, room(at: node, group.requests))
                    take(share, of: group.requests, at: node)
                    rest -= share
                }
                node += 1
            }
            if rest > 0 { return false }
        }
        return true
    }
}

extension Int64 {
    func addingSaturating(_ other: Int64) -> Int64 {
        let (sum, overflow) = addingReportingOverflow(other)
        return overflow ? .max : sum
    }

    /// Of numbers from 0.
    func multipliedSaturating(by other: Int64) -> Int64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
