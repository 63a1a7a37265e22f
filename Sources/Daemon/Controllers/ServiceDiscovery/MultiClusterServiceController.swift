import Client
import Interpreter
import Kubernetes

/// Takes the Service of each MultiClusterService to its providers and consumers, and asks the providers for its endpoints.
struct MultiClusterServiceController: Controller {
    static let name = "multiclusterservice"
    private static let component = "multiclusterservice-controller"
    private static let purpose = ServiceDiscovery.Purpose.multiClusterService

    let plane: ControlPlane
    let templates: Templates
    let interpreter: Interpreter
    let writer: WorkWriter
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, templates: Templates, interpreter: Interpreter, workers: Int) {
        self.plane = plane
        self.templates = templates
        self.interpreter = interpreter
        self.workers = workers
        writer = WorkWriter(plane: plane)
    }

    func run() async {
        plane.multiClusterServices.onChange { change in
            if case .updated(let old, let new) = change, new.isSameService(as: old) { return }
            queue.add(change.key)
        }
        templates.onChange { kind, change in
            guard kind == ServiceDiscovery.serviceKind, plane.multiClusterServices.get(change.key) != nil else { return }
            if case .updated(let old, let new) = change, TemplateFingerprint.areSame(old, new) { return }
            queue.add(change.key)
        }
        plane.clusters.onChange { change in
            guard change.concernsServices else { return }
            for service in plane.multiClusterServices(concerning: change.key.name) { queue.add(service.key) }
        }
        plane.works.onChange { change in
            // Somebody deleted it, or a service waits for it to be gone.
            guard case .deleted(let work) = change, work.labels[MultiClusterService.permanentIDLabel] != nil,
                let service = work.multiClusterService
            else { return }
            queue.add(service)
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let object = plane.multiClusterServices.get(key)?.decoded() else { return .done }
        let service = MultiClusterService(object)
        guard !service.isBeingDeleted, service.isCrossCluster else {
            guard object.finalizers.contains(MultiClusterService.finalizer) else { return .done }
            try await release(service)
            try await plane.client.removeFinalizer(MultiClusterService.finalizer, from: key, in: MultiClusterService.resource)
            return .done
        }
        do {
            try await propagate(service, object)
        } catch {
            guard !error.isTransient else { throw error }
            try await tell(
                Condition(
                    type: MultiClusterService.appliedCondition, status: .false, reason: "ServiceAppliedFailed",
                    message: "\(error)"), .warning, EventReason.syncServiceFailed, service)
            throw error
        }
        return .done
    }

    private func propagate(_ service: MultiClusterService, _ object: Object) async throws {
        try await plane.client.modifyIfPresent(MultiClusterService.resource, service.key) { object in
            guard !object.finalizers.contains(MultiClusterService.finalizer) else { return false }
            object.finalizers.append(MultiClusterService.finalizer)
            return true
        }
        let providers = service.providers(in: plane)
        let consumers = service.consumers(in: plane)
        try await ask(providers, for: service, object)
        try await withdraw(service, except: providers)
        let templateKey = TemplateKey(kind: ServiceDiscovery.serviceKind, key: service.key)
        guard let template = try await templates.find(templateKey)?.decoded() else {
            throw APIError.notFound(ServiceDiscovery.services, name: service.key.name)
        }
        let claimed = try await claim(template, for: service)
        try await bind(claimed, to: Set(providers + consumers).sorted(), for: service)
        let message = "Service is propagated to target clusters."
        try await tell(
            Condition(
                type: MultiClusterService.appliedCondition, status: .true, reason: "ServiceAppliedSucceed", message: message),
            .normal, EventReason.syncServiceSucceed, service)
        try await tellOfGaps(from: providers, to: consumers, service)
    }

    // MARK: Providers

    /// Leaves each provider's collector the word that the Service's EndpointSlices are wanted.
    private func ask(_ providers: [String], for service: MultiClusterService, _ object: Object) async throws {
        for name in providers {
            guard let cluster = plane.cluster(name), !cluster.isBeingDeleted else {
                event(.warning, EventReason.clusterNotFound, "Provider cluster \(name) is not found", service)
                continue
            }
            guard cluster.isReady else {
                event(
                    .warning, EventReason.syncServiceFailed,
                    "Provider cluster \(name) is not ready, skip to propagate MultiClusterService", service)
                continue
            }
            guard cluster.enablement(of: ServiceDiscovery.endpointSliceKind) != .disabled else {
                event(.warning, EventReason.apiIncompatible, "Provider cluster \(name) does not support EndpointSlice", service)
                continue
            }
            var manifest = WorkManifest(object, for: name, interpreter: interpreter)
            manifest.labels = [
                MultiClusterService.permanentIDLabel: service.permanentID, Self.purpose.namespaceLabel: service.key.namespace,
                Self.purpose.nameLabel: service.key.name,
            ]
            manifest.suspendDispatching = true
            try await writer.write(manifest)
        }
    }

    private func withdraw(_ service: MultiClusterService, except providers: [String]) async throws {
        let kept = Set(providers)
        for work in plane.works(ofMultiClusterService: service.key)
        where work.labels[MultiClusterService.permanentIDLabel] != nil
            && !(Work.cluster(of: work.key.namespace).map(kept.contains) ?? false)
        {
            try await plane.client.deleteIfPresent(Work.resource, work.key, DeleteOptions(uid: work.uid))
        }
    }

    // MARK: The Service

    /// Takes the Service over from the policy that may have had it.
    private func claim(_ template: Object, for service: MultiClusterService) async throws -> Object {
        if template.isBeingDeleted { throw NotYet("service \(service.key) is being deleted") }
        var claimed = template
        mark(&claimed, for: service)
        claimed[label: Label.claimedBy] = MultiClusterService.kind.kind
        guard claimed != template else { return template }
        return try await plane.client.update(claimed, in: ServiceDiscovery.services).decoded()
    }

    private func mark(_ object: inout Object, for service: MultiClusterService) {
        Claim.removePolicyMark(from: &object)
        Claim.removeClusterPolicyMark(from: &object)
        object[label: MultiClusterService.permanentIDLabel] = service.permanentID
        object[annotation: MultiClusterService.nameAnnotation] = service.key.name
        object[annotation: MultiClusterService.namespaceAnnotation] = service.key.namespace
    }

    private func bind(_ template: Object, to clusters: [String], for service: MultiClusterService) async throws {
        let key = BindingBuilder.key(of: TemplateKey(kind: ServiceDiscovery.serviceKind, key: service.key))
        let current = plane.binding(key)?.decoded()
        if let owner = current?.controller, owner.uid != template.uid {
            throw NotYet("binding \(key) still belongs to an earlier service \(service.key)")
        }
        if current?.isBeingDeleted == true { throw NotYet("binding \(key) is being deleted") }
        var binding =
            current
            ?? Object(apiVersion: "work.karmada.io/v1alpha2", kind: "ResourceBinding", namespace: key.namespace, name: key.name)
        mark(&binding, for: service)
        binding[label: MultiClusterService.bindingManagedByLabel] = MultiClusterService.kind.kind
        if binding[label: Label.bindingID]?.isEmpty ?? true { binding[label: Label.bindingID] = RandomUUID.make() }
        if !binding.finalizers.contains(Finalizer.binding) { binding.finalizers.append(Finalizer.binding) }
        binding.ownerReferences = [OwnerReference(controller: template)]
        // What is scheduled already, and what a policy said before, stays.
        var spec = binding.spec
        spec["resource"] = template.bindingReference
        spec["placement"] = ["clusterAffinity": ["clusterNames": JSON(clusters)]]
        spec["conflictResolution"] = "Overwrite"
        binding.spec = spec
        guard let current else {
            guard try await plane.client.createIfAbsent(binding, in: ResourceBinding.resource) != nil else {
                throw NotYet("the cache does not have binding \(key) yet")
            }
            return
        }
        if binding != current { _ = try await plane.client.update(binding, in: ResourceBinding.resource) }
    }

    /// Leaves the Service where it is, as a policy does that goes; its endpoints are asked for no longer.
    private func release(_ service: MultiClusterService) async throws {
        try await withdraw(service, except: [])
        func unmark(_ object: inout Object) {
            for label in [Label.claimedBy, MultiClusterService.permanentIDLabel, MultiClusterService.bindingManagedByLabel] {
                object[label: label] = nil
            }
            object[annotation: MultiClusterService.nameAnnotation] = nil
            object[annotation: MultiClusterService.namespaceAnnotation] = nil
        }
        // The binding first: a policy may take the Service as soon as its mark is off.
        let binding = BindingBuilder.key(of: TemplateKey(kind: ServiceDiscovery.serviceKind, key: service.key))
        for (resource, key) in [(ResourceBinding.resource, binding), (ServiceDiscovery.services, service.key)] {
            try await plane.client.modifyIfPresent(resource, key) { object in
                guard object[label: MultiClusterService.permanentIDLabel] == service.permanentID else { return false }
                unmark(&object)
                return true
            }
        }
    }

    // MARK: Telling

    private func tell(
        _ condition: Condition, _ kind: EventRecorder.Kind, _ reason: String, _ service: MultiClusterService
    ) async throws {
        if try await plane.report(condition, on: service) { event(kind, reason, condition.message, service) }
    }

    /// Says which consumers do not get which providers' endpoints for want of a connection between their networks.
    private func tellOfGaps(
        from providers: [String], to consumers: [String], _ service: MultiClusterService
    ) async throws {
        let gaps = providers.flatMap { provider in consumers.compactMap { plane.gap(from: provider, to: $0) } }
        let known = plane.multiClusterServices.get(service.key)?.decoded().status["conditions"]?.array ?? []
        guard !gaps.isEmpty || known.contains(where: { $0["type"]?.string == PodNetwork.connectedCondition }) else { return }
        let condition =
            gaps.isEmpty
            ? Condition(
                type: PodNetwork.connectedCondition, status: .true, reason: "NetworksConnected",
                message: "No networks are known to be apart.")
            : Condition(
                type: PodNetwork.connectedCondition, status: .false, reason: EventReason.networkNotConnected,
                message: gaps.map(\.description).joined(separator: "; "))
        try await tell(condition, gaps.isEmpty ? .normal : .warning, condition.reason, service)
    }

    private func event(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, _ service: MultiClusterService) {
        plane.events.record(kind, reason, message, about: service.reference, from: Self.component)
    }
}
