import Kubernetes
import Store

extension ObjectService {
    /// How often a change is worked out anew when others write the object at the same time.
    private static let conflictAttempts = 8

    /// Changes an object: a replacement, or a patch.
    /// - Parameters:
    ///   - decidesOwnership: `change` sets the managed fields itself.
    ///   - change: makes the new object (for `scale`, the new Scale) of the current one; may run several times.
    func update(
        _ resource: ServedResource, _ key: ObjectKey, subresource: String?, _ options: WriteOptions, duplicates: [String] = [],
        decidesOwnership: Bool = false, _ change: (Object) throws(APIError) -> Object
    ) async throws(APIError) -> WriteOutcome {
        var attempts = 0
        while true {
            attempts += 1
            guard let current = store.get(resource.collection, key) else { throw .notFound(resource.name, name: key.name) }
            let old = resource.serve(current).decoded()
            let isScale = subresource == "scale"
            let input = try change(isScale ? try resource.scale(of: old) : old)
            try requireVersion(of: input, old: old, resource)
            var new = old
            var warnings: [String] = []
            if isScale {
                try resource.apply(scale: input, to: &new)
            } else {
                let namespace = resource.definition.isNamespaced ? key.namespace : nil
                (new, warnings) = try resource.read(
                    input, in: namespace, options.fieldValidation, duplicates: duplicates, old: old)
                guard new.name == key.name else { throw .nameMismatch(new.name, key.name) }
                if let request = admission.mutation(of: new, old: old, resource, subresource: subresource, options) {
                    warnings += try await admission.mutate(&new, request)
                }
            }
            try prepare(&new, old: old, resource, subresource: subresource, options)
            try admission.privileges.check(new, old: old, resource, subresource: subresource, by: options.user)
            warnings += try await admission.validate(new, old: old, resource, subresource: subresource, options)
            if decidesOwnership {
                new.metadata["managedFields"] = input.metadata["managedFields"]
            } else {
                recordOwnership(of: &new, old: old, resource, subresource: subresource, options)
            }
            let reservations = subresource == nil ? try await reserveQuota(for: new, old: old, resource, options) : []
            do {
                let stored =
                    new == old
                    ? current
                    : try await quotas.keep(reservations) { () async throws(StoreError) in
                        try await store(new, in: resource, over: current, options)
                    }
                let served = resource.serve(stored)
                let shown = isScale ? EncodedObject(try resource.scale(of: served.decoded())) : served
                return WriteOutcome(object: shown, warnings: warnings)
            } catch StoreError.conflict where attempts < Self.conflictAttempts {
                continue  // a client that insists on a version is refused by the next attempt
            } catch StoreError.conflict {
                throw .stale(resource.name, name: key.name)
            } catch StoreError.notFound {
                throw .notFound(resource.name, name: key.name)
            } catch let error as StoreError {
                throw APIError(error)
            } catch let error as APIError {
                throw error
            } catch {
                throw .internalError("\(error)")
            }
        }
    }

    /// An object that waited only for its last finalizer goes with it.
    private func store(
        _ new: Object, in resource: ServedResource, over current: EncodedObject, _ options: WriteOptions
    ) async throws(StoreError) -> EncodedObject {
        if options.isDryRun { return EncodedObject(new) }
        let stored = resource.storageForm(of: new)
        guard new.isBeingDeleted, new.finalizers.isEmpty, behaviors.mayGo(new, in: resource.collection) else {
            return try await store.write(
                Write(.update(stored, expected: current.revision), resource.collection, current.key))
        }
        return try await store.write(Write(.delete(expected: current.revision), resource.collection, current.key))
    }

    /// - Throws: a conflict where the client names another resource version than the current one, or another uid.
    private func requireVersion(of new: Object, old: Object, _ resource: ServedResource) throws(APIError) {
        if !new.uid.isEmpty, new.uid != old.uid {
            throw .conflict(
                resource.name, name: old.name,
                "Precondition failed: UID in precondition: \(new.uid), UID in object meta: \(old.uid)")
        }
        guard ["", "0", old.resourceVersion].contains(new.resourceVersion) else {
            throw .stale(resource.name, name: old.name)
        }
    }

    /// Keeps what an update may not change, fills in what the server decides, and validates.
    private func prepare(
        _ new: inout Object, old: Object, _ resource: ServedResource, subresource: String?, _ options: WriteOptions
    ) throws(APIError) {
        let definition = resource.definition
        switch subresource {
        case nil:
            new.keepSystemMetadata(of: old)
            if definition.hasStatus, !options.writesStatus { new["status"] = old["status"] }
            // The spec of a workload that is as it was has its defaults, and its own validation behind it.
            let isSpecKept = definition.style == .native && definition.hasGeneration && definition.hasStatus
                && new.hasDesiredState(of: old, withStatus: false)
            if !isSpecKept { resource.fillDefaults(&new, old: old) }
            try behaviors.prepareForUpdate(&new, old: old, in: resource.collection)
        case "scale":
            break
        case "finalize":
            new = old.with("spec", of: new)
        default:
            let isPrepared = behaviors.prepareForUpdate(
                ofSubresource: subresource, &new, old: old, in: resource.collection)
            // A status update changes the status and nothing else.
            if !isPrepared { new = old.with("status", of: new) }
        }
        if old.isBeingDeleted { try new.requireNoNewFinalizers(old: old, resource.kind) }
        if definition.hasGeneration {
            let isKept = new.hasDesiredState(of: old, withStatus: !definition.hasStatus)
            let generation = isKept ? old.generation : old.generation + 1
            if new.generation != generation { new.generation = generation }
        }
        try resource.validate(new, old: old, subresource: subresource == "scale" ? nil : subresource)
        if new.resourceVersion != old.resourceVersion { new.resourceVersion = old.resourceVersion }
    }
}

extension Object {
    /// What the server alone decides about an object stays as it was.
    fileprivate mutating func keepSystemMetadata(of old: Object) {
        var metadata = self.metadata
        let before = old.metadata
        for field in [
            "uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "generateName",
        ] { metadata[field] = before[field] }
        metadata["selfLink"] = nil
        self.metadata = metadata
    }

    /// This object with one member of another.
    fileprivate func with(_ member: String, of other: Object) -> Object {
        var changed = self
        changed[member] = other[member]
        return changed
    }

    /// Whether it asks for the same as `old`: what differs makes a new generation.
    fileprivate func hasDesiredState(of old: Object, withStatus: Bool) -> Bool {
        let ignored = withStatus ? ["metadata"] : ["metadata", "status"]
        return (json.object ?? [:]).isEqual(to: old.json.object ?? [:], except: ignored)
    }

    fileprivate func requireNoNewFinalizers(old: Object, _ kind: GroupVersionKind) throws(APIError) {
        let known = old.finalizers
        let added = finalizers.filter { !known.contains($0) }
        guard !added.isEmpty else { return }
        let list = added.map { "\"\($0)\"" }.joined(separator: ", ")
        throw .invalid(
            kind, name: name,
            [
                .init(
                    reason: "FieldValueForbidden",
                    message: """
                        Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers \
                        []string{\(list)}
                        """,
                    field: "metadata.finalizers")
            ])
    }
}
