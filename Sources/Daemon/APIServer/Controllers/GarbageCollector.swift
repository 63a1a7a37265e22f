import Client
import Kubernetes
import Logging
import Store
import Synchronization

/// Deletes objects whose owners are gone, and carries out foreground deletion and orphaning (Kubernetes' garbage collector).
///
/// It knows who depends on whom by the owners' uids, from following every collection; objects without owner references cost it a
/// search for that word in their bytes.
final class GarbageCollector: Sendable {
    fileprivate struct Place: Hashable, Sendable {
        var collection: GroupResource
        var key: ObjectKey
    }

    fileprivate struct Graph {
        var dependents: [String: Set<Place>] = [:]
        var owners: [Place: [OwnerReference]] = [:]
    }

    private static let workers = 16
    /// The followers of other collections may be some events behind; before the dependents of a dying object are told, they
    /// catch up.
    private static let settlingTime = Duration.milliseconds(100)
    /// Every write is an event here, and next to none is of interest.
    private static let pause = Duration.milliseconds(50)

    private let objects: ObjectService
    private let logger: Logger
    private let graph = Mutex(Graph())
    private let queue = WorkQueue<Place>()

    init(objects: ObjectService, logger: Logger) {
        self.objects = objects
        self.logger = logger
    }

    func run() async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await self.queue.run(workers: Self.workers) { place in
                    try await self.process(place)
                    return .done
                } onFailure: { place, error in
                    self.logger.debug("garbage collection of \(place.collection) \(place.key) failed: \(error)")
                }
            }
            // A collection that is served no more is empty, and its follower idle, until it is served again.
            var followed: Set<GroupResource> = []
            for await snapshot in objects.liveCatalog.snapshots() {
                for definition in snapshot.catalog.storedDefinitions where followed.insert(definition.groupResource).inserted {
                    let collection = definition.groupResource
                    group.addTask { await self.objects.store.follow(collection, pause: Self.pause) { self.note($0, in: collection) } }
                }
            }
        }
    }

    // MARK: Who depends on whom

    private func note(_ event: CollectionEvent, in collection: GroupResource) {
        switch event {
        case .reset(let objects):
            let present = Set(objects.map(\.key))
            let dependents = graph.withLock { graph in
                let gone = graph.owners.keys.filter { $0.collection == collection && !present.contains($0.key) }
                for place in gone { _ = graph.set([], of: place) }
                return Array(graph.owners.keys)
            }
            // Owners may have gone unseen.
            dependents.forEach(queue.add)
            objects.forEach { noteChange(of: $0, in: collection) }
        case .changed(let object): noteChange(of: object, in: collection)
        case .deleted(let object):
            let place = Place(collection: collection, key: object.key)
            let (owners, dependents) = graph.withLock { graph in
                let owners = graph.owners[place] ?? []
                _ = graph.set([], of: place)
                return (owners, graph.dependents[object.uid] ?? [])
            }
            dependents.forEach(queue.add)
            // An owner may wait for its dependents to go.
            for owner in owners { if let place = self.place(of: owner, from: object.key) { queue.add(place) } }
        }
    }

    private func noteChange(of object: EncodedObject, in collection: GroupResource) {
        let place = Place(collection: collection, key: object.key)
        let owners = object.mentions("ownerReferences") ? object.decoded().ownerReferences : []
        let isNews = graph.withLock { $0.set(owners, of: place) }
        if isNews, !owners.isEmpty { queue.add(place) }
        if object.mentions("deletionTimestamp") { queue.add(place, after: Self.settlingTime) }
    }

    private func dependents(of uid: String) -> Set<Place> { graph.withLock { $0.dependents[uid] ?? [] } }

    /// Where the owner must be; nil for a kind that is not served.
    private func place(of owner: OwnerReference, from dependent: ObjectKey) -> Place? {
        guard let definition = objects.catalog.definition(of: GroupVersionKind(apiVersion: owner.apiVersion, kind: owner.kind))
        else { return nil }
        let namespace = definition.isNamespaced ? dependent.namespace : ""
        return Place(collection: definition.storage.groupResource, key: ObjectKey(namespace: namespace, name: owner.name))
    }

    // MARK: Work

    private func process(_ place: Place) async throws {
        guard let encoded = objects.store.get(place.collection, place.key),
            let resource = objects.catalog.stored(place.collection)
        else { return }
        let object = encoded.decoded()
        if object.isBeingDeleted {
            try await propagate(deletionOf: object, resource)
        } else if !object.ownerReferences.isEmpty {
            try await collect(object, resource)
        }
    }

    /// Deletes an object all of whose owners are gone; where some are left, drops the references to the others.
    private func collect(_ object: Object, _ resource: ServedResource) async throws {
        var alive: [OwnerReference] = []
        var waiting: [OwnerReference] = []
        for owner in object.ownerReferences {
            // A kind that is not served here cannot be judged.
            guard let place = place(of: owner, from: object.key) else {
                alive.append(owner)
                continue
            }
            guard let found = objects.store.get(place.collection, place.key), found.uid == owner.uid else { continue }
            let isWaiting = owner.blocksOwnerDeletion && found.mentions("deletionTimestamp")
                && found.decoded().waits(for: ObjectService.PropagationFinalizer.foreground)
            if isWaiting { waiting.append(owner) } else { alive.append(owner) }
        }
        if alive.isEmpty {
            let isForeground = !waiting.isEmpty && !dependents(of: object.uid).isEmpty
            try await delete(object, resource, isForeground ? .foreground : .background)
        } else if alive.count + waiting.count < object.ownerReferences.count || !waiting.isEmpty {
            try await change(object, resource) { $0.ownerReferences = alive }
        }
    }

    /// Lets the dependents of a dying object go first, or go free, as its finalizers ask.
    private func propagate(deletionOf owner: Object, _ resource: ServedResource) async throws {
        typealias Finalizer = ObjectService.PropagationFinalizer
        if owner.waits(for: Finalizer.orphan) {
            for place in dependents(of: owner.uid) {
                guard let dependent = objects.store.get(place.collection, place.key)?.decoded(),
                    let dependentResource = objects.catalog.stored(place.collection)
                else { continue }
                try await change(dependent, dependentResource) { $0.ownerReferences.removeAll { $0.uid == owner.uid } }
            }
            try await change(owner, resource) { $0.finalizers.removeAll { $0 == Finalizer.orphan } }
        } else if owner.waits(for: Finalizer.foreground) {
            var isBlocked = false
            for place in dependents(of: owner.uid) {
                guard let dependent = objects.store.get(place.collection, place.key)?.decoded() else { continue }
                queue.add(place)
                isBlocked = isBlocked || dependent.ownerReferences.contains { $0.uid == owner.uid && $0.blocksOwnerDeletion }
            }
            if !isBlocked { try await change(owner, resource) { $0.finalizers.removeAll { $0 == Finalizer.foreground } } }
        }
    }

    private func delete(
        _ object: Object, _ resource: ServedResource, _ propagation: DeleteOptions.Propagation
    ) async throws {
        let request = DeletionRequest(uid: object.uid, resourceVersion: object.resourceVersion, propagation: propagation)
        do {
            _ = try await objects.delete(resource, object.key, request)
        } catch {
            guard error.reason == .notFound else { throw error }
        }
    }

    private func change(
        _ object: Object, _ resource: ServedResource, _ body: (inout Object) -> Void
    ) async throws {
        do {
            _ = try await objects.update(resource, object.key, subresource: nil, WriteOptions()) { current in
                guard current.uid == object.uid else { return current }
                var changed = current
                body(&changed)
                return changed
            }
        } catch {
            guard error.reason == .notFound else { throw error }
        }
    }
}

extension GarbageCollector.Graph {
    /// - Returns: whether the owners changed.
    fileprivate mutating func set(_ references: [OwnerReference], of place: GarbageCollector.Place) -> Bool {
        let before = owners[place] ?? []
        guard before != references else { return false }
        for reference in before {
            dependents[reference.uid]?.remove(place)
            if dependents[reference.uid]?.isEmpty == true { dependents[reference.uid] = nil }
        }
        for reference in references { dependents[reference.uid, default: []].insert(place) }
        owners[place] = references.isEmpty ? nil : references
        return true
    }
}

extension Object {
    fileprivate func waits(for finalizer: String) -> Bool { isBeingDeleted && finalizers.contains(finalizer) }
}
