import Client
import Kubernetes
import Store

extension ObjectService {
    /// Finalizers by which a deletion's propagation waits for the garbage collector.
    enum PropagationFinalizer {
        static let foreground = "foregroundDeletion"
        static let orphan = "orphan"
    }

    /// How many objects of a collection are deleted at a time.
    private static let deletionConcurrency = 32

    func delete(
        _ resource: ServedResource, _ key: ObjectKey, _ request: DeletionRequest
    ) async throws(APIError) -> DeletionOutcome {
        while true {
            guard let current = store.get(resource.collection, key) else { throw .notFound(resource.name, name: key.name) }
            try behaviors.checkDeletion(of: key, in: resource.collection)
            try requirePreconditions(request, current, resource)
            let old = resource.serve(current).decoded()
            if resource.definition.admission.protectsFromDeletion { try DeletionProtection.check(old) }
            try await admission.validate(deletionOf: old, resource, request)
            var new = old
            new.applyPropagation(request.propagation)
            do {
                if new.finalizers.isEmpty, behaviors.mayGo(new, in: resource.collection) {
                    if request.isDryRun { return .removed(resource.serve(current)) }
                    let gone = try await store.write(
                        Write(.delete(expected: current.revision), resource.collection, key))
                    return .removed(resource.serve(gone))
                }
                new.markDeleted()
                behaviors.prepareForDeletion(&new, in: resource.collection)
                guard new != old, !request.isDryRun else { return .pending(resource.serve(current)) }
                let stored = try await store.write(
                    Write(
                        .update(resource.storageForm(of: new), expected: current.revision), resource.collection, key))
                return .pending(resource.serve(stored))
            } catch .conflict where request.resourceVersion == nil {
                continue
            } catch .conflict {
                throw .stale(resource.name, name: key.name)
            } catch .notFound {
                throw .notFound(resource.name, name: key.name)
            } catch {
                throw APIError(error)
            }
        }
    }

    /// Deletes what a list of `request` shows.
    /// - Returns: the objects, as they were last.
    func deleteCollection(
        _ resource: ServedResource, _ request: ListRequest, _ deletion: DeletionRequest
    ) async throws(APIError) -> ObjectPage {
        var page = try await list(resource, request)
        let deleted = await withTaskGroup(of: Result<EncodedObject?, APIError>.self) { group in
            var waiting = page.items[...]
            func startNext() {
                guard let object = waiting.popFirst() else { return }
                group.addTask {
                    do throws(APIError) {
                        return .success(try await self.delete(resource, object.key, deletion).object)
                    } catch where error.reason == .notFound {
                        return .success(nil)
                    } catch {
                        return .failure(error)
                    }
                }
            }
            for _ in 0..<Self.deletionConcurrency { startNext() }
            var results: [Result<EncodedObject?, APIError>] = []
            while let result = await group.next() {
                results.append(result)
                startNext()
            }
            return results
        }
        var objects: [EncodedObject] = []
        for result in deleted { if let object = try result.get() { objects.append(object) } }
        page.items = objects.sorted { $0.key < $1.key }
        return page
    }

    private func requirePreconditions(
        _ request: DeletionRequest, _ current: EncodedObject, _ resource: ServedResource
    ) throws(APIError) {
        if let uid = request.uid, uid != current.uid {
            throw .conflict(
                resource.name, name: current.key.name,
                "Precondition failed: UID in precondition: \(uid), UID in object meta: \(current.uid)")
        }
        if let version = request.resourceVersion, version != String(current.revision) {
            throw .conflict(
                resource.name, name: current.key.name,
                """
                Precondition failed: ResourceVersion in precondition: \(version), ResourceVersion in object meta: \
                \(current.revision)
                """)
        }
    }
}

extension Object {
    fileprivate mutating func applyPropagation(_ propagation: DeleteOptions.Propagation?) {
        guard let propagation else { return }
        typealias Finalizer = ObjectService.PropagationFinalizer
        var list = finalizers.filter { $0 != Finalizer.foreground && $0 != Finalizer.orphan }
        switch propagation {
        case .background: break
        case .foreground: list.append(Finalizer.foreground)
        case .orphan: list.append(Finalizer.orphan)
        }
        if list != finalizers { finalizers = list }
    }

    fileprivate mutating func markDeleted() {
        guard !isBeingDeleted else { return }
        if generation > 0 { generation += 1 }
        metadata["deletionTimestamp"] = .string(Timestamp.now().description)
        metadata["deletionGracePeriodSeconds"] = 0
    }
}
