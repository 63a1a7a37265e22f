import Client
import Kubernetes
import Logging
import Store

/// Gives every namespace its `default` ServiceAccount, and empties and removes the namespaces that are being deleted.
final class NamespaceController: Sendable {
    private static let workers = 8
    /// How long to wait for objects that have finalizers.
    private static let emptyingInterval = Duration.milliseconds(500)

    private let objects: ObjectService
    private let logger: Logger
    private let queue = WorkQueue<String>()

    init(objects: ObjectService, logger: Logger) {
        self.objects = objects
        self.logger = logger
    }

    func run() async {
        await objects.store.reconcile(
            .namespaces, queue, workers: Self.workers, keys: { $0.present.map(\.key.name) }, reconcile
        ) { name, error in
            self.logger.debug("namespace \(name): \(error)")
        }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let encoded = objects.store.get(.namespaces, ObjectKey(name: name)) else { return .done }
        let namespace = encoded.decoded()
        guard namespace.isBeingDeleted else {
            try await makeDefaultServiceAccount(in: name)
            return .done
        }
        guard namespace.spec["finalizers"]?.strings.contains("kubernetes") == true else { return .done }
        guard try await empty(name) else { return .again(after: Self.emptyingInterval) }
        guard let resource = objects.catalog.stored(.namespaces) else { return .done }
        do {
            _ = try await objects.update(resource, namespace.key, subresource: "finalize", WriteOptions()) { current in
                var changed = current
                let left = current.spec["finalizers"]?.strings.filter { $0 != "kubernetes" } ?? []
                changed.spec["finalizers"] = left.isEmpty ? JSON?.none : JSON(left)
                return changed
            }
        } catch {
            guard error.reason == .notFound else { throw error }
        }
        return .done
    }

    private func makeDefaultServiceAccount(in namespace: String) async throws {
        let collection = GroupResource(group: "", resource: "serviceaccounts")
        let account = Object(apiVersion: "v1", kind: "ServiceAccount", namespace: namespace, name: "default")
        guard objects.store.get(collection, account.key) == nil, let resource = objects.catalog.stored(collection)
        else { return }
        do {
            _ = try await objects.create(resource, account, namespace: namespace, WriteOptions())
        } catch {
            guard error.reason == .alreadyExists || error.reason == .notFound else { throw error }
        }
    }

    /// Deletes what is in a namespace.
    /// - Returns: whether nothing is left.
    private func empty(_ namespace: String) async throws -> Bool {
        var isEmpty = true
        for definition in objects.catalog.storedDefinitions where definition.isNamespaced {
            guard let resource = objects.catalog.stored(definition.groupResource) else { continue }
            let request = ListRequest(namespace: namespace)
            let left = try await objects.deleteCollection(resource, request, DeletionRequest(propagation: .background))
            if !left.items.isEmpty, try await !objects.list(resource, request).items.isEmpty { isEmpty = false }
        }
        return isEmpty
    }
}
