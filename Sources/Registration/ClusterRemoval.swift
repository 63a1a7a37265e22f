import Client
import Kubernetes

/// How a cluster leaves the control plane: what was propagated goes first, then its Cluster, then its accounts in the member.
public struct ClusterRemoval: Sendable {
    private static let pollInterval = Duration.milliseconds(250)
    /// What the control plane's controllers, and agents, call what they could not take out of a member.
    private static let failureReason = "CleanupWorkFailed"

    public let name: String
    private let syncMode: Cluster.SyncMode
    /// Of the accounts in the member; nil for that of the Cluster's Secrets.
    private let namespace: String?
    private let patience: Duration
    private let force: Bool

    /// - Parameters:
    ///   - patience: how long to wait for the Cluster to be gone.
    ///   - force: whether it goes then though nobody cleaned up in the member, and though the member does not answer.
    public init(name: String, syncMode: Cluster.SyncMode, namespace: String?, patience: Duration, force: Bool) {
        self.name = name
        self.syncMode = syncMode
        self.namespace = namespace
        self.patience = patience
        self.force = force
    }

    /// Goes on where an earlier try left the accounts in the member only.
    /// - Parameters:
    ///   - member: nil to leave the accounts there.
    ///   - warn: is told what failed in the member and is passed over, by force.
    /// - Throws: `RegistrationError`; before anything is changed where the member is another cluster than the one to remove.
    public func remove(
        from controlPlane: any ObjectClient, _ member: (any ObjectClient)?, isDryRun: Bool = false,
        warn: (any Error) -> Void = { _ in }
    ) async throws {
        let cluster = try await cluster(in: controlPlane)
        let registration = ClusterRegistration(name: name, namespace: namespace ?? cluster?.secretNamespace)
        guard cluster != nil || member != nil else { throw notFound }
        var known: (any ObjectClient)?
        if let member {
            do {
                try await check(member, cluster, in: controlPlane, registration)
                known = member
            } catch let error as RegistrationError where force && cluster != nil && !error.isFinal {
                // It does not answer: nothing is removed where nobody knows which cluster it is.
                warn(error)
            }
        }
        guard !isDryRun else { return }
        if cluster != nil { try await delete(from: controlPlane) }
        if let member = known {
            try await registration.leave(member) { error in
                guard force else { throw error }
                warn(error)
            }
        }
    }

    // MARK: Checks

    private var notFound: RegistrationError { RegistrationError("no cluster object \(name) found in the control plane") }

    private func cluster(in controlPlane: any ObjectClient) async throws -> Cluster? {
        do {
            guard let found = try await controlPlane.find(Cluster.resource, ObjectKey(name: name)) else { return nil }
            let cluster = Cluster(found.decoded())
            guard cluster.spec.syncMode == syncMode else {
                throw RegistrationError(
                    syncMode == .push
                        ? "cluster \(name) is a Pull mode member cluster: use unregister"
                        : "cluster \(name) is a Push mode member cluster: use unjoin")
            }
            return cluster
        } catch let error as APIError where error.reason == .forbidden && syncMode == .pull {
            throw RegistrationError(
                "\(error); an agent's rights end with its cluster: if that is gone, use an administrator's kubeconfig")
        }
    }

    /// The member must be the one that the Cluster stands for; where that is gone, it must have its account.
    private func check(
        _ member: any ObjectClient, _ cluster: Cluster?, in controlPlane: any ObjectClient, _ registration: ClusterRegistration
    ) async throws {
        let identity = try await ClusterIdentity(of: member)
        try await identity.check(against: controlPlane, option: "--cluster-kubeconfig")
        // A Cluster that was made by hand need not have an ID.
        if let cluster, !cluster.spec.id.isEmpty {
            guard cluster.spec.id == identity.description else {
                throw RegistrationError(
                    "--cluster-kubeconfig leads to another cluster than \(name): its ID is \(identity), not \(cluster.spec.id)")
            }
            return
        }
        if let other = try await self.cluster(of: identity, in: controlPlane), other != name {
            throw RegistrationError("--cluster-kubeconfig leads to cluster \(other), not to \(name)")
        }
        if cluster == nil {
            guard try await registration.hasAccount(in: member) else { throw notFound }
        }
    }

