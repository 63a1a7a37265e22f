extension SchemaModule {
    /// Types of `multicluster.x-k8s.io/v1alpha1`.
    static let multicluster = [
        SchemaModule(
            "multicluster.v1alpha1", GroupVersion(group: "multicluster.x-k8s.io", version: "v1alpha1"),
            #"""
            ServiceExport kind: status ServiceExportStatus
            ServiceImport kind: spec ServiceImportSpec, status ServiceImportStatus
            ClusterStatus: cluster! string
            ServiceExportStatus: conditions [meta.v1.Condition] map(type)
            ServiceImportSpec: ips [string] maxItems(1), ports! [ServicePort], sessionAffinity string,
                sessionAffinityConfig core.v1.SessionAffinityConfig, type! string in(ClusterSetIP,Headless)
            ServiceImportStatus: clusters [ClusterStatus] map(cluster)
            ServicePort: appProtocol string, name string, port! int32, protocol string
            """#),
    ]
}
