import Client
import Kubernetes

/// Names and marks of services across clusters, as Karmada's API fixes them.
enum ServiceDiscovery {
    static let serviceExports = GroupVersionResource(
        group: "multicluster.x-k8s.io", version: "v1alpha1", resource: "serviceexports")
    static let serviceImports = GroupVersionResource(
        group: "multicluster.x-k8s.io", version: "v1alpha1", resource: "serviceimports")
    static let endpointSlices = GroupVersionResource(
        group: "discovery.k8s.io", version: "v1", resource: "endpointslices")
    static let endpointSliceKind = GroupVersionKind(group: "discovery.k8s.io", version: "v1", kind: "EndpointSlice")
    static let services = GroupVersionResource(group: "", version: "v1", resource: "services")
    static let serviceKind = GroupVersionKind(group: "", version: "v1", kind: "Service")

    /// On a Work that holds an EndpointSlice of a member: the kinds for whose sake it was collected, with dots between them.
    static let collectedForLabel = "endpointslice.karmada.io/managed-by"
    /// On a Work that takes an EndpointSlice to a consumer, and on that slice: the cluster that the endpoints are in.
    static let providerAnnotation = "endpointslice.karmada.io/provision-cluster"

    /// On an EndpointSlice (`discovery.k8s.io`): its Service, and who keeps it.
    static let serviceNameLabel = "kubernetes.io/service-name"
    static let managedByLabel = "endpointslice.kubernetes.io/managed-by"
    static let collectController = "endpointslice-controller.karmada.io"
    static let dispatchController = "endpointslice-dispatch-controller.karmada.io"
    /// Those of slices that the control plane made: they are not collected again.
    static let controllers: Set = [collectController, dispatchController]

    /// The Service that a ServiceImport, or a ServiceExport of another cluster, is reached by.
    static func derivedService(_ name: String) -> String { "derived-\(name)" }

    /// An EndpointSlice of a member in the control plane, and in the clusters that import the Service.
    static func importedSlice(_ name: String, from cluster: String) -> String { "imported-\(cluster)-\(name)" }

    /// What the EndpointSlices of a Service are collected from a member for. The raw value is the kind that asks for it: a Work
    /// brings an object of that kind and the Service's name to the member's namespace.
    enum Purpose: String, CaseIterable, Sendable {
        case serviceExport = "ServiceExport"
        case multiClusterService = "MultiClusterService"

        /// As `--controllers` calls the collecting.
        var controller: String {
            switch self {
            case .serviceExport: "serviceExport"
            case .multiClusterService: "endpointsliceCollect"
            }
        }

        /// On the collected slice's Work: the Service.
        var namespaceLabel: String { "\(prefix).karmada.io/namespace" }
        var nameLabel: String { "\(prefix).karmada.io/name" }

        private var prefix: String {
            switch self {
            case .serviceExport: "endpointslice"
            case .multiClusterService: "multiclusterservice"
            }
        }

        /// Of whoever makes something of the collected slice.
        var finalizer: String {
            switch self {
            case .serviceExport: "karmada.io/endpointslice-controller"
            case .multiClusterService: "karmada.io/mcs-endpointslice-dispatch-controller"
            }
        }

        /// The Service that a Work's slice was collected for; nil where it was not, or is no longer wanted.
        func service(of work: EncodedObject) -> ObjectKey? {
            guard let name = work.labels[nameLabel], let namespace = work.labels[namespaceLabel] else { return nil }
            return ObjectKey(namespace: namespace, name: name)
        }

        /// The kind as `EncodedObject.mentions` takes it.
        var mention: StaticString {
            switch self {
            case .serviceExport: "ServiceExport"
            case .multiClusterService: "MultiClusterService"
            }
        }

        /// Those that the feature gates leave on.
        static func enabled(by gates: FeatureGates) -> [Purpose] {
            allCases.filter { $0 != .multiClusterService || gates[.multiClusterService] }
        }

        /// The Work that asks for a Service's slices in a cluster.
        func request(for service: ObjectKey, in cluster: String) -> ObjectKey {
            ObjectKey(
                namespace: Work.namespace(of: cluster),
                name: Names.work(kind: rawValue, name: service.name, namespace: service.namespace))
        }
    }
}

extension EncodedObject {
    /// Whether a Work holds an EndpointSlice that was collected from the cluster.
    var isCollected: Bool { labels[ServiceDiscovery.collectedForLabel] != nil }

    /// The Service for whose sake a Work was collected; nil for any other Work.
    var collectedService: ObjectKey? {
        isCollected ? ServiceDiscovery.Purpose.allCases.lazy.compactMap { $0.service(of: self) }.first : nil
    }