    /// The name under which a cluster is joined; nil where it is not, and for an agent, which sees its own only.
    private func cluster(
        of identity: ClusterIdentity, in controlPlane: any ObjectClient
    ) async throws(APIError) -> String? {
        do {
            return try await controlPlane.list(Cluster.resource, ListOptions()).items
                .first { $0.decoded().spec["id"]?.string == identity.description }?.key.name
        } catch where error.reason == .forbidden {
            return nil
        }
    }

    // MARK: The control plane's part

    /// Deletes the Cluster and waits until the control plane has cleaned up after it.
    private func delete(from controlPlane: any ObjectClient) async throws {
        try await controlPlane.deleteIfPresent(Cluster.resource, ObjectKey(name: name))
        let deadline = ContinuousClock.now + patience
        while try await isThere(in: controlPlane) {
            guard ContinuousClock.now < deadline else {
                guard force else { throw await timeout(in: controlPlane) }
                return try await abandon(in: controlPlane)
            }
            try await Task.sleep(for: Self.pollInterval)
        }
    }

    /// An agent's rights end with its cluster: who may not look any more has seen it go.
    private func isThere(in controlPlane: any ObjectClient) async throws(APIError) -> Bool {
        do {
            return try await controlPlane.find(Cluster.resource, ObjectKey(name: name)) != nil
        } catch where error.reason == .forbidden {
            guard syncMode == .pull else { throw error }
            return false
        }
    }

    private func timeout(in controlPlane: any ObjectClient) async -> RegistrationError {
        let advice =
            syncMode == .push
            ? "--force removes it regardless"
            : "where its agent does not run, or the cluster does not answer it, the control plane cleans up by itself once it "
                + "has not heard of it for a while (flotillad serve --cluster-monitor-grace-period, 40 s): run this again then"
        let remains = await remains(in: controlPlane).map { ": \($0)" } ?? ""
        return RegistrationError("cluster \(name) is not gone after \(patience)\(remains); \(advice)", isFinal: false)
    }

    /// What keeps the Cluster, and why, as far as that can be told.
    private func remains(in controlPlane: any ObjectClient) async -> String? {
        let space = ListOptions(namespace: Work.namespace(of: name))
        guard let works = try? await controlPlane.list(Work.resource, space).items else { return nil }
        let events = (try? await controlPlane.list(EventRecorder.resource, space).items.map { $0.decoded() }) ?? []
        let names = Set(works.map(\.key.name))
        let failure = events.first { event in
            event["reason"]?.string == Self.failureReason && names.contains(event["involvedObject", "name"]?.string ?? "")
        }
        let count = works.count == 1 ? "1 Work is left" : "\(works.count) Works are left"
        return count + (failure?["message"]?.string.map { " (\($0))" } ?? "")
    }

    /// Lets the Works, their namespace and the Cluster go though nobody cleaned up in the member.
    private func abandon(in controlPlane: any ObjectClient) async throws {
        let space = Work.namespace(of: name)
        // First, so that no further Works come.
        try await controlPlane.deleteIfPresent(.namespaces, ObjectKey(name: space))
        for work in try await controlPlane.list(Work.resource, ListOptions(namespace: space)).items {
            try await remove("karmada.io/execution-controller", from: work.key, in: Work.resource, of: controlPlane)
        }
        try await remove("karmada.io/cluster-controller", from: ObjectKey(name: name), in: Cluster.resource, of: controlPlane)
    }

    private func remove(
        _ finalizer: String, from key: ObjectKey, in resource: GroupVersionResource, of client: any ObjectClient
    ) async throws(APIError) {
        do {
            try await client.modify(resource, key) { object in
                object.finalizers.removeAll { $0 == finalizer }
                return true
            }
        } catch where error.reason == .notFound {
            // Gone meanwhile.
        }
    }
}

extension Cluster {
    /// Where joining put its Secrets, and its accounts in the member.
    fileprivate var secretNamespace: String? {
        [spec.secretRef, spec.impersonatorSecretRef].compactMap { $0?.namespace }.first { !$0.isEmpty }
    }
}
