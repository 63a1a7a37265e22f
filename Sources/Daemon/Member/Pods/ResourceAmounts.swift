import Kubernetes

/// Amounts of a node's resources: CPU in thousandths of a core, pods by number, everything else in its own unit (bytes).
struct ResourceAmounts: Sendable, Equatable {
    var cpu: Int64 = 0
    var memory: Int64 = 0
    var ephemeralStorage: Int64 = 0
    var pods: Int64 = 0
    /// Hugepages, devices and other extended resources; empty for most pods and nodes.
    var others: [String: Int64] = [:]

    init() {}

    /// Reads a `core/v1.ResourceList`.
    init(_ list: JSON?) {
        guard let members = list?.object else { return }
        for (name, amount) in members {
            guard let quantity = Quantity(amount.string ?? amount.description) else { continue }
            switch name {
            case "cpu": cpu = quantity.milliValue
            case "memory": memory = quantity.value
            case "ephemeral-storage": ephemeralStorage = quantity.value
            case "pods": pods = quantity.value
            default: others[name] = quantity.value
            }
        }
    }

    /// What the scheduler sets aside for a pod: the larger of what its containers need together and what any init container
    /// needs beside the sidecars started before it, plus the overhead (Kubernetes, "Resource Management for Pods").
    init(podSpec spec: JSON) {
        var running = ResourceAmounts()
        for container in spec["containers"]?.array ?? [] { running += ResourceAmounts(container["resources"]?["requests"]) }
        var starting = ResourceAmounts()
        var sidecars = ResourceAmounts()
        for container in spec["initContainers"]?.array ?? [] {
            let requests = ResourceAmounts(container["resources"]?["requests"])
            if container["restartPolicy"]?.string == "Always" { sidecars += requests }
            starting.formMaximum(container["restartPolicy"]?.string == "Always" ? sidecars : sidecars + requests)
        }
        self = running + sidecars
        formMaximum(starting)
        self += ResourceAmounts(spec["overhead"])
        pods = 1
    }

    static func + (left: Self, right: Self) -> Self {
        var sum = left
        sum += right
        return sum
    }

    static func += (left: inout Self, right: Self) { left.combine(right, &+) }
    static func -= (left: inout Self, right: Self) { left.combine(right, &-) }
    mutating func formMaximum(_ other: Self) { combine(other, max) }

    private mutating func combine(_ other: Self, _ operation: (Int64, Int64) -> Int64) {
        cpu = operation(cpu, other.cpu)
        memory = operation(memory, other.memory)
        ephemeralStorage = operation(ephemeralStorage, other.ephemeralStorage)
        pods = operation(pods, other.pods)
        for (name, amount) in other.others { others[name] = operation(others[name] ?? 0, amount) }
    }

    /// What is missing of the free amounts for this request, in the words of the scheduler; empty where it fits.
    func shortages(free: ResourceAmounts) -> [String] {
        var shortages: [String] = []
        if pods > free.pods { shortages.append("Too many pods") }
        if cpu > 0, cpu > free.cpu { shortages.append("Insufficient cpu") }
        if memory > 0, memory > free.memory { shortages.append("Insufficient memory") }
        if ephemeralStorage > 0, ephemeralStorage > free.ephemeralStorage { shortages.append("Insufficient ephemeral-storage") }
        for (name, amount) in others where amount > 0 && amount > free.others[name] ?? 0 {
            shortages.append("Insufficient \(name)")
        }
        return shortages
    }
}