    /// The collected Work whose slice a Work takes to a consumer; nil for any other Work.
    var dispatchedFrom: ObjectKey? {
        guard !isCollected, labels[ServiceDiscovery.Purpose.multiClusterService.nameLabel] != nil else { return nil }
        let annotations = decoded().annotations
        guard let provider = annotations[ServiceDiscovery.providerAnnotation], let name = annotations[Annotation.workName] else {
            return nil
        }
        return ObjectKey(namespace: Work.namespace(of: provider), name: name)
    }

    /// The MultiClusterService that a Work belongs to, whatever it holds.
    var multiClusterService: ObjectKey? { ServiceDiscovery.Purpose.multiClusterService.service(of: self) }
}

extension Object {
    /// The Services whose EndpointSlices a Work asks for.
    func requests(_ purpose: ServiceDiscovery.Purpose) -> [ObjectKey] {
        Work(self).spec.manifests.filter { $0.kind == purpose.rawValue }.map(\.key)
    }

    /// An EndpointSlice's endpoints, those of a cluster that is out of reach marked as not ready: nobody shall call them.
    func endpoints(isReachable: Bool) -> JSON {
        guard !isReachable else { return self["endpoints"] ?? [] }
        return .array(
            (self["endpoints"]?.array ?? []).map { endpoint in
                var endpoint = endpoint
                endpoint["conditions"] = ["ready": false, "serving": false, "terminating": false]
                return endpoint
            })
    }

    /// Whether somebody can call an endpoint of an EndpointSlice.
    var hasReadyEndpoints: Bool {
        (self["endpoints"]?.array ?? []).contains { $0["conditions", "ready"]?.bool ?? true }
    }

    /// Puts one purpose on a collected slice's Work, or takes it off.
    mutating func setCollected(for purpose: ServiceDiscovery.Purpose, _ service: ObjectKey?) {
        var labels = labels
        var purposes = Set((labels[ServiceDiscovery.collectedForLabel] ?? "").split(separator: ".").map(String.init))
        if service != nil {
            purposes.insert(purpose.rawValue)
            if !finalizers.contains(purpose.finalizer) { finalizers.append(purpose.finalizer) }
        } else {
            // The finalizer stays for whoever still has to clean up.
            purposes.remove(purpose.rawValue)
        }
        labels[purpose.namespaceLabel] = service?.namespace
        labels[purpose.nameLabel] = service?.name
        labels[ServiceDiscovery.collectedForLabel] = purposes.sorted().joined(separator: ".")
        self.labels = labels
    }
}

extension ControlPlane {
    /// Whether a Work asks for the Service's EndpointSlices in the cluster, and is not on its way out.
    func isRequested(_ purpose: ServiceDiscovery.Purpose, _ service: ObjectKey, in cluster: String) -> Bool {
        works.get(purpose.request(for: service, in: cluster)).map { !$0.decoded().isBeingDeleted } ?? false
    }

    /// What was collected for the sake of what a Work brings to its cluster.
    func works(collectedFor purpose: ServiceDiscovery.Purpose, requestedBy work: EncodedObject) -> [EncodedObject] {
        guard !work.isCollected, work.mentions(purpose.mention), let cluster = Work.cluster(of: work.key.namespace) else {
            return []
        }
        return work.decoded().requests(purpose).flatMap { works(ofService: $0, in: cluster) }
    }

    /// Gives a collected slice up for one purpose in the place of the cluster's collector, which cannot see that it has to while
    /// the cluster is not ready.
    /// - Returns: false where there is no reason to.
    func giveUp(_ purpose: ServiceDiscovery.Purpose, _ work: EncodedObject, of service: ObjectKey) async throws -> Bool {
        guard let name = Work.cluster(of: work.key.namespace), cluster(name)?.isReady != true,
            !isRequested(purpose, service, in: name)
        else { return false }
        var object = work.decoded()
        object.setCollected(for: purpose, nil)
        if object.labels[ServiceDiscovery.collectedForLabel]?.isEmpty ?? true {
            try await client.deleteIfPresent(Work.resource, work.key, DeleteOptions(uid: work.uid))
        } else {
            _ = try await client.update(object, in: Work.resource)
        }
        return true
    }
}

extension Informer.Change {
    /// Whether a Cluster came, went, or turned into something else for services across clusters: whether it is ready, and the
    /// network that it is in.
    var concernsServices: Bool {
        guard case .updated(let old, let new) = self else { return true }
        let (before, after) = (Cluster(old.decoded()), Cluster(new.decoded()))
        return before.isReady != after.isReady || before.isBeingDeleted != after.isBeingDeleted
            || before.labels[PodNetwork.label] != after.labels[PodNetwork.label]
    }

    /// Whether a Cluster turned out to be in another network than it seemed to be.
    var changesNetwork: Bool {
        if case .updated(let old, let new) = self { return old.labels[PodNetwork.label] != new.labels[PodNetwork.label] }
        return object.labels[PodNetwork.label] != nil
    }
}
