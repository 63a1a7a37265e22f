import Client
import Kubernetes

/// The bindings that are there because others need their resources.
struct Attachments: Sendable {
    let plane: ControlPlane

    // MARK: Adding

    /// Lets the template follow `dependent`: makes its binding, or adds to the one that a policy or another dependent made.
    func add(_ template: Object, to dependent: ResourceBinding) async throws {
        let key = ObjectKey(
            namespace: dependent.key.namespace, name: Names.binding(kind: template.kind, name: template.name))
        guard let current = plane.resourceBindings.get(key)?.decoded() else {
            let new = Object(
                apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: key.namespace, name: key.name)
            let (attached, _) = attached(new, to: dependent, template)
            guard try await plane.client.createIfAbsent(attached, in: ResourceBinding.resource) != nil else {
                throw NotYet("the cache does not have binding \(key) yet")
            }
            return
        }
        if let owner = current.controller, owner.uid != template.uid {
            throw NotYet("binding \(key) still belongs to an earlier \(template.kind) \(template.key)")
        }
        if current.isBeingDeleted { throw NotYet("binding \(key) is being deleted") }
        let (attached, conflicts) = attached(current, to: dependent, template)
        guard attached != current else { return }
        _ = try await plane.client.update(attached, in: ResourceBinding.resource)
        if !conflicts.isEmpty {
            plane.events.record(
                .warning, EventReason.dependencyPolicyConflict,
                "Dependency policy conflict detected: \(conflicts.joined(separator: "; ")).", about: attached,
                from: DependenciesDistributor.name)
        }
    }

    /// - Returns: the binding, and on what its dependents disagree.
    private func attached(
        _ binding: Object, to dependent: ResourceBinding, _ template: Object
    ) -> (Object, conflicts: [String]) {
        var binding = binding
        var labels = binding.labels
        labels[Self.label(of: dependent.key)] = dependent.permanentID
        if labels[Label.bindingID]?.isEmpty ?? true { labels[Label.bindingID] = RandomUUID.make() }
        binding.labels = labels
        if !binding.finalizers.contains(Finalizer.binding) { binding.finalizers.append(Finalizer.binding) }
        if binding.ownerReferences.isEmpty { binding.ownerReferences = [OwnerReference(controller: template)] }
        var spec = binding.spec
        spec["resource"] = template.bindingReference
        var snapshots = spec["requiredBy"]?.array ?? []
        let snapshot = snapshot(of: dependent, for: template)
        if let index = snapshots.firstIndex(where: { Self.isSnapshot($0, of: dependent.key) }) {
            snapshots[index] = snapshot
        } else {
            snapshots.append(snapshot)
        }
        spec["requiredBy"] = .array(snapshots)
        let conflicts = adopt(&spec, snapshots, dependent)
        binding.spec = spec
        return (binding, conflicts)
    }

    // MARK: Removing

    /// Lets those bindings follow `dependent` no longer. Where nothing else needs them and no policy has claimed them, they have
    /// no clusters any more, and their Works go.
    func remove(_ attached: [Object], from dependent: ResourceBinding) async throws {
        var errors: [any Error] = []
        for binding in attached {
            do {
                try await plane.client.modifyIfPresent(ResourceBinding.resource, binding.key) { object in
                    object.labels[Self.label(of: dependent.key)] = nil
                    var spec = object.spec
                    let snapshots = (spec["requiredBy"]?.array ?? []).filter { !Self.isSnapshot($0, of: dependent.key) }
                    spec["requiredBy"] = snapshots.isEmpty ? nil : .array(snapshots)
                    _ = adopt(&spec, snapshots, nil)
                    object.spec = spec
                    return true
                }
            } catch {
                errors.append(error)
            }
        }
        try AggregateError.throwUnlessEmpty(errors)
    }

    // MARK: What dependents want

    /// Takes over what the policies of the dependents say of conflicts and deletion, unless a policy of its own does:
    /// overwriting and preserving win where they disagree.
    /// - Parameter dependent: newer than the cache.
    /// - Returns: on what they disagree.
    private func adopt(_ spec: inout JSON, _ snapshots: [JSON], _ dependent: ResourceBinding?) -> [String] {
        guard spec["placement"] == nil else { return [] }
        let specs = snapshots.compactMap { snapshot -> ResourceBinding.Spec? in
            if let dependent, Self.isSnapshot(snapshot, of: dependent.key) { return dependent.spec }
            return plane.resourceBindings.get(ResourceBinding.BindingSnapshot(snapshot).key)
                .map { ResourceBinding.Spec($0.decoded().spec) }
        }
        guard !snapshots.isEmpty else {
            spec["conflictResolution"] = nil
            spec["preserveResourcesOnDeletion"] = nil
            return []
        }
        let overwriting = specs.filter { $0.conflictResolution == "Overwrite" }.count
        let preserving = specs.filter(\.preserveResourcesOnDeletion).count
        spec["conflictResolution"] = overwriting > 0 ? "Overwrite" : "Abort"
        spec["preserveResourcesOnDeletion"] = .bool(preserving > 0)
        let isMixed = { (count: Int) in count > 0 && count < specs.count }
        return [
            isMixed(overwriting) ? "ConflictResolution conflicted (Overwrite vs Abort)" : nil,
            isMixed(preserving) ? "PreserveResourcesOnDeletion conflicted (true vs false)" : nil,
        ].compactMap { $0 }
    }

    // MARK: Marks

    static func label(of dependent: ObjectKey) -> String { Label.dependedByPrefix + Names.reference(toBinding: dependent) }

    /// The dependent, and where the template is to follow it.
    private func snapshot(of binding: ResourceBinding, for template: Object) -> JSON {
        var snapshot: JSON = ["namespace": .string(binding.key.namespace), "name": .string(binding.key.name)]
        let clusters = binding.spec.clusters.filter { cluster in
            guard let gap = gap(from: template, to: cluster.name) else { return true }
            plane.events.record(
                .warning, EventReason.networkNotConnected, gap.description,
                about: ObjectReference(binding.spec.resource), from: DependenciesDistributor.name)
            return false
        }
        if !clusters.isEmpty { snapshot["clusters"] = .array(clusters.map(\.json)) }
        return snapshot
    }

    /// What keeps a cluster from the endpoints of an EndpointSlice that was collected from another.
    private func gap(from template: Object, to cluster: String) -> PodNetwork.Gap? {
        guard template.groupVersionKind == ServiceDiscovery.endpointSliceKind,
            let provider = template[annotation: Annotation.workNamespace].flatMap(Work.cluster)
        else { return nil }
        return plane.gap(from: provider, to: cluster)
    }

    private static func isSnapshot(_ json: JSON, of key: ObjectKey) -> Bool {
        ResourceBinding.BindingSnapshot(json).key == key
    }
}
