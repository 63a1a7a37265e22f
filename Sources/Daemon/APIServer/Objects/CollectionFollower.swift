import Client
import Kubernetes
import Store

/// What somebody who follows a collection learns, in order.
enum CollectionEvent: Sendable {
    /// All that there is: what was known before counts no more. Comes first, and again when the follower was too slow for the
    /// store's history.
    case reset([EncodedObject])
    case changed(EncodedObject)
    case deleted(EncodedObject)

    /// What it shows to be there.
    var present: [EncodedObject] {
        switch self {
        case .reset(let objects): objects
        case .changed(let object): [object]
        case .deleted: []
        }
    }
}

extension ObjectStore {
    /// Reports what a collection holds and then what happens to it, until the task is cancelled or the store is closed.
    /// - Parameter pause: how long to wait when something happens, for what else does.
    func follow(_ collection: GroupResource, pause: Duration = .zero, _ handle: (CollectionEvent) async -> Void) async {
        while !Task.isCancelled {
            do {
                let list = try list(collection, ListQuery())
                await handle(.reset(list.items))
                var changes = try watch(collection, namespace: nil, after: list.revision)
                changes.pause = pause
                for try await event in changes {
                    await handle(event.kind == .deleted ? .deleted(event.object) : .changed(event.object))
                }
                return
            } catch StoreError.compacted {
                continue
            } catch {
                return
            }
        }
    }

    /// Follows a collection and works on the keys that its events put into `queue`, until the task is cancelled.
    /// - Parameter keys: what needs work on account of an event.
    func reconcile<Key>(
        _ collection: GroupResource, _ queue: WorkQueue<Key>, workers: Int,
        keys: @escaping @Sendable (CollectionEvent) -> [Key],
        _ work: @escaping @Sendable (Key) async throws -> WorkQueue<Key>.Outcome,
        onFailure: @escaping @Sendable (Key, any Error) -> Void
    ) async {
        await withDiscardingTaskGroup { group in
            group.addTask { await follow(collection) { event in keys(event).forEach(queue.add) } }
            group.addTask { await queue.run(workers: workers, work, onFailure: onFailure) }
        }
    }
}
