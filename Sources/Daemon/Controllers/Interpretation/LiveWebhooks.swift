import Client
import Interpreter
import Kubernetes
import Logging
import Synchronization

/// The interpreter webhooks as they are configured now.
final class LiveWebhooks: CustomRules {
    private let callers = Mutex<[WebhookCaller]>([])
    private let client: any ObjectClient
    private let logger: Logger

    /// - Parameter client: of the control plane, whose Services webhooks may be served by.
    init(_ informer: Informer, client: any ObjectClient, logger: Logger) {
        self.client = client
        self.logger = logger
        informer.onChange { [weak self] in self?.apply($0) }
    }

    private func apply(_ change: Informer.Change) {
        let webhooks: [InterpreterWebhook]
        if case .deleted = change { webhooks = [] } else { webhooks = InterpreterWebhook.webhooks(of: change.object.decoded()) }
        let prefix = change.key.name + "/"
        callers.withLock { callers in
            let kept = callers.filter { webhooks.contains($0.webhook) || !$0.webhook.id.hasPrefix(prefix) }
            let known = Set(kept.map(\.webhook.id))
            let new = webhooks.filter { !known.contains($0.id) }.map { WebhookCaller($0, client: client, logger: logger) }
            callers = (kept + new).sorted { $0.webhook.id < $1.webhook.id }
        }
    }

    private func caller(for kind: GroupVersionKind, _ operation: InterpreterOperation) -> WebhookCaller? {
        callers.withLock { callers in callers.first { $0.webhook.handles(kind, operation) } }
    }

    func hasRule(for kind: GroupVersionKind, _ operation: InterpreterOperation) -> Bool { caller(for: kind, operation) != nil }

    func answer(_ question: InterpreterQuestion) async throws(InterpreterError) -> InterpreterAnswer? {
        guard let caller = caller(for: question.object.groupVersionKind, question.operation) else { return nil }
        do {
            return try await caller.ask(question)
        } catch {
            throw InterpreterError(
                field: "ResourceInterpreterWebhookConfiguration \(caller.webhook.id): \(question.operation.rawValue)",
                message: "\(error)")
        }
    }
}
