import Client
import Kubernetes
import Logging
import Synchronization

/// What a member's nodes have and what its pods ask for, summed up as nodes and pods come and go.
final class ClusterUsage: Sendable {
    fileprivate struct Node: Equatable {
        var isReady: Bool
        var allocatable: ResourceList
    }

    fileprivate struct Pod: Equatable {
        /// Empty until it is scheduled.
        var node: String
        var requests: ResourceList
    }

    private struct State {
        var nodes: [String: Node] = [:]
        var readyNodes = 0
        /// Those that take, or ask for, resources: not the finished.
        var pods: [ObjectKey: Pod] = [:]
        var allocatable: ResourceList = [:]
        var allocated: ResourceList = [:]
        var allocating: ResourceList = [:]
        var allocatedByNode: [String: ResourceList] = [:]
    }

    private let nodes: Informer
    private let pods: Informer
    private let state = Mutex(State())
    private let onChange: @Sendable () -> Void

    /// - Parameter onChange: is called when a sum may have changed, by the informers: it notes that, and does no work.
    init(of member: Member, logger: Logger, onChange: @escaping @Sendable () -> Void) {
        self.onChange = onChange
        func informer(_ resource: GroupVersionResource, keeping mask: JSONMask) -> Informer {
            Informer(resource, client: member.client, transform: { $0.reduced(to: mask) }, logger: logger)
        }
        nodes = informer(Resource.nodes, keeping: Node.mask)
        pods = informer(Resource.pods, keeping: Pod.mask)
        nodes.onChange { [weak self] in self?.applyNode($0) }
        pods.onChange { [weak self] in self?.applyPod($0) }
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask { await self.nodes.run() }
            group.addTask { await self.pods.run() }
        }
    }

    var isSynced: Bool { nodes.isSynced && pods.isSynced }

    // MARK: Changes

    private func applyNode(_ change: Informer.Change) {
        var new: Node?
        if case .deleted = change {} else { new = Node(change.object.decoded()) }
        let isNews = state.withLock { state in
            let old = state.nodes[change.key.name]
            guard new != old else { return false }
            state.nodes[change.key.name] = new
            if let old {
                if old.isReady { state.readyNodes -= 1 }
                state.allocatable.subtract(old.allocatable)
            }
            if let new {
                if new.isReady { state.readyNodes += 1 }
                state.allocatable.add(new.allocatable)
            }
            return true
        }
        if isNews { onChange() }
    }

    private func applyPod(_ change: Informer.Change) {
        var new: Pod?
        if case .deleted = change {} else { new = Pod(change.object.decoded()) }
        let isNews = state.withLock { state in
            let old = state.pods[change.key]
            guard new != old else { return false }
            state.pods[change.key] = new
            if let old {
                if old.node.isEmpty {
                    state.allocating.subtract(old.requests)
                } else {
                    state.allocated.subtract(old.requests)
                    state.allocatedByNode[old.node]?.subtract(old.requests)
                    if state.allocatedByNode[old.node]?.isEmpty == true { state.allocatedByNode[old.node] = nil }
                }
            }
            if let new {
                if new.node.isEmpty {
                    state.allocating.add(new.requests)
                } else {
                    state.allocated.add(new.requests)
                    state.allocatedByNode[new.node, default: [:]].add(new.requests)
                }
            }
            return true
        }
        if isNews { onChange() }
    }

    // MARK: Summaries

    /// `status.nodeSummary`
    var nodeSummary: JSON {
        state.withLock { ["totalNum": JSON($0.nodes.count), "readyNum": JSON($0.readyNodes)] }
    }

    /// `status.resourceSummary`, with the number of nodes of each grade where the cluster has resource models.
    func resourceSummary(models: [Cluster.ResourceModel]) -> JSON {
        state.withLock { state in
            var summary: JSON = [:]
            for (field, amounts) in [
                ("allocatable", state.allocatable), ("allocated", state.allocated), ("allocating", state.allocating),
            ] where !amounts.isEmpty {
                summary[field] = amounts.json
            }
            if !models.isEmpty {
                var counts = [Int](repeating: 0, count: models.count)
                for (name, node) in state.nodes {
                    var free = node.allocatable
                    let taken = state.allocatedByNode[name] ?? [:]
                    for (resource, amount) in taken where free[resource] != nil { free[resource, default: .zero] -= amount }
                    // A node that takes no more pods is of no grade.
                    if let pods = free["pods"], pods <= .zero { continue }
                    if let grade = ResourceModels.grade(of: free, in: models) { counts[grade] += 1 }
                }
                summary["allocatableModelings"] = .array(
                    zip(models, counts).map { ["grade": JSON($0.grade), "count": JSON($1)] })
            }
            return summary
        }
    }
}

extension ClusterUsage.Node {
    /// All that is looked at, and so all that is kept: members have many nodes and pods.
    fileprivate static let mask: JSONMask = ["status": ["conditions": ["type": .all, "status": .all], "allocatable": .all]]

    fileprivate init(_ object: Object) {
        isReady = (object.status["conditions"]?.array ?? []).contains {
            $0["type"]?.string == "Ready" && $0["status"]?.string == "True"
        }
        allocatable = ResourceList(object.status["allocatable"] ?? .null)
    }
}

extension ClusterUsage.Pod {
    fileprivate static let mask: JSONMask = [
        "spec": [
            "nodeName": .all, "containers": ["resources": ["requests": .all]],
            "initContainers": ["resources": ["requests": .all]], "overhead": .all,
        ],
        "status": ["phase": .all],
    ]

    /// Nil for a pod that has ended, and takes nothing any more.
    fileprivate init?(_ object: Object) {
        let phase = object.status["phase"]?.string
        if phase == "Succeeded" || phase == "Failed" { return nil }
        let spec = object.spec
        node = spec["nodeName"]?.string ?? ""
        requests = [:]
        for container in spec["containers"]?.array ?? [] {
            requests.add(ResourceList(container["resources", "requests"] ?? .null))
        }
        // Init containers run before the others, one after the other.
        for container in spec["initContainers"]?.array ?? [] {
            for (resource, amount) in ResourceList(container["resources", "requests"] ?? .null) {
                requests[resource] = max(requests[resource] ?? .zero, amount)
            }
        }
        requests.add(ResourceList(spec["overhead"] ?? .null))
        requests["pods"] = Quantity(value: 1)
    }
}

extension ResourceList {
    fileprivate mutating func add(_ other: ResourceList) {
        for (resource, amount) in other { self[resource, default: .zero] += amount }
    }

    /// What becomes zero goes.
    fileprivate mutating func subtract(_ other: ResourceList) {
        for (resource, amount) in other {
            let rest = (self[resource] ?? .zero) - amount
            self[resource] = rest.isZero ? nil : rest
        }
    }

    fileprivate var json: JSON { .object(JSONObject(map { ($0.key, .string($0.value.description)) })) }
}

/// Grades of nodes by their free resources (`spec.resourceModels`).
enum ResourceModels {
    /// The index of the highest grade whose minimum of every resource the node has; nil where it has not even the lowest's.
    /// Models are in the order of their grades, and all name the same resources.
    static func grade(of free: ResourceList, in models: [Cluster.ResourceModel]) -> Int? {
        var grade = models.count - 1
        for (index, range) in (models.first?.ranges ?? []).enumerated() {
            let amount = free[range.name] ?? .zero
            let fitting = models.lastIndex { index < $0.ranges.count && $0.ranges[index].min <= amount }
            guard let fitting else { return nil }
            grade = min(grade, fitting)
        }
        return grade
    }
}
