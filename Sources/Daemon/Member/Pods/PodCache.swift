import Client
import Kubernetes
import Logging
import Synchronization

/// All pods, found by key, by owner, by node and by label.
final class PodCache: Sendable {
    enum Change: Sendable {
        case added(Pod)
        case updated(old: Pod, new: Pod)
        case deleted(Pod)

        /// The pod as it is now, or as it was last.
        var pod: Pod {
            switch self {
            case .added(let pod), .updated(_, let pod), .deleted(let pod): pod
            }
        }
    }

    typealias Handler = @Sendable (Change) -> Void

    fileprivate struct Label: Hashable {
        var namespace: String
        var key: String
        var value: String
    }

    fileprivate struct State {
        var pods: [ObjectKey: Pod] = [:]
        var byOwner: [String: Set<ObjectKey>] = [:]
        var byNode: [String: Set<ObjectKey>] = [:]
        var byLabel: [Label: Set<ObjectKey>] = [:]
        var handlers: [Handler] = []
    }

    let informer: Informer
    private let state = Mutex(State())

    init(client: any ObjectClient, logger: Logger) {
        informer = Informer(.pods, client: client, logger: logger)
        informer.onChange { [weak self] in self?.apply($0) }
    }

    // MARK: Reading

    func get(_ key: ObjectKey) -> Pod? { state.withLock { $0.pods[key] } }

    /// The pods that the object with this uid manages.
    func owned(by uid: String) -> [Pod] { state.withLock { $0.pods(in: $0.byOwner[uid]) } }

    func onNode(_ name: String) -> [Pod] { state.withLock { $0.pods(in: $0.byNode[name]) } }

    /// The pods of a namespace that have all these labels; none for no labels.
    func labelled(_ labels: [String: String], in namespace: String) -> [Pod] {
        state.withLock { state in
            let sets = labels.map { state.byLabel[Label(namespace: namespace, key: $0.key, value: $0.value)] ?? [] }
            guard let smallest = sets.min(by: { $0.count < $1.count }) else { return [] }
            return smallest.compactMap { key in
                guard sets.allSatisfy({ $0.contains(key) }) else { return nil }
                return state.pods[key]
            }
        }
    }

    /// Adds a handler, before the informer runs. It is called in the order of the events and does no work itself.
    func onChange(_ handler: @escaping Handler) { state.withLock { $0.handlers.append(handler) } }

    // MARK: Writing

    private func apply(_ change: Informer.Change) {
        let (podChange, handlers): (Change, [Handler])
        switch change {
        case .added(let object), .updated(_, let object):
            let pod = Pod(object)
            (podChange, handlers) = state.withLock { state in
                let old = state.pods.updateValue(pod, forKey: pod.key)
                if let old { state.unindex(old) }
                state.index(pod)
                return (old.map { .updated(old: $0, new: pod) } ?? .added(pod), state.handlers)
            }
        case .deleted(let object):
            let pod = Pod(object)
            (podChange, handlers) = state.withLock { state in
                if let old = state.pods.removeValue(forKey: pod.key) { state.unindex(old) }
                return (.deleted(pod), state.handlers)
            }
        }
        handlers.forEach { $0(podChange) }
    }
}

extension PodCache.State {
    fileprivate func pods(in keys: Set<ObjectKey>?) -> [Pod] { (keys ?? []).compactMap { pods[$0] } }

    fileprivate mutating func index(_ pod: Pod) {
        if let owner = pod.owner { byOwner[owner.uid, default: []].insert(pod.key) }
        if !pod.nodeName.isEmpty { byNode[pod.nodeName, default: []].insert(pod.key) }
        for (key, value) in pod.labels {
            byLabel[.init(namespace: pod.key.namespace, key: key, value: value), default: []].insert(pod.key)
        }
    }

    fileprivate mutating func unindex(_ pod: Pod) {
        if let owner = pod.owner { byOwner.remove(pod.key, under: owner.uid) }
        if !pod.nodeName.isEmpty { byNode.remove(pod.key, under: pod.nodeName) }
        for (key, value) in pod.labels {
            byLabel.remove(pod.key, under: .init(namespace: pod.key.namespace, key: key, value: value))
        }
    }
}

extension Dictionary where Value == Set<ObjectKey> {
    fileprivate mutating func remove(_ member: ObjectKey, under key: Key) {
        self[key]?.remove(member)
        if self[key]?.isEmpty == true { self[key] = nil }
    }
}
