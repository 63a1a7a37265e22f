import Kubernetes

/// The nodes of a simulated cluster: how many there are, and what each of them has.
public struct NodeSpecification: Sendable {
    /// Nodes are named `<namePrefix>-node-1`, `-2`, …
    public var namePrefix: String
    public var count: Int
    public var cpu: Quantity
    public var memory: Quantity
    public var ephemeralStorage: Quantity
    /// How many pods a node takes, at least 1.
    public var pods: Int
    /// Where the addresses of pods begin. Clusters whose pods call each other need networks that do not overlap.
    public var podNetwork: IPv4
    /// Empty for a cluster without a region.
    public var region: String
    /// Nodes take turns at these; empty for a cluster without zones.
    public var zones: [String]
    public var architecture: String
    public var operatingSystem: String
    /// Added to the labels that every node has.
    public var labels: [String: String]

    public init(
        namePrefix: String, count: Int, cpu: Quantity, memory: Quantity, ephemeralStorage: Quantity, pods: Int = 110,
        podNetwork: IPv4 = .pods, region: String = "", zones: [String] = [], architecture: String = "amd64",
        operatingSystem: String = "linux", labels: [String: String] = [:]
    ) {
        self.namePrefix = namePrefix
        self.count = count
        self.cpu = cpu
        self.memory = memory
        self.ephemeralStorage = ephemeralStorage
        self.pods = pods
        self.podNetwork = podNetwork
        self.region = region
        self.zones = zones
        self.architecture = architecture
        self.operatingSystem = operatingSystem
        self.labels = labels
    }

    var nodes: [SimulatedNode] { (0..<max(0, count)).map { SimulatedNode(index: $0, specification: self) } }
}

/// One node: where it is on the network, and the object that stands for it.
struct SimulatedNode: Sendable {
    let index: Int
    let specification: NodeSpecification

    var name: String { "\(specification.namePrefix)-node-\(index + 1)" }
    var address: String { IPv4(IPv4.nodes.rawValue &+ UInt32(index) + 2).description }

    /// The node's share of the pod network: at least twice as many addresses as pods, so that none is used again at once.
    var podNetwork: (base: IPv4, bits: Int) {
        var bits = 8
        while 1 << bits < 2 * specification.pods { bits += 1 }
        return (IPv4(specification.podNetwork.rawValue &+ UInt32(index) << UInt32(bits)), bits)
    }

    /// The node as it registers itself.
    var object: Object {
        var node = Object(apiVersion: "v1", kind: "Node", name: name)
        node.labels = labels
        let cidr: JSON = .string("\(podNetwork.base)/\(32 - podNetwork.bits)")
        let provider = "simulated://\(specification.namePrefix)/\(name)"
        node.spec = ["podCIDR": cidr, "podCIDRs": [cidr], "providerID": .string(provider)]
        return node
    }

    private var labels: [String: String] {
        var labels = [
            "beta.kubernetes.io/arch": specification.architecture, "beta.kubernetes.io/os": specification.operatingSystem,
            "kubernetes.io/arch": specification.architecture, "kubernetes.io/os": specification.operatingSystem,
            "kubernetes.io/hostname": name,
        ]
        if !specification.region.isEmpty { labels["topology.kubernetes.io/region"] = specification.region }
        if !specification.zones.isEmpty {
            labels["topology.kubernetes.io/zone"] = specification.zones[index % specification.zones.count]
        }
        return labels.merging(specification.labels) { _, given in given }
    }

    /// The status that its kubelet posts.
    func status(serverVersion: String, now: Timestamp) -> JSON {
        let resources: JSON = [
            "cpu": .string(specification.cpu.description), "memory": .string(specification.memory.description),
            "ephemeral-storage": .string(specification.ephemeralStorage.description),
            "pods": .string(String(specification.pods)), "hugepages-1Gi": "0", "hugepages-2Mi": "0",
        ]
        let machine = String(Hashing.fnv1a(Array(name.utf8)), radix: 16)
        let machineID = String((String(repeating: machine, count: 32 / max(1, machine.count) + 1)).prefix(32))
        return [
            "addresses": [
                ["type": "InternalIP", "address": .string(address)], ["type": "Hostname", "address": .string(name)],
            ],
            "allocatable": resources, "capacity": resources, "conditions": conditions(now: now),
            "daemonEndpoints": ["kubeletEndpoint": ["Port": 10250]],
            "nodeInfo": [
                "architecture": .string(specification.architecture), "operatingSystem": .string(specification.operatingSystem),
                "bootID": .string(machineID), "machineID": .string(machineID), "systemUUID": .string(machineID),
                "containerRuntimeVersion": "simulated://1.0", "kernelVersion": "6.1.0", "kubeProxyVersion": "",
                "kubeletVersion": .string(serverVersion), "osImage": "Simulated Linux",
            ],
        ]
    }

    private func conditions(now: Timestamp) -> JSON {
        func condition(_ type: String, _ status: Bool, _ reason: String, _ message: String) -> JSON {
            [
                "type": .string(type), "status": status ? "True" : "False", "reason": .string(reason),
                "message": .string(message), "lastHeartbeatTime": .string(now.description),
                "lastTransitionTime": .string(now.description),
            ]
        }
        return [
            condition("MemoryPressure", false, "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
            condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
            condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
            condition("Ready", true, "KubeletReady", "kubelet is posting ready status"),
        ]
    }
}

/// An IPv4 address as a number.
public struct IPv4: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
    public var rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }
    init(_ value: UInt32) { rawValue = value }

    /// 172.18.0.0/16: nodes.
    static let nodes = IPv4(172 << 24 | 18 << 16)
    /// 10.128.0.0/9: pods.
    public static let pods = IPv4(10 << 24 | 128 << 16)

    public init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard let part else { return nil }
            value = value << 8 | UInt32(part)
        }
        self.init(value)
    }

    /// The address of the loopback network, 127.0.0.0/8, with the same last three numbers.
    var onLoopback: IPv4 { IPv4(127 << 24 | rawValue & 0xFF_FFFF) }

    public var description: String { [24, 16, 8, 0].map { String(rawValue >> UInt32($0) & 255) }.joined(separator: ".") }
}
