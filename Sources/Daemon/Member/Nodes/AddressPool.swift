import Synchronization

/// The pod addresses of each node.
final class AddressPool: Sendable {
    private struct Network {
        var base: IPv4
        var size: UInt32
        /// The first two addresses and the last are the network's, its gateway's and the broadcast's.
        var next: UInt32 = 2
        var pods: [String: IPv4] = [:]
        var used: Set<IPv4> = []
    }

    private let networks: Mutex<[String: Network]>

    init(_ nodes: [SimulatedNode]) {
        let networks = nodes.map { ($0.name, Network(base: $0.podNetwork.base, size: 1 << UInt32($0.podNetwork.bits))) }
        self.networks = Mutex(Dictionary(networks) { first, _ in first })
    }

    /// The pod's address: the one it has, or one that no other pod of the node has. Nil for an unknown node, and when all are
    /// taken.
    func address(on node: String, for uid: String) -> IPv4? {
        networks.withLock { networks in
            if let address = networks[node]?.pods[uid] { return address }
            guard var network = networks[node] else { return nil }
            for _ in 2..<network.size - 1 {
                let address = IPv4(network.base.rawValue + network.next)
                network.next = network.next + 2 < network.size ? network.next + 1 : 2
                guard network.used.insert(address).inserted else { continue }
                network.pods[uid] = address
                networks[node] = network
                return address
            }
            return nil
        }
    }

    /// Notes that a pod has an address already.
    func claim(_ address: IPv4, on node: String, for uid: String) {
        networks.withLock { networks in
            guard networks[node] != nil, networks[node]?.pods[uid] != address else { return }
            networks[node]?.pods[uid] = address
            networks[node]?.used.insert(address)
        }
    }

    func release(on node: String, by uid: String) {
        networks.withLock { networks in
            if let address = networks[node]?.pods.removeValue(forKey: uid) { networks[node]?.used.remove(address) }
        }
    }
}
