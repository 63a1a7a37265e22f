import Kubernetes

/// Names and marks of services across clusters, as Karmada's API fixes them.
enum ServiceDiscovery {
    static let serviceExports = GroupVersionResource(
        group: "multicluster.x-k8s.io", version: "v1alpha1", resource: "serviceexports")
    static let serviceImports = GroupVersionResource(
        group: "multicluster.x-k8s.io", version: "v1alpha1", resource: "serviceimports")
    static let endpointSlices = GroupVersionResource(
        group: "discovery.k8s.io", version: "v1", resource: "endpointslices")
    static let services = GroupVersionResource(group: "", version: "v1", resource: "services")

    /// On a Work that holds an EndpointSlice of a member: the Service that the slice belongs to.
    static let namespaceLabel = "endpointslice.karmada.io/namespace"
    static let nameLabel = "endpointslice.karmada.io/name"
    /// On such a Work: the kinds for whose sake it was collected, with dots between them.
    static let collectedForLabel = "endpointslice.karmada.io/managed-by"
    static let serviceExportKind = "ServiceExport"

    /// On an EndpointSlice (`discovery.k8s.io`): its Service, and who keeps it.
    static let serviceNameLabel = "kubernetes.io/service-name"
    static let managedByLabel = "endpointslice.kubernetes.io/managed-by"
    /// Those of slices that the control plane made: they are not collected again.
    static let controllers: Set = ["endpointslice-controller.karmada.io", "endpointslice-dispatch-controller.karmada.io"]
    static let collectController = "endpointslice-controller.karmada.io"

    static let finalizer = "karmada.io/endpointslice-controller"

    /// The Service that a ServiceImport, or a ServiceExport of another cluster, is reached by.
    static func derivedService(_ name: String) -> String { "derived-\(name)" }

    /// An EndpointSlice of a member in the control plane, and in the clusters that import the Service.
    static func importedSlice(_ name: String, from cluster: String) -> String { "imported-\(cluster)-\(name)" }
}

extension EncodedObject {
    /// The Service for whose sake a Work was collected; nil for any other Work.
    var collectedService: ObjectKey? {
        guard let name = labels[ServiceDiscovery.nameLabel], let namespace = labels[ServiceDiscovery.namespaceLabel] else {
            return nil
        }
        return ObjectKey(namespace: namespace, name: name)
    }
}

extension ControlPlane {
    /// Whether a Work brings the Service's ServiceExport to the cluster, and is not on its way out.
    func isExported(_ service: ObjectKey, to cluster: String) -> Bool {
        let work = ObjectKey(
            namespace: Work.namespace(of: cluster),
            name: Names.work(kind: ServiceDiscovery.serviceExportKind, name: service.name, namespace: service.namespace))
        return works.get(work).map { !$0.decoded().isBeingDeleted } ?? false
    }
}
