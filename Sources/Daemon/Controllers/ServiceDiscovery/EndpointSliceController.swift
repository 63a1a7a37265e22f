import Client
import Kubernetes

/// Makes of each EndpointSlice that a member reported for a ServiceExport one in the control plane, which belongs to the derived
/// Service: from there it goes to the clusters that import the Service.
struct EndpointSliceController: Controller {
    static let name = "endpointSlice"
    private static let purpose = ServiceDiscovery.Purpose.serviceExport

    let plane: ControlPlane
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
    }

    func run() async {
        plane.works.onChange { change in
            if change.object.isCollected { queue.add(change.key) }
            for work in plane.works(collectedFor: Self.purpose, requestedBy: change.object) { queue.add(work.key) }
        }
        plane.clusters.onChange { change in
            guard change.concernsServices else { return }
            for work in plane.works(ofCluster: change.key.name) where work.isCollected { queue.add(work.key) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = plane.works.get(key), let cluster = Work.cluster(of: key.namespace) else { return .done }
        let object = encoded.decoded()
        guard let slice = Work(object).spec.manifests.first else { return .done }
        let derived = ObjectKey(
            namespace: slice.namespace, name: ServiceDiscovery.importedSlice(slice.name, from: cluster))
        guard !object.isBeingDeleted, let service = Self.purpose.service(of: encoded) else {
            guard object.finalizers.contains(Self.purpose.finalizer) else { return .done }
            try await plane.client.deleteIfPresent(ServiceDiscovery.endpointSlices, derived)
            try await plane.client.removeFinalizer(Self.purpose.finalizer, from: key, in: Work.resource)
            return .done
        }
        if try await plane.giveUp(Self.purpose, encoded, of: service) { return .done }
        let desired = derive(slice, derived, of: service, work: encoded, isReachable: plane.cluster(cluster)?.isReady ?? false)
        if let current = try await plane.client.find(ServiceDiscovery.endpointSlices, derived)?.decoded() {
            var updated = current
            for field in ["addressType", "endpoints", "ports"] { updated[field] = desired[field] }
            updated.labels.merge(desired.labels) { _, new in new }
            updated.annotations.merge(desired.annotations) { _, new in new }
            if updated != current { _ = try await plane.client.update(updated, in: ServiceDiscovery.endpointSlices) }
        } else {
            _ = try await plane.client.create(desired, in: ServiceDiscovery.endpointSlices)
        }
        return .done
    }

    private func derive(
        _ slice: Object, _ key: ObjectKey, of service: ObjectKey, work: EncodedObject, isReachable: Bool
    ) -> Object {
        let kind = ServiceDiscovery.endpointSliceKind
        var derived = Object(apiVersion: kind.apiVersion, kind: kind.kind, namespace: key.namespace, name: key.name)
        derived.labels = [
            ServiceDiscovery.serviceNameLabel: ServiceDiscovery.derivedService(service.name),
            ServiceDiscovery.managedByLabel: ServiceDiscovery.collectController,
            Label.workID: work.labels[Label.workID] ?? "",
        ]
        derived.annotations = [Annotation.workNamespace: work.key.namespace, Annotation.workName: work.key.name]
        for field in ["addressType", "ports"] { derived[field] = slice[field] }
        derived["endpoints"] = slice.endpoints(isReachable: isReachable)
        return derived
    }
}
