import Client
import Kubernetes

/// Makes of each EndpointSlice that a member reported one in the control plane, which belongs to the derived Service: from there
/// it goes to the clusters that import the Service.
struct EndpointSliceController: Controller {
    static let name = "endpointSlice"

    let plane: ControlPlane
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, workers: Int) {
        self.plane = plane
        self.workers = workers
    }

    func run() async {
        plane.works.onChange { change in
            if change.object.collectedService != nil { queue.add(change.key) }
            for work in collected(forExportIn: change.object) { queue.add(work.key) }
        }
        plane.clusters.onChange { change in
            if case .updated(let old, let new) = change,
                Cluster(old.decoded()).isReady == Cluster(new.decoded()).isReady
            { return }
            for work in plane.works(ofCluster: change.key.name) where work.collectedService != nil { queue.add(work.key) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    /// What was collected for the sake of the ServiceExport that a Work brings to its cluster.
    private func collected(forExportIn work: EncodedObject) -> [EncodedObject] {
        guard work.mentions("ServiceExport"), let cluster = Work.cluster(of: work.key.namespace) else {
            return []
        }
        return Work(work.decoded()).spec.manifests.filter { $0.kind == ServiceDiscovery.serviceExportKind }
            .flatMap { plane.works(ofService: $0.key, in: cluster) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let encoded = plane.works.get(key), let service = encoded.collectedService,
            let cluster = Work.cluster(of: key.namespace)
        else { return .done }
        let work = Work(encoded.decoded())
        guard let slice = work.spec.manifests.first else { return .done }
        let derived = ObjectKey(
            namespace: slice.namespace, name: ServiceDiscovery.importedSlice(slice.name, from: cluster))
        if work.isBeingDeleted {
            try await plane.client.deleteIfPresent(ServiceDiscovery.endpointSlices, derived)
            try await plane.client.removeFinalizer(ServiceDiscovery.finalizer, from: key, in: Work.resource)
            return .done
        }
        let isReady = plane.cluster(cluster)?.isReady ?? false
        // Nobody is there to see that the export goes.
        if !isReady, !plane.isExported(service, to: cluster) {
            try await plane.client.deleteIfPresent(Work.resource, key, DeleteOptions(uid: encoded.uid))
            return .done
        }
        let desired = derive(slice, derived, of: service, work: encoded, isReachable: isReady)
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

    /// - Parameter isReachable: endpoints in a cluster that is not are listed, and not ready: nobody shall call them.
    private func derive(
        _ slice: Object, _ key: ObjectKey, of service: ObjectKey, work: EncodedObject, isReachable: Bool
    ) -> Object {
        var derived = Object(
            apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: key.namespace, name: key.name)
        derived.labels = [
            ServiceDiscovery.serviceNameLabel: ServiceDiscovery.derivedService(service.name),
            ServiceDiscovery.managedByLabel: ServiceDiscovery.collectController,
            Label.workID: work.labels[Label.workID] ?? "",
        ]
        derived.annotations = [Annotation.workNamespace: work.key.namespace, Annotation.workName: work.key.name]
        for field in ["addressType", "endpoints", "ports"] { derived[field] = slice[field] }
        if !isReachable {
            derived["endpoints"] = .array(
                (slice["endpoints"]?.array ?? []).map { endpoint in
                    var endpoint = endpoint
                    endpoint["conditions"] = ["ready": false, "serving": false, "terminating": false]
                    return endpoint
                })
        }
        return derived
    }
}
