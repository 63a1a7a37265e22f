import Kubernetes

/// One version of an object as a write left it.
struct Change: Sendable {
    var collection: GroupResource
    /// For a deletion the object as it was last, with the deletion's revision.
    var object: EncodedObject
    var isDeletion: Bool
}

/// Where a `LocalStore` makes its changes durable. Used by one thread at a time; its files close when it goes.
protocol CommitLog: AnyObject {
    /// Hands out every change that is kept, oldest first.
    /// - Returns: the revision after which no change is missing. Of those up to it, at least the newest of every object is there.
    func load(_ body: (Change) -> Void) throws(StoreError) -> Int64

    /// Makes the changes durable, all or none, before it returns.
    func commit(_ changes: [Change]) throws(StoreError)

    /// Forgets the changes of these revisions, as superseded ones up to `compacted` are needed no more.
    func discard(_ revisions: [Int64], compacted: Int64) throws(StoreError)
}
