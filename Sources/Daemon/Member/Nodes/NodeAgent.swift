import Client
import Kubernetes
import Logging

/// The part of the kubelets that keeps their nodes registered and shows that they are alive.
struct NodeAgent: Sendable {
    /// As the kubelet's defaults have it: a lease of 40 s, renewed four times in that time.
    static let leaseDuration = 40
    static let renewal = Duration.seconds(10)
    static let leaseNamespace = "kube-node-lease"

    let client: any ObjectClient
    let nodes: [SimulatedNode]
    let logger: Logger

    /// Creates the nodes, or brings those that are there up to date.
    func register() async throws {
        let version = try await client.serverVersion()
        try await forEach(nodes) { node in
            let desired = node.object
            do {
                _ = try await client.create(desired, in: .nodes)
            } catch let error as APIError where error.reason == .alreadyExists {
                try await client.modify(.nodes, desired.key) { current in
                    current.labels.merge(desired.labels) { _, desired in desired }
                    return true
                }
            }
            try await client.modify(.nodes, desired.key, subresource: "status") { current in
                current.status = node.status(serverVersion: version, now: .now())
                return true
            }
        }
    }

    /// Renews the nodes' leases until the task is cancelled. One task does it for all of them: a write per node and period.
    func run() async {
        var leases: [String: Object] = [:]
        while !Task.isCancelled {
            for node in nodes {
                do {
                    leases[node.name] = try await renew(leases[node.name], of: node.name)
                } catch {
                    leases[node.name] = nil
                    logger.debug("lease of node \(node.name) not renewed: \(error)")
                }
            }
            try? await Task.sleep(for: Self.renewal)
        }
    }

    private func renew(_ known: Object?, of node: String) async throws(APIError) -> Object {
        let key = ObjectKey(namespace: Self.leaseNamespace, name: node)
        var lease: Object
        if let known {
            lease = known
        } else if let found = try await client.find(.leases, key) {
            lease = found.decoded()
        } else {
            return try await create(leaseFor: node, key)
        }
        lease.spec = spec(node)
        return try await client.update(lease, in: .leases).decoded()
    }

    private func create(leaseFor node: String, _ key: ObjectKey) async throws(APIError) -> Object {
        var lease = Object(apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: key.namespace, name: key.name)
        if let owner = try await client.find(.nodes, ObjectKey(name: node))?.decoded() {
            lease.ownerReferences = [
                OwnerReference(["apiVersion": "v1", "kind": "Node", "name": .string(node), "uid": .string(owner.uid)])
            ]
        }
        lease.spec = spec(node)
        if try await client.find(.namespaces, ObjectKey(name: key.namespace)) == nil {
            _ = try await client.create(Object(apiVersion: "v1", kind: "Namespace", name: key.namespace), in: .namespaces)
        }
        return try await client.create(lease, in: .leases).decoded()
    }

    private func spec(_ node: String) -> JSON {
        [
            "holderIdentity": .string(node), "leaseDurationSeconds": JSON(Self.leaseDuration),
            "renewTime": .string(Timestamp.now().microTime),
        ]
    }
}
