import Client
import Kubernetes

/// Creates and deletes the pods of one kind of owner, and remembers what the cache has not shown yet.
struct PodControl: Sendable {
    private let client: any ObjectClient
    private let expectations = Expectations()

    /// How long an owner is left alone one of whose pods changed: starting is several changes, and one of the owner's status.
    private static let settlingTime = Duration.milliseconds(30)

    /// - Parameters:
    ///   - kind: the owners' kind, `ReplicaSet` say.
    ///   - queue: gets the key of an owner one of whose pods changed.
    init(client: any ObjectClient, pods: PodCache, kind: String, queue: WorkQueue<ObjectKey>) {
        self.client = client
        pods.onChange { [expectations] change in
            let pod = change.pod
            guard let owner = pod.owner, owner.kind == kind else { return }
            switch change {
            case .added where !pod.isTerminating: expectations.observeCreation(for: owner.uid)
            case .deleted: expectations.observeDeletion(of: pod.uid, for: owner.uid)
            case .added, .updated: if pod.isTerminating { expectations.observeDeletion(of: pod.uid, for: owner.uid) }
            }
            queue.add(ObjectKey(namespace: pod.key.namespace, name: owner.name), after: Self.settlingTime)
        }
    }

    /// Whether the cache shows all that was created and deleted for this owner; decisions must wait until it does.
    func isSettled(_ owner: String) -> Bool { expectations.areFulfilled(for: owner) }

    func forget(_ owner: String) { expectations.forget(owner) }

    func create(_ pods: [Object], for owner: String) async throws {
        try await forEach(pods) { pod in
            expectations.expectCreation(for: owner)
            do {
                _ = try await client.create(pod, in: .pods)
            } catch {
                expectations.observeCreation(for: owner)
                throw error
            }
        }
    }

    func delete(_ pods: [Pod], for owner: String) async throws {
        try await forEach(pods) { pod in
            expectations.expectDeletion(of: pod.uid, for: owner)
            do {
                try await client.delete(.pods, pod.key, DeleteOptions(uid: pod.uid, propagation: .background))
            } catch let error as APIError {
                expectations.observeDeletion(of: pod.uid, for: owner)
                // Gone already, or another of that name in its place.
                guard error.reason == .notFound || error.reason == .conflict else { throw error }
            }
        }
    }
}
