import Client
import Interpreter
import Kubernetes

/// Takes each EndpointSlice that a provider of a MultiClusterService reported to the consumers, where it belongs to the Service
/// of the same name.
struct EndpointSliceDispatchController: Controller {
    static let name = "endpointsliceDispatch"
    private static let component = "endpointslice-dispatch-controller"
    private static let purpose = ServiceDiscovery.Purpose.multiClusterService

    let plane: ControlPlane
    let interpreter: Interpreter
    let writer: WorkWriter
    let workers: Int
    /// Collected Works.
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, interpreter: Interpreter, workers: Int) {
        self.plane = plane
        self.interpreter = interpreter
        self.workers = workers
        writer = WorkWriter(plane: plane)
    }

    func run() async {
        plane.works.onChange { change in
            if change.object.isCollected { queue.add(change.key) }
            // Somebody deleted it, or a dispatch waits for it to be gone.
            if case .deleted(let work) = change, let source = work.dispatchedFrom { queue.add(source) }
            for work in plane.works(collectedFor: Self.purpose, requestedBy: change.object) { queue.add(work.key) }
        }
        plane.multiClusterServices.onChange { change in
            if case .updated(let old, let new) = change, new.isSameService(as: old) { return }
            enqueueCollected(for: change.key)
        }
        plane.clusters.onChange { change in
            guard change.concernsServices else { return }
            for work in plane.works(ofCluster: change.key.name) where work.isCollected { queue.add(work.key) }
            for service in plane.multiClusterServices(concerning: change.key.name) { enqueueCollected(for: service.key) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func enqueueCollected(for service: ObjectKey) {
        for work in plane.works(ofMultiClusterService: service) where work.isCollected { queue.add(work.key) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = plane.works.get(key), let provider = Work.cluster(of: key.namespace) else {
            try await withdraw(from: key, except: [])
            return .done
        }
        let object = encoded.decoded()
        guard !object.isBeingDeleted, let name = Self.purpose.service(of: encoded) else {
            guard object.finalizers.contains(Self.purpose.finalizer) else { return .done }
            try await withdraw(from: key, except: [])
            try await plane.client.removeFinalizer(Self.purpose.finalizer, from: key, in: Work.resource)
            return .done
        }
        if try await plane.giveUp(Self.purpose, encoded, of: name) { return .done }
        guard let service = plane.multiClusterServices.get(name).map({ MultiClusterService($0.decoded()) }),
            service.isCrossCluster, !service.isBeingDeleted
        else {
            try await withdraw(from: key, except: [])
            return .done
        }
        do {
            let isChanged = try await dispatch(object, from: provider, to: service.consumers(in: plane), of: service)
            let message = "EndpointSlice are dispatched successfully"
            try await plane.report(
                Condition(
                    type: MultiClusterService.dispatchedCondition, status: .true, reason: "EndpointSliceDispatchedSucceed",
                    message: message), on: service)
            if isChanged { event(.normal, EventReason.dispatchEndpointSliceSucceed, message, service) }
        } catch {
            guard !error.isTransient else { throw error }
            try await plane.report(
                Condition(
                    type: MultiClusterService.dispatchedCondition, status: .false, reason: "EndpointSliceDispatchedFailed",
                    message: "\(error)"), on: service)
            event(.warning, EventReason.dispatchEndpointSliceFailed, "\(error)", service)
            throw error
        }
        return .done
    }

    /// - Returns: whether anything had to be written.
    private func dispatch(
        _ work: Object, from provider: String, to consumers: [String], of service: MultiClusterService
    ) async throws -> Bool {
        guard let slice = Work(work).spec.manifests.first else { return false }
        let reachable = consumers.filter { $0 != provider && plane.gap(from: provider, to: $0) == nil }
        try await withdraw(from: work.key, except: reachable)
        let isProviderReady = plane.cluster(provider)?.isReady ?? false
        return try await concurrently(reachable) { name in
            guard let cluster = plane.cluster(name), !cluster.isBeingDeleted else {
                event(.warning, EventReason.clusterNotFound, "Consumer cluster \(name) is not found", service)
                return false
            }
            guard cluster.enablement(of: ServiceDiscovery.endpointSliceKind) != .disabled else {
                event(.warning, EventReason.apiIncompatible, "Consumer cluster \(name) does not support EndpointSlice", service)
                return false
            }
            return try await writer.write(
                manifest(slice, of: service, collectedAs: work.key, from: provider, for: name, isProviderReady))
        }.contains(true)
    }

    private func manifest(
        _ slice: Object, of service: MultiClusterService, collectedAs source: ObjectKey, from provider: String,
        for consumer: String, _ isProviderReady: Bool
    ) -> WorkManifest {
        let kind = ServiceDiscovery.endpointSliceKind
        var copy = Object(
            apiVersion: kind.apiVersion, kind: kind.kind, namespace: slice.namespace, name: "\(provider)-\(slice.name)")
        copy.labels = [
            ServiceDiscovery.serviceNameLabel: service.key.name,
            ServiceDiscovery.managedByLabel: ServiceDiscovery.dispatchController,
        ]
        copy.annotations = [ServiceDiscovery.providerAnnotation: provider]
        for field in ["addressType", "ports"] { copy[field] = slice[field] }
        copy["endpoints"] = slice.endpoints(isReachable: isProviderReady)
        var manifest = WorkManifest(copy, for: consumer, interpreter: interpreter)
        manifest.labels = [Self.purpose.namespaceLabel: service.key.namespace, Self.purpose.nameLabel: service.key.name]
        manifest.annotations = [ServiceDiscovery.providerAnnotation: provider, Annotation.workName: source.name]
        return manifest
    }

    /// Takes a provider's slice away from all consumers but those.
    private func withdraw(from source: ObjectKey, except consumers: [String]) async throws {
        let kept = Set(consumers)
        for work in plane.works(dispatchedFrom: source)
        where !(Work.cluster(of: work.key.namespace).map(kept.contains) ?? false) {
            try await plane.client.deleteIfPresent(Work.resource, work.key, DeleteOptions(uid: work.uid))
        }
    }

    private func event(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, _ service: MultiClusterService) {
        plane.events.record(kind, reason, message, about: service.reference, from: Self.component)
    }
}
