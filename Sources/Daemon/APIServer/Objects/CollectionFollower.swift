import Kubernetes
import Store

/// What somebody who follows a collection learns, in order.
enum CollectionEvent: Sendable {
    /// All that there is: what was known before counts no more. Comes first, and again when the follower was too slow for the
    /// store's history.
    case reset([EncodedObject])
    case changed(EncodedObject)
    case deleted(EncodedObject)
}

extension ObjectStore {
    /// Reports what a collection holds and then what happens to it, until the task is cancelled or the store is closed.
    func follow(_ collection: GroupResource, _ handle: (CollectionEvent) async -> Void) async {
        while !Task.isCancelled {
            do {
                let list = try list(collection, ListQuery())
                await handle(.reset(list.items))
                for try await event in try watch(collection, namespace: nil, after: list.revision) {
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
}
