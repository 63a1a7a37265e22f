import Client
import Kubernetes
import Logging

/// Keeps the Endpoints and EndpointSlices of Services with a selector.
struct EndpointController: Controller {
    /// How long changes of pods gather before a Service is looked at: a rollout changes many at once.
    private static let batchPeriod = Duration.milliseconds(100)

    let queue = WorkQueue<ObjectKey>()
    private let client: any ObjectClient
    private let caches: Caches

    init(client: any ObjectClient, caches: Caches) {
        self.client = client
        self.caches = caches
        caches.services.onChange { [queue] in queue.add($0.key) }
        caches.pods.onChange { [queue, caches] change in
            let pods: [Pod]
            switch change {
            case .updated(let old, let new):
                guard !Self.isSameEndpoint(old, new) else { return }
                pods = old.labels == new.labels ? [new] : [old, new]
            case .added(let pod), .deleted(let pod):
                guard pod.ip != nil else { return }
                pods = [pod]
            }
            for service in caches.services(in: change.pod.key.namespace) {
                let selector = service.decoded().spec["selector"]?.stringMap ?? [:]
                let selects = pods.contains { pod in selector.allSatisfy { pod.labels[$0.key] == $0.value } }
                if !selector.isEmpty, selects { queue.add(service.key, after: Self.batchPeriod) }
            }
        }
    }

    private static func isSameEndpoint(_ old: Pod, _ new: Pod) -> Bool {
        old.ip == new.ip && old.isReady == new.isReady && old.isTerminating == new.isTerminating
            && old.isFinished == new.isFinished && old.labels == new.labels
    }

    func sync(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        // The slices of a Service that is gone go with it, by their owner reference; Endpoints have none.
        guard let encoded = caches.services.get(key) else {
            if let endpoints = try await client.find(.endpoints, key), endpoints.labels[ServiceEndpoints.managerLabel] != nil {
                try await client.deleteIfPresent(.endpoints, key, uid: endpoints.uid)
            }
            return .done
        }
        let service = encoded.decoded()
        let selector = service.spec["selector"]?.stringMap ?? [:]
        guard !selector.isEmpty, service.spec["type"]?.string != "ExternalName", !service.isBeingDeleted else { return .done }
        let pods = caches.pods.labelled(selector, in: key.namespace).filter { $0.ip != nil && !$0.isFinished }
        let endpoints = ServiceEndpoints(service: service, pods: pods.sorted { $0.key < $1.key })
        try await write(endpoints.endpoints, to: .endpoints)
        let slices = endpoints.slices
        for slice in slices { try await write(slice, to: .endpointSlices) }
        // Slices are numbered, so those that are one too many follow the last.
        var number = slices.count
        while let extra = try await client.find(.endpointSlices, endpoints.sliceKey(number)) {
            try await client.deleteIfPresent(.endpointSlices, extra.key, uid: extra.uid)
            number += 1
        }
        return .done
    }

    private func write(_ desired: Object, to resource: GroupVersionResource) async throws {
        guard let found = try await client.find(resource, desired.key) else {
            _ = try await client.create(desired, in: resource)
            return
        }
        var object = found.decoded()
        for field in ["subsets", "addressType", "endpoints", "ports"] { object[field] = desired[field] }
        object.labels.merge(desired.labels) { $1 }
        guard object != found.decoded() else { return }
        _ = try await client.update(object, in: resource)
    }
}
