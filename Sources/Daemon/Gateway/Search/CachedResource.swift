import Client
import Kubernetes
import Logging
import Synchronization

/// One resource of one cluster: its objects as they are, and its latest changes for those who go on from a version.
final class CachedResource: Sendable {
    struct Event: Sendable {
        enum Kind: String, Sendable { case added = "ADDED", modified = "MODIFIED", deleted = "DELETED" }

        var cluster: String
        var kind: Kind
        var object: EncodedObject
        var revision: Int64
    }

    private struct State {
        var events: [Event] = []
        /// Of the newest change.
        var revision: Int64 = 0
        /// Up to which changes are forgotten.
        var forgotten: Int64 = 0
        var watchers: [Int: @Sendable (Event) -> Void] = [:]
        var nextWatcher = 0
    }

    /// Changes that are remembered: at most so many, and half of them when there are more.
    private static let memory = 2048

    let cluster: String
    private let informer: Informer
    private let state = Mutex(State())

    /// - Parameter namespace: nil for all.
    init(_ resource: GroupVersionResource, namespace: String?, of cluster: String, client: any ObjectClient, logger: Logger) {
        self.cluster = cluster
        informer = Informer(resource, client: client, options: ListOptions(namespace: namespace), logger: logger)
        informer.onChange { [weak self] in self?.apply($0) }
    }

    func run() async { await informer.run() }

    var isSynced: Bool { informer.isSynced }
    var revision: Int64 { state.withLock { $0.revision } }

    func get(_ key: ObjectKey) -> EncodedObject? { informer.get(key) }

    /// All objects, sorted by namespace and name.
    func list() -> [EncodedObject] {
        informer.list().sorted { ($0.key.namespace, $0.key.name) < ($1.key.namespace, $1.key.name) }
    }

    private func apply(_ change: Informer.Change) {
        let kind: Event.Kind =
            switch change {
            case .added: .added
            case .updated: .modified
            case .deleted: .deleted
            }
        state.withLock { state in
            state.revision = max(state.revision, change.object.revision)
            let event = Event(cluster: cluster, kind: kind, object: change.object, revision: state.revision)
            // The first list is no change: nobody has seen anything before it.
            if informer.isSynced { state.events.append(event) } else { state.forgotten = state.revision }
            if state.events.count > Self.memory {
                let gone = state.events.count - Self.memory / 2
                state.forgotten = state.events[gone - 1].revision
                state.events.removeFirst(gone)
            }
            for watcher in state.watchers.values { watcher(event) }
        }
    }

    /// Hands `watcher` what changed after `revision`, and from then on every change as it comes, in order.
    /// - Parameter revision: nil to begin with the objects that there are.
    /// - Returns: what to `forget` the watcher by.
    /// - Throws: `Expired` where changes since then are forgotten.
    func watch(after revision: Int64?, _ watcher: @escaping @Sendable (Event) -> Void) throws(APIError) -> Int {
        // Nothing can change between the two: changes come on the informer's task, and wait for the lock.
        let id: Int? = state.withLock { state in
            if let revision {
                guard revision >= state.forgotten else { return nil }
                for event in state.events where event.revision > revision { watcher(event) }
            } else {
                for object in list() { watcher(Event(cluster: cluster, kind: .added, object: object, revision: state.revision)) }
            }
            state.nextWatcher += 1
            state.watchers[state.nextWatcher] = watcher
            return state.nextWatcher
        }
        guard let id else {
            throw APIError(
                code: 410, reason: .expired, message: "too old resource version: \(revision ?? 0) of cluster \(cluster)")
        }
        return id
    }

    func forget(watcher id: Int) { state.withLock { $0.watchers[id] = nil } }
}
