import Kubernetes

/// A `Lease` (`coordination.k8s.io/v1`) that one of several replicas holds, with client-go's fields and rules.
struct LeaseLock {
    static let resource = GroupVersionResource(group: "coordination.k8s.io", version: "v1", resource: "leases")
    private static let namespaces = GroupVersionResource(group: "", version: "v1", resource: "namespaces")

    private let client: any ObjectClient
    private let key: ObjectKey
    private let identity: String
    private let duration: Duration

    /// The lease as it was last, and when this replica saw that it had changed: its own clock counts, not those of the others.
    private var observed: Object?
    private var observedAt = ContinuousClock.now

    init(client: any ObjectClient, key: ObjectKey, identity: String, duration: Duration) {
        self.client = client
        self.key = key
        self.identity = identity
        self.duration = duration
    }

    /// Who holds it, as far as is known.
    var holder: String { observed?.spec["holderIdentity"]?.string ?? "" }

    private var isHeld: Bool { holder == identity }

    /// Takes the lease where it is free, or renews it.
    /// - Returns: whether it is held now.
    mutating func acquireOrRenew() async throws(APIError) -> Bool {
        // The holder knows the newest version, unless somebody changed it.
        if isHeld, let lease = observed {
            do {
                try await write(lease, taking: false)
                return true
            } catch where error.reason == .conflict || error.reason == .notFound {
                // Looked at anew.
            }
        }
        guard let found = try await client.find(Self.resource, key) else {
            var lease = Object(apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: key.namespace, name: key.name)
            lease.spec = spec(transitions: 0, acquired: Timestamp.now().microTime)
            do {
                note(try await client.create(lease, in: Self.resource))
                return true
            } catch where error.reason == .alreadyExists {
                return false
            } catch where error.reason == .notFound {
                // A new control plane may lack the namespace; the next attempt finds it.
                let namespace = Object(apiVersion: "v1", kind: "Namespace", name: key.namespace)
                _ = try await client.create(namespace, in: Self.namespaces)
                return false
            }
        }
        if found.decoded().spec != observed?.spec { note(found) }
        let lease = observed ?? found.decoded()
        if !isHeld, !holder.isEmpty, ContinuousClock.now < observedAt + termOfObserved { return false }
        do {
            var current = lease
            current.resourceVersion = String(found.revision)
            try await write(current, taking: !isHeld)
            return true
        } catch where error.reason == .conflict || error.reason == .notFound {
            return false
        }
    }

    /// Lets the next replica have it at once.
    mutating func release() async throws(APIError) {
        guard isHeld, var lease = observed else { return }
        lease.spec["holderIdentity"] = ""
        lease.spec["leaseDurationSeconds"] = 1
        lease.spec["renewTime"] = .string(Timestamp.now().microTime)
        note(try await client.update(lease, in: Self.resource))
    }

    private var termOfObserved: Duration { .seconds(observed?.spec["leaseDurationSeconds"]?.int ?? 0) }

    private mutating func write(_ lease: Object, taking: Bool) async throws(APIError) {
        var lease = lease
        let transitions = lease.spec["leaseTransitions"]?.int ?? 0
        let acquired = taking ? nil : lease.spec["acquireTime"]?.string
        lease.spec = spec(transitions: taking ? transitions + 1 : transitions, acquired: acquired ?? Timestamp.now().microTime)
        note(try await client.update(lease, in: Self.resource))
    }

    private func spec(transitions: Int, acquired: String) -> JSON {
        [
            "holderIdentity": .string(identity), "leaseDurationSeconds": JSON(max(1, duration.components.seconds)),
            "acquireTime": .string(acquired), "renewTime": .string(Timestamp.now().microTime), "leaseTransitions": JSON(transitions),
        ]
    }

    private mutating func note(_ lease: EncodedObject) {
        observed = lease.decoded()
        observedAt = .now
    }
}
