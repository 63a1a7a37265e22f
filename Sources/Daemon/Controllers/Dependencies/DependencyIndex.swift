import Client
import Kubernetes
import Synchronization

/// Which bindings follow which dependencies, and which of those bindings are in line as they are.
final class DependencyIndex: Sendable {
    private struct Named: Hashable {
        var kind: GroupVersionKind
        var key: ObjectKey
    }

    private struct Scope: Hashable {
        var kind: GroupVersionKind
        /// Empty: any.
        var namespace: String
        /// One that the selector wants; nil where it wants none of a certain value.
        var label: ResourceSelector.Label?

        init(kind: GroupVersionKind, namespace: String, label: ResourceSelector.Label?) {
            self.kind = kind
            self.namespace = namespace
            self.label = label
        }

        init(_ selector: ResourceSelector) {
            self.init(
                kind: GroupVersionKind(apiVersion: selector.apiVersion, kind: selector.kind), namespace: selector.namespace,
                label: selector.wantedLabel)
        }
    }

    private struct Follower {
        var uid: String
        /// The generation whose dependencies are in line; nil where something of them changed since.
        var generation: Int64?
        var selectors: [ResourceSelector]
    }

    private struct State {
        var followers: [ObjectKey: Follower] = [:]
        var byName: [Named: Set<ObjectKey>] = [:]
        /// Followers of whatever has certain labels.
        var byScope: [Scope: Set<ObjectKey>] = [:]
    }

    private let state = Mutex(State())

    func isInLine(_ binding: ResourceBinding) -> Bool {
        state.withLock { state in
            guard let follower = state.followers[binding.key] else { return false }
            return follower.uid == binding.uid && follower.generation == binding.generation
        }
    }

    /// Notes what the binding follows from now on, before it is brought in line: what changes meanwhile disturbs that.
    func follow(_ selectors: [ResourceSelector], by binding: ResourceBinding) {
        state.withLock { state in
            Self.remove(binding.key, from: &state)
            for selector in selectors {
                let kind = GroupVersionKind(apiVersion: selector.apiVersion, kind: selector.kind)
                if selector.name.isEmpty {
                    state.byScope[Scope(selector), default: []].insert(binding.key)
                } else {
                    let key = ObjectKey(namespace: selector.namespace, name: selector.name)
                    state.byName[Named(kind: kind, key: key), default: []].insert(binding.key)
                }
            }
            state.followers[binding.key] = Follower(uid: binding.uid, generation: binding.generation, selectors: selectors)
        }
    }

    /// Notes that something the binding follows changed, or could not be brought in line.
    func disturb(_ key: ObjectKey) { state.withLock { $0.followers[key]?.generation = nil } }

    func remove(_ key: ObjectKey) { state.withLock { Self.remove(key, from: &$0) } }

    /// The bindings that follow the changed object.
    func followers(of kind: GroupVersionKind, _ change: Informer.Change) -> [ObjectKey] {
        state.withLock { state in
            var found = state.byName[Named(kind: kind, key: change.key)] ?? []
            for scope in Self.scopes(kind, change) {
                for follower in state.byScope[scope] ?? []
                where state.followers[follower]?.selectors.contains(where: { $0.picks(kind, change) }) ?? false {
                    found.insert(follower)
                }
            }
            return Array(found)
        }
    }

    /// All scopes that selectors which pick the changed object may be filed under.
    private static func scopes(_ kind: GroupVersionKind, _ change: Informer.Change) -> [Scope] {
        var labels = Set(change.object.labels.map { ResourceSelector.Label(key: $0.key, value: $0.value) })
        if case .updated(let old, _) = change {
            labels.formUnion(old.labels.map { ResourceSelector.Label(key: $0.key, value: $0.value) })
        }
        return Set([change.key.namespace, ""]).flatMap { namespace in
            ([nil] + labels.map(Optional.some)).map { Scope(kind: kind, namespace: namespace, label: $0) }
        }
    }

    private static func remove(_ key: ObjectKey, from state: inout State) {
        guard let follower = state.followers.removeValue(forKey: key) else { return }
        for selector in follower.selectors {
            let kind = GroupVersionKind(apiVersion: selector.apiVersion, kind: selector.kind)
            if selector.name.isEmpty {
                state.byScope.remove(key, from: Scope(selector))
            } else {
                let object = ObjectKey(namespace: selector.namespace, name: selector.name)
                state.byName.remove(key, from: Named(kind: kind, key: object))
            }
        }
    }
}

extension Dictionary where Value == Set<ObjectKey> {
    /// Takes the element out of the set at `key`, and the set with it where it was the last.
    fileprivate mutating func remove(_ element: ObjectKey, from key: Key) {
        self[key]?.remove(element)
        if self[key]?.isEmpty ?? false { self[key] = nil }
    }
}

extension ResourceSelector {
    /// Whether the object is meant, as it is now or as it was before.
    fileprivate func picks(_ kind: GroupVersionKind, _ change: Informer.Change) -> Bool {
        var versions = [change.object]
        if case .updated(let old, _) = change { versions.append(old) }
        return versions.contains { fit(kind, $0.key, labels: $0.labels) != .none }
    }
}
