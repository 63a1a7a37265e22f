import Kubernetes
import Synchronization

/// The resources that a server serves at the moment: those that it was built with, and the custom resources that come and go.
final class LiveCatalog: Sendable {
    /// The catalog between two changes. Its identity tells documents that were made of it whether they are current.
    final class Snapshot: Sendable {
        let catalog: ResourceCatalog

        fileprivate init(_ catalog: ResourceCatalog) { self.catalog = catalog }
    }

    private struct State {
        var snapshot: Snapshot
        var observers: [Int: AsyncStream<Snapshot>.Continuation] = [:]
        var nextObserver = 0
    }

    /// What the server was built with, which custom resources do not replace.
    let builtIn: ResourceCatalog
    private let state: Mutex<State>

    init(_ catalog: ResourceCatalog) {
        builtIn = catalog
        state = Mutex(State(snapshot: Snapshot(catalog)))
    }

    var current: Snapshot { state.withLock { $0.snapshot } }

    func change(_ change: (inout ResourceCatalog) -> Void) {
        state.withLock { state in
            var catalog = state.snapshot.catalog
            change(&catalog)
            state.snapshot = Snapshot(catalog)
            for observer in state.observers.values { observer.yield(state.snapshot) }
        }
    }

    /// The catalog as it is now, and then after changes; a reader who is slow misses those that others have overtaken.
    func snapshots() -> AsyncStream<Snapshot> {
        let (stream, continuation) = AsyncStream.makeStream(of: Snapshot.self, bufferingPolicy: .bufferingNewest(1))
        let observer = state.withLock { state in
            defer { state.nextObserver += 1 }
            state.observers[state.nextObserver] = continuation
            continuation.yield(state.snapshot)
            return state.nextObserver
        }
        // In a task of its own: this is called while a task is being cancelled, and `change` may be waiting for that task.
        continuation.onTermination = { [weak self] _ in Task { self?.forget(observer) } }
        return stream
    }

    private func forget(_ observer: Int) { state.withLock { $0.observers[observer] = nil } }
}
