import Kubernetes

/// A store that serves reads and watches from memory.
protocol CachedStore: ObjectStore {
    var cache: StoreCache { get }
}

extension CachedStore {
    public var revision: Int64 { cache.revision }

    public func get(_ collection: GroupResource, _ key: ObjectKey) -> EncodedObject? { cache.get(collection, key) }

    public func list(_ collection: GroupResource, _ query: ListQuery) throws(StoreError) -> ListResult {
        try cache.list(collection, query)
    }

    public func watch(_ collection: GroupResource, namespace: String?, after revision: Int64) throws(StoreError) -> StoreWatch {
        try cache.checkWatch(collection, after: revision)
        return StoreWatch(cache: cache, collection: collection, namespace: namespace, revision: revision)
    }
}
