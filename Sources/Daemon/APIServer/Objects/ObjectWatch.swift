import Kubernetes
import Store

/// The events of a watch: the store's changes as the watcher's selection sees them.
///
/// A change that makes an object match is an addition, one that makes it match no longer a deletion, as in kube-apiserver.
struct ObjectWatch: AsyncSequence, Sendable {
    typealias Element = WatchEvent

    let resource: ServedResource
    let selection: Selection
    /// What is there to begin with, to be delivered as additions.
    let initial: [EncodedObject]
    /// The revision of `initial`, or the one that the watch goes on from.
    let revision: Int64
    /// Whether a bookmark ends the initial events (`sendInitialEvents=true`).
    let marksEndOfInitial: Bool
    let changes: StoreWatch

    func makeAsyncIterator() -> Iterator { Iterator(self) }

    struct Iterator: AsyncIteratorProtocol, Sendable {
        private let resource: ServedResource
        private let selection: Selection
        private var initial: ArraySlice<EncodedObject>
        private var owesInitialBookmark: Bool
        private var changes: StoreWatch.AsyncIterator
        /// Every change up to this revision was delivered, or is none of the watcher's business.
        private(set) var revision: Int64

        fileprivate init(_ watch: ObjectWatch) {
            resource = watch.resource
            selection = watch.selection
            initial = watch.initial[...]
            owesInitialBookmark = watch.marksEndOfInitial
            changes = watch.changes.makeAsyncIterator()
            revision = watch.revision
        }

        /// Whether all initial events were delivered.
        var isPastInitial: Bool { initial.isEmpty && !owesInitialBookmark }

        mutating func next() async throws(APIError) -> WatchEvent? { try await next(isolation: nil) }

        /// - Throws: `Expired` for a watcher that reads more slowly than the store forgets.
        mutating func next(isolation actor: isolated (any Actor)?) async throws(APIError) -> WatchEvent? {
            if let event = nextAtHand() { return event }
            do {
                while let change = try await changes.next(isolation: actor) {
                    if let event = event(for: change) { return event }
                }
            } catch {
                throw APIError(error)
            }
            return nil
        }

        /// The next event if all that it takes was read already; nil where `next` might wait.
        mutating func nextAtHand() -> WatchEvent? {
            if let object = initial.popFirst() { return .added(resource.serve(object)) }
            if owesInitialBookmark {
                owesInitialBookmark = false
                return .bookmark(resourceVersion: String(revision))
            }
            while let change = changes.nextAtHand() {
                if let event = event(for: change) { return event }
            }
            return nil
        }

        /// Nil for a change that is none of the watcher's business.
        private mutating func event(for change: StoreEvent) -> WatchEvent? {
            revision = change.object.revision
            let before = change.previous.map(selection.matches) ?? false
            let after = change.kind != .deleted && selection.matches(change.object)
            switch (before, after) {
            case (false, false): return nil
            case (false, true): return .added(resource.serve(change.object))
            case (true, true): return .modified(resource.serve(change.object))
            case (true, false) where change.kind == .deleted: return .deleted(resource.serve(change.object))
            case (true, false):
                // The object as the watcher knew it, at the revision at which it went out of sight.
                guard let previous = change.previous else { return nil }
                return .deleted(resource.serve(EncodedObject(previous.decoded(), revision: change.object.revision)))
            }
        }
    }
}
