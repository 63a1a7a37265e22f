import Client
import Kubernetes
import Store

/// A store that is written only as long as this process leads, so that what a former leader still has under way does no harm.
struct FencedStore: ObjectStore {
    let store: any ObjectStore
    let leadership: Leadership

    var revision: Int64 { store.revision }

    func get(_ collection: GroupResource, _ key: ObjectKey) -> EncodedObject? { store.get(collection, key) }

    func list(_ collection: GroupResource, _ query: ListQuery) throws(StoreError) -> ListResult {
        try store.list(collection, query)
    }

    func write(_ write: Write) async throws(StoreError) -> EncodedObject {
        guard leadership.isHeld else { throw .unavailable("another replica leads now") }
        return try await store.write(write)
    }

    func watch(_ collection: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch {
        try store.watch(collection, namespace: namespace, after: revision)
    }

    func backup(to path: String) async throws(StoreError) { try await store.backup(to: path) }

    func close() async { await store.close() }
}
