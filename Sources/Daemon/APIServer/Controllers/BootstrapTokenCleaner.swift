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
        await objects.store.reconcile(
            Self.secrets, queue, workers: 1, keys: { $0.present.filter(Self.mayExpire).map(\.key) }, reconcile
        ) { key, error in
            self.logger.warning("bootstrap token \(key.name): \(error)")
        }
    }

    private static func mayExpire(_ secret: EncodedObject) -> Bool {
        secret.key.namespace == BootstrapTokens.namespace && secret.mentions("expiration")
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
