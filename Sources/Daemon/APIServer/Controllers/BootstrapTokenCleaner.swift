import Client
import Kubernetes
import Logging
import Store

/// Deletes bootstrap tokens that have expired.
final class BootstrapTokenCleaner: Sendable {
    private static let secrets = GroupResource(group: "", resource: "secrets")

    private let objects: ObjectService
    private let logger: Logger
    private let queue = WorkQueue<ObjectKey>()

    init(objects: ObjectService, logger: Logger) {
        self.objects = objects
        self.logger = logger
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.objects.store.follow(Self.secrets) { event in
                    switch event {
                    case .reset(let secrets): for secret in secrets { self.add(secret) }
                    case .changed(let secret): self.add(secret)
                    case .deleted: break
                    }
                }
            }
            group.addTask {
                await self.queue.run(workers: 1) { key in
                    try await self.reconcile(key)
                } onFailure: { key, error in
                    self.logger.warning("bootstrap token \(key.name): \(error)")
                }
            }
        }
    }

    private func add(_ secret: EncodedObject) {
        let isToken = secret.key.namespace == BootstrapTokens.namespace && secret.mentions("expiration")
        if isToken { queue.add(secret.key) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = objects.store.get(Self.secrets, key), let resource = objects.catalog.stored(Self.secrets) else {
            return .done
        }
        let secret = encoded.decoded()
        guard secret["type"]?.string == BootstrapTokens.secretType, let end = BootstrapTokens.expiration(of: secret) else {
            return .done
        }
        let left = end - .now()
        guard left <= .zero else { return .again(after: left) }
        do {
            _ = try await objects.delete(
                resource, key, DeletionRequest(uid: encoded.uid, resourceVersion: secret.resourceVersion))
        } catch {
            guard error.reason == .notFound || error.reason == .conflict else { throw error }
        }
        return .done
    }
}
