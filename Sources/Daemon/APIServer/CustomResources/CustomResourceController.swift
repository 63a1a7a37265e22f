import Client
import Kubernetes
import Logging
import Store
import Synchronization

/// Serves what CustomResourceDefinitions define: gives them their names, puts them into the catalog, and removes the custom
/// resources of a definition that is being deleted.
final class CustomResourceController: Sendable {
    /// How long to wait for custom resources that have finalizers.
    private static let cleanupInterval = Duration.milliseconds(500)

    /// What the catalog holds for a definition, so that it changes only when that does.
    private struct Served: Equatable {
        var resource: GroupResource
        var uid: String
        var generation: Int64
        var names: CustomResourceDefinition.Names
        var storedVersions: [String]
        var isBeingDeleted: Bool

        init(_ definition: CustomResourceDefinition) {
            resource = definition.groupResource
            uid = definition.object.uid
            generation = definition.object.generation
            names = definition.acceptedNames
            storedVersions = definition.storedVersions
            isBeingDeleted = definition.object.isBeingDeleted
        }
    }

    private let objects: ObjectService
    private let logger: Logger
    private let queue = WorkQueue<String>()
    private let served = Mutex<[String: Served]>([:])

    init(objects: ObjectService, logger: Logger) {
        self.objects = objects
        self.logger = logger
    }

    /// Puts the definitions of the store into the catalog, so that a restarted server serves them from its first request on.
    func load() throws(APIError) {
        for definition in try definitions() where definition.isEstablished { serve(definition) }
    }

    func run() async {
        // One at a time: which of two definitions gets a name is decided in order.
        await objects.store.reconcile(
            CustomResourceDefinition.collection, queue, workers: 1, keys: names, reconcile
        ) { name, error in
            self.logger.warning("custom resource definition \(name): \(error)")
        }
    }

    /// The definitions that an event is about, those that went unseen included.
    private func names(_ event: CollectionEvent) -> [String] {
        switch event {
        case .reset(let definitions): definitions.map(\.key.name) + served.withLock { Array($0.keys) }
        case .changed(let definition), .deleted(let definition): [definition.key.name]
        }
    }

    private func definitions() throws(APIError) -> [CustomResourceDefinition] {
        do {
            return try objects.store.list(CustomResourceDefinition.collection, ListQuery()).items
                .map { CustomResourceDefinition($0.decoded()) }
        } catch {
            throw APIError(error)
        }
    }

    // MARK: Work

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let encoded = objects.store.get(CustomResourceDefinition.collection, ObjectKey(name: name)) else {
            try withdraw(name)
            return .done
        }
        let others = try definitions().filter { $0.name != name }
        let definition = CustomResourceDefinition(encoded.decoded())
        let changed = definition.withNames(besides: others.filter { $0.group == definition.group })
        // It is served before it says so: who waits for the condition finds it in place.
        if changed.isEstablished { serve(changed) }
        try await updateStatus(of: definition, to: changed)
        if changed.acceptedNames != definition.acceptedNames { askForNamesAgain(others, in: definition.group) }
        guard definition.object.isBeingDeleted else { return .done }
        return try await removeCustomResources(of: changed)
    }

    private func serve(_ definition: CustomResourceDefinition) {
        // As in Kubernetes, a definition of what is built in is accepted, and the built-in goes on being served.
        guard objects.liveCatalog.builtIn.definition(of: definition.groupResource) == nil else { return }
        let new = Served(definition)
        let isNews = served.withLock { served in
            defer { served[definition.name] = new }
            return served[definition.name] != new
        }
        guard isNews else { return }
        let resource = definition.resource
        objects.liveCatalog.change { catalog in
            if let resource { catalog.insert(resource) } else { catalog.remove(definition.groupResource) }
        }
    }

    private func withdraw(_ name: String) throws(APIError) {
        guard let gone = served.withLock({ $0.removeValue(forKey: name) }) else { return }
        objects.liveCatalog.change { $0.remove(gone.resource) }
        askForNamesAgain(try definitions(), in: gone.resource.group)
    }

    /// Names may be free now that others wait for.
    private func askForNamesAgain(_ definitions: [CustomResourceDefinition], in group: String) {
        for other in definitions where other.group == group && !other.isTrue("NamesAccepted") { queue.add(other.name) }
    }

    private func updateStatus(
        of definition: CustomResourceDefinition, to changed: CustomResourceDefinition
    ) async throws(APIError) {
        guard changed.object != definition.object else { return }
        // The names were worked out of this version of the definition; a newer one is on its way here.
        _ = try await objects.update(
            try resource, definition.object.key, subresource: "status", WriteOptions()
        ) { current in
            current.resourceVersion == definition.object.resourceVersion ? changed.object : current
        }
    }

    private var resource: ServedResource {
        get throws(APIError) {
            guard let resource = objects.catalog.stored(CustomResourceDefinition.collection) else { throw .noSuchResource }
            return resource
        }
    }

    private func removeCustomResources(of definition: CustomResourceDefinition) async throws -> WorkQueue<String>.Outcome {
        let key = definition.object.key
        guard definition.object.finalizers.contains(CustomResourceDefinition.cleanupFinalizer) else { return .done }
        let isServed = served.withLock { $0[definition.name] != nil }
        if isServed, let collection = objects.catalog.stored(definition.groupResource) {
            let request = ListRequest()
            _ = try await objects.deleteCollection(collection, request, DeletionRequest(propagation: .background))
            guard try await objects.list(collection, request).items.isEmpty else {
                return .again(after: Self.cleanupInterval)
            }
        }
        do {
            _ = try await objects.update(try resource, key, subresource: nil, WriteOptions()) { current in
                var changed = current
                changed.finalizers.removeAll { $0 == CustomResourceDefinition.cleanupFinalizer }
                return changed
            }
        } catch {
            guard error.reason == .notFound else { throw error }
        }
        return .done
    }
}
