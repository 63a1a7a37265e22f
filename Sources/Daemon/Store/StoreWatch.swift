import Kubernetes

/// The changes of a collection after a revision, exactly once and in order, those to come included.
///
/// A watcher reads from the store's history at its own pace: it owns no queue that could grow, and costs nobody else anything.
/// One that falls behind the history ends with `StoreError.compacted`. The sequence ends when its task is cancelled or the store
/// closed.
public struct StoreWatch: AsyncSequence, Sendable {
    public typealias Element = StoreEvent
    public typealias Failure = StoreError

    let cache: StoreCache
    let collection: GroupResource
    let namespace: String?
    let revision: Int64
    /// From a change that was waited for until it is read: who is in no hurry is woken once for all that happens meanwhile.
    public var pause = Duration.zero

    public func makeAsyncIterator() -> AsyncIterator { AsyncIterator(watch: self, cursor: revision) }

    public struct AsyncIterator: AsyncIteratorProtocol, Sendable {
        private static let batchSize = 256

        fileprivate let watch: StoreWatch
        fileprivate var cursor: Int64
        private var batch: ArraySlice<StoreEvent> = []

        fileprivate init(watch: StoreWatch, cursor: Int64) {
            self.watch = watch
            self.cursor = cursor
        }

        /// The next change if it was read already; nil where `next` would have to look for it, and maybe wait.
        public mutating func nextAtHand() -> StoreEvent? { batch.popFirst() }

        public mutating func next() async throws(StoreError) -> StoreEvent? {
            try await next(isolation: nil)
        }

        public mutating func next(isolation actor: isolated (any Actor)?) async throws(StoreError) -> StoreEvent? {
            while batch.isEmpty {
                let (collection, namespace) = (watch.collection, watch.namespace)
                batch = try watch.cache.events(of: collection, namespace: namespace, after: &cursor, limit: Self.batchSize)[...]
                if batch.isEmpty {
                    guard let seen = await watch.cache.wait(for: collection, namespace: namespace, after: cursor) else {
                        return nil
                    }
                    cursor = seen
                    if watch.pause > .zero { try? await Task.sleep(for: watch.pause) }
                }
            }
            return batch.removeFirst()
        }
    }
}
