import Client
import Interpreter
import Kubernetes
import Synchronization

/// The override policies as they are now, parsed once a change.
final class OverrideRules: Sendable {
    /// As events about override policies name their source.
    static let component = "override-manager"

    private struct State {
        var policies: [ObjectKey: OverridePolicy] = [:]
        var overrides: Overrides?
    }

    private let state = Mutex(State())

    init(plane: ControlPlane) {
        for informer in [plane.overridePolicies, plane.clusterOverridePolicies] {
            informer.onChange { [weak self] in self?.apply($0) }
        }
    }

    private func apply(_ change: Informer.Change) {
        let policy: OverridePolicy?
        if case .deleted = change { policy = nil } else { policy = OverridePolicy(change.object.decoded()) }
        state.withLock { state in
            state.policies[change.key] = policy
            state.overrides = nil
        }
    }

    var current: Overrides {
        state.withLock { state in
            if let overrides = state.overrides { return overrides }
            let overrides = Overrides(Array(state.policies.values))
            state.overrides = overrides
            return overrides
        }
    }
}
