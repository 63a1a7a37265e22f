import Client
import Kubernetes
import Synchronization

/// The policies, parsed once, by the kinds that they select.
final class PolicyIndex: Sendable {
    fileprivate struct Selected: Hashable {
        /// The policy's namespace; empty for cluster-wide policies.
        var namespace: String
        var kind: GroupVersionKind
    }

    private struct State {
        var policies: [ObjectKey: PropagationPolicy] = [:]
        var bySelected: [Selected: Set<ObjectKey>] = [:]
    }

    private let state = Mutex(State())

    func get(_ key: ObjectKey) -> PropagationPolicy? { state.withLock { $0.policies[key] } }

    /// The policy that gets the template: its namespace's policies go before cluster-wide ones.
    func match(_ template: Object) -> PropagationPolicy? {
        if !template.namespace.isEmpty, let policy = best(template, namespace: template.namespace) { return policy }
        return best(template, namespace: "")
    }

    private func best(_ template: Object, namespace: String) -> PropagationPolicy? {
        state.withLock { state in
            let selected = Selected(namespace: namespace, kind: template.groupVersionKind)
            var best: (policy: PropagationPolicy, fit: ResourceSelector.Fit)?
            for key in state.bySelected[selected] ?? [] {
                guard let policy = state.policies[key], !policy.isBeingDeleted else { continue }
                let fit = policy.spec.resourceSelectors.fit(template)
                if fit == .none { continue }
                if let current = best, !policy.precedes(current.policy, fit: fit, otherFit: current.fit) { continue }
                best = (policy, fit)
            }
            return best?.policy
        }
    }

    /// The policies beside `policy` that take resources from others, and whose priority lies between the two given.
    func preempting(beside policy: PropagationPolicy, above low: Int32, below high: Int32) -> [PropagationPolicy] {
        state.withLock { state in
            state.policies.values.filter {
                $0.key.namespace == policy.key.namespace && $0.spec.preempts && $0.spec.priority > low && $0.spec.priority < high
            }
        }
    }

    /// Notes what became of a policy.
    /// - Returns: what it was before.
    @discardableResult
    func apply(_ change: Informer.Change) -> PropagationPolicy? {
        let new: PropagationPolicy?
        if case .deleted = change { new = nil } else { new = PropagationPolicy(change.object.decoded()) }
        return state.withLock { state in
            let old = state.policies.removeValue(forKey: change.key)
            for selected in old?.selected ?? [] { state.bySelected[selected]?.remove(change.key) }
            if let new {
                state.policies[change.key] = new
                for selected in new.selected { state.bySelected[selected, default: []].insert(change.key) }
            }
            return old
        }
    }
}

extension PropagationPolicy {
    fileprivate var selected: Set<PolicyIndex.Selected> {
        Set(
            spec.resourceSelectors.map {
                PolicyIndex.Selected(
                    namespace: key.namespace, kind: GroupVersionKind(apiVersion: $0.apiVersion, kind: $0.kind))
            })
    }
}
