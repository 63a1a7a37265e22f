import Client
import Interpreter
import Kubernetes

/// Creates, updates and deletes objects in one member so that they are what their manifests say, and the member keeps what is
/// its own.
struct ManifestApplier: Sendable {
    let plane: ControlPlane
    let member: Member
    let interpreter: Interpreter

    /// How often an update starts over because something else wrote to the object at the same time.
    private static let attempts = 5

    /// The manifest's object as it is in the member; nil where it is not there, or not ours.
    func observe(_ manifest: Object) async throws -> Object? {
        let object = try await locate(manifest)
        if let cached = member.cached(object) { return cached.decoded() }
        let found = try await member.client.find(object.resource, object.key)?.decoded()
        return found.flatMap { $0.isManaged ? $0 : nil }
    }

    func apply(_ manifest: Object, of work: ObjectKey) async throws {
        let object = try await locate(manifest)
        member.watch(object.resource)
        if let cached = member.cached(object) {
            return try await update(cached.decoded(), to: manifest, object, of: work)
        }
        if let created = try await member.client.createIfAbsent(manifest, in: object.resource) {
            return note(created.decoded(only: ObjectMarks.mask), object, work)
        }
        // It is not ours, or not in the cache yet.
        let found = try await member.client.get(object.resource, object.key)
        try await update(found.decoded(), to: manifest, object, of: work)
    }

    private func locate(_ manifest: Object) async throws -> MemberObjectKey {
        let resource = try await plane.mapper.resource(for: manifest.groupVersionKind)
        return MemberObjectKey(resource: resource.resource, key: manifest.key)
    }

    private func note(_ observed: Object, _ object: MemberObjectKey, _ work: ObjectKey) {
        member.note(
            Member.Applied(work: work, version: observed.resourceVersion, marks: ObjectMarks(observed)), for: object)
    }

    // MARK: Updating

    private func update(
        _ first: Object, to manifest: Object, _ object: MemberObjectKey, of work: ObjectKey
    ) async throws {
        var observed = first
        var attempt = 0
        while true {
            attempt += 1
            guard observed.isManaged || manifest.annotations[Annotation.conflictResolution] == "overwrite" else {
                throw ClusterAccessError(
                    "resource(kind=\(manifest.kind), \(manifest.key)) already exists in the cluster \(member.name) and the "
                        + "\(Annotation.conflictResolution) strategy value is empty, Karmada will not manage this resource")
            }
            let desired = try await interpreter.retain(
                desired: Self.retainMetadata(of: observed, in: manifest), observed: observed)
            let asIs = Self.retainMetadata(of: observed, in: interpreter.prune(observed))
            if desired == asIs { return note(observed, object, work) }
            do {
                let updated = try await member.client.update(desired, in: object.resource)
                return note(updated.decoded(only: ObjectMarks.mask), object, work)
            } catch {
                if error.reason == .notFound {
                    // The cache did not know yet that it is gone.
                    return note(try await member.client.create(manifest, in: object.resource).decoded(), object, work)
                }
                guard error.reason == .conflict, attempt < Self.attempts else { throw error }
                observed = try await member.client.get(object.resource, object.key).decoded()
            }
        }
    }

    /// Finalizers and owners are the member's; so are labels and annotations that never came from the control plane.
    private static func retainMetadata(of observed: Object, in desired: Object) -> Object {
        var result = desired
        result.resourceVersion = observed.resourceVersion
        result.metadata["finalizers"] = observed.metadata["finalizers"]
        result.metadata["ownerReferences"] = observed.metadata["ownerReferences"]
        let managed = ManagedKeys(of: observed)
        result.annotations = retain(desired.annotations, observed.annotations, managed: managed.annotations)
        result.labels = retain(desired.labels, observed.labels, managed: managed.labels)
        return result
    }

    /// - Parameter managed: of these, what is not among the desired any more goes.
    private static func retain(
        _ desired: [String: String], _ observed: [String: String], managed: Set<String>
    ) -> [String: String] {
        desired.merging(observed.filter { !managed.contains($0.key) }) { desired, _ in desired }
    }

    // MARK: Removing

    /// Deletes the object, if it is ours. What it owns goes with it: Jobs would leave their pods behind otherwise.
    func delete(_ manifest: Object) async throws {
        guard let object = try await locateUnlessUnserved(manifest) else { return }
        guard let found = try await member.client.find(object.resource, object.key), found.labels[Label.managed] == "true" else {
            return
        }
        try await member.client.deleteIfPresent(
            object.resource, object.key, DeleteOptions(uid: found.uid, propagation: .background))
        member.forget(object)
    }

    /// Leaves the object to the member: without the control plane's marks.
    func release(_ manifest: Object) async throws {
        guard let object = try await locateUnlessUnserved(manifest) else { return }
        try await member.client.modifyIfPresent(object.resource, object.key) { object in
            guard object.isManaged else { return false }
            Claim.removePolicyMark(from: &object)
            Claim.removeClusterPolicyMark(from: &object)
            for label in Self.labels { object.labels[label] = nil }
            for annotation in Self.annotations { object.annotations[annotation] = nil }
            return true
        }
        member.forget(object)
    }

    /// Nil where no resource serves the kind any more: its objects went with it.
    private func locateUnlessUnserved(_ manifest: Object) async throws -> MemberObjectKey? {
        do {
            return try await locate(manifest)
        } catch let error as APIError where error.reason == .notFound {
            return nil
        }
    }

    private static let labels = [Label.bindingID, Label.clusterBindingID, Label.workID, Label.managed]
    private static let annotations = [
        Annotation.managedAnnotations, Annotation.managedLabels, Annotation.bindingNamespace, Annotation.bindingName,
        Annotation.clusterBindingName, Annotation.templateUID, Annotation.templateGeneration, Annotation.workName,
        Annotation.workNamespace, Annotation.conflictResolution,
    ]
}

/// The keys of an object's labels and annotations in a member that came from the control plane.
struct ManagedKeys {
    var labels: Set<String>
    var annotations: Set<String>

    init(of object: Object) {
        func keys(_ annotation: String) -> Set<String> {
            Set((object[annotation: annotation] ?? "").split(separator: ",").map(String.init))
        }
        labels = keys(Annotation.managedLabels)
        annotations = keys(Annotation.managedAnnotations)
    }
}

extension Object {
    fileprivate var isManaged: Bool { metadata["labels"]?[Label.managed]?.string == "true" }
}
