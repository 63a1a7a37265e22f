import Kubernetes
import Logging
import Store
import Synchronization

/// Asks the admission webhooks about writes: first those that may change the object, one after the other, then those that only
/// say yes or no, all at once (Kubernetes documentation, "Dynamic Admission Control").
final class AdmissionWebhooks: Sendable {
    private static let group = "admissionregistration.k8s.io"
    private static let collections = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"].map {
        GroupResource(group: group, resource: $0)
    }

    private struct State {
        /// By collection and name of the configuration.
        var configurations: [GroupResource: [String: [Webhook]]] = [:]
        /// In the order in which they are asked.
        var mutating: [Webhook] = []
        var validating: [Webhook] = []
        /// New ones with every change of a configuration.
        var connections: WebhookConnections
    }

    private let store: any ObjectStore
    private let logger: Logger
    private let state: Mutex<State>

    init(store: any ObjectStore, logger: Logger) {
        self.store = store
        self.logger = logger
        state = Mutex(State(connections: WebhookConnections(store: store, logger: logger)))
    }

    // MARK: Configurations

    /// Reads all configurations, so that the first write is asked about.
    func load() throws(StoreError) {
        for collection in Self.collections { apply(.reset(try store.list(collection, ListQuery()).items), in: collection) }
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            for collection in Self.collections {
                group.addTask { await self.store.follow(collection) { self.apply($0, in: collection) } }
            }
        }
    }

    private func apply(_ event: CollectionEvent, in collection: GroupResource) {
        let isMutating = collection == Self.collections[0]
        func webhooks(_ object: EncodedObject) -> [Webhook] {
            (object.decoded()["webhooks"]?.array ?? []).map { Webhook($0, isMutating: isMutating) }
        }
        state.withLock { state in
            switch event {
            case .reset(let objects):
                state.configurations[collection] = Dictionary(
                    uniqueKeysWithValues: objects.map { ($0.key.name, webhooks($0)) })
            case .changed(let object): state.configurations[collection, default: [:]][object.key.name] = webhooks(object)
            case .deleted(let object): state.configurations[collection, default: [:]][object.key.name] = nil
            }
            let ordered = (state.configurations[collection] ?? [:]).sorted { $0.key < $1.key }.flatMap(\.value)
            if isMutating { state.mutating = ordered } else { state.validating = ordered }
            state.connections = WebhookConnections(store: store, logger: logger)
        }
    }

    private func webhooks(mutating: Bool) -> (webhooks: [Webhook], WebhookConnections) {
        state.withLock { (mutating ? $0.mutating : $0.validating, $0.connections) }
    }

    /// Webhooks are not asked about their own configurations, so that a bad one can be repaired.
    private static func isExempt(_ resource: ServedResource) -> Bool { resource.definition.group == group }

    func mayMutate(_ resource: ServedResource) -> Bool { state.withLock { !$0.mutating.isEmpty } && !Self.isExempt(resource) }
    func mayRefuse(_ resource: ServedResource) -> Bool { state.withLock { !$0.validating.isEmpty } && !Self.isExempt(resource) }

    // MARK: Asking

    /// The object as the webhooks want it, and their warnings.
    /// - Parameter reread: reads what a patch has made as its kind.
    /// - Throws: the refusal of one of them, or that one cannot be asked whose failure policy is `Fail`.
    func mutate(
        _ request: AdmissionRequest, reread: (Object) throws(APIError) -> Object
    ) async throws(APIError) -> (object: Object?, warnings: [String]) {
        let (webhooks, connections) = webhooks(mutating: true)
        var request = request
        var warnings: [String] = []
        var askedAt: [Int: Int] = [:]
        var changes = 0
        for round in 0..<2 {
            for (index, webhook) in webhooks.enumerated() {
                // The second round is for those that want to see what later ones have changed.
                if round == 1 {
                    guard webhook.mayBeReinvoked, let asked = askedAt[index], asked < changes else { continue }
                }
                guard let answer = try await ask(webhook, request, connections) else { continue }
                warnings += answer.warnings
                if let patched = answer.object, patched != request.object {
                    request.object = try reread(patched)
                    changes += 1
                }
                askedAt[index] = changes
            }
        }
        return (request.object, warnings)
    }

    /// - Returns: warnings.
    func validate(_ request: AdmissionRequest) async throws(APIError) -> [String] {
        let (webhooks, connections) = webhooks(mutating: false)
        let results = await withTaskGroup(of: (Int, Result<[String], APIError>).self) { group in
            for (index, webhook) in webhooks.enumerated() {
                group.addTask {
                    do throws(APIError) {
                        return (index, .success(try await self.ask(webhook, request, connections)?.warnings ?? []))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var results: [(Int, Result<[String], APIError>)] = []
            for await result in group { results.append(result) }
            return results
        }
        var warnings: [String] = []
        for (_, result) in results.sorted(by: { $0.0 < $1.0 }) { warnings += try result.get() }
        return warnings
    }

    private struct Answer {
        /// Nil where nothing is to change.
        var object: Object?
        var warnings: [String] = []
    }

    /// Nil where the webhook has nothing to say about the request.
    private func ask(
        _ webhook: Webhook, _ request: AdmissionRequest, _ connections: WebhookConnections
    ) async throws(APIError) -> Answer? {
        do throws(WebhookFailure) {
            let labels =
                request.key.namespace.isEmpty ? nil : store.get(.namespaces, ObjectKey(name: request.key.namespace))?.labels
            guard let version = try webhook.version(for: request, namespaceLabels: labels) else { return nil }
            guard !request.isDryRun || webhook.allowsDryRun else {
                return .some(try refuseDryRun(webhook))
            }
            let response = try await connections.ask(webhook, request, version: version)
            let warnings = response["warnings"]?.strings ?? []
            guard response["allowed"]?.bool == true else { throw WebhookFailure(refusal: Self.refusal(response, webhook)) }
            guard webhook.isMutating, let object = request.object, let patch = response["patch"]?.string else {
                return Answer(warnings: warnings)
            }
            return Answer(object: try patched(object, patch, response, request, version), warnings: warnings)
        } catch {
            if let refusal = error.refusal { throw refusal }
            guard webhook.ignoresFailure else {
                throw .internalError("failed calling webhook \"\(webhook.name)\": \(error)")
            }
            logger.warning("failed calling webhook \(webhook.name), which is ignored: \(error)")
            return nil
        }
    }

    private func refuseDryRun(_ webhook: Webhook) throws(WebhookFailure) -> Answer {
        throw WebhookFailure(
            refusal: .badRequest("admission webhook \"\(webhook.name)\" does not support dry run"))
    }

    private func patched(
        _ object: Object, _ patch: String, _ response: JSON, _ request: AdmissionRequest, _ version: String
    ) throws(WebhookFailure) -> Object {
        guard response["patchType"]?.string == "JSONPatch", let bytes = Base64.decode(patch),
            let operations = try? JSON(parsing: bytes)
        else { throw WebhookFailure("the response's patch must be a JSONPatch in base64") }
        let definition = request.resource.definition
        var changed = VersionConversion.convert(object, to: definition.kind(version))
        do {
            try changed.json.apply(jsonPatch: operations)
        } catch {
            throw WebhookFailure("the response's patch cannot be applied: \(error)")
        }
        return VersionConversion.convert(changed, to: request.resource.kind)
    }

    private static func refusal(_ response: JSON, _ webhook: Webhook) -> APIError {
        let status = response["status"] ?? [:]
        let message = status.text("message")
        let reason = status.text("reason")
        let denied = "admission webhook \"\(webhook.name)\" denied the request"
        var error =
            APIError(status: ["kind": "Status", "status": "Failure", "details": status["details"] ?? [:]]) ?? .badRequest("")
        if status["details"] == nil { error.details = nil }
        error.code = max(400, status["code"]?.int ?? 0)
        error.reason = APIError.Reason(rawValue: reason)
        error.message =
            !message.isEmpty
            ? "\(denied): \(message)" : !reason.isEmpty ? "\(denied): \(reason)" : "\(denied) without explanation"
        return error
    }
}
