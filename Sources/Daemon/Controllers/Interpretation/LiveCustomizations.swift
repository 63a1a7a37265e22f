import Client
import Interpreter
import Kubernetes
import Synchronization

/// The customizations as they are now. A change counts from the next question on; scripts are compiled once a change.
final class LiveCustomizations: CustomRules {
    private struct State {
        var customizations: [String: Customization] = [:]
        var merged: Customizations?
    }

    private let state = Mutex(State())

    init(_ informer: Informer) {
        informer.onChange { [weak self] in self?.apply($0) }
    }

    private func apply(_ change: Informer.Change) {
        let customization: Customization?
        if case .deleted = change { customization = nil } else { customization = Customization(change.object.decoded()) }
        state.withLock { state in
            state.customizations[change.key.name] = customization
            state.merged = nil
        }
    }

    private var current: Customizations {
        state.withLock { state in
            if let merged = state.merged { return merged }
            let merged = Customizations(Array(state.customizations.values))
            state.merged = merged
            return merged
        }
    }

    func hasRule(for kind: GroupVersionKind, _ operation: InterpreterOperation) -> Bool {
        current.hasRule(for: kind, operation)
    }

    func answer(_ question: InterpreterQuestion) async throws(InterpreterError) -> InterpreterAnswer? {
        try await current.answer(question)
    }
}
