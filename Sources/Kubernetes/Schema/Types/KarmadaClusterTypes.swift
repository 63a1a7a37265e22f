extension SchemaModule {
    /// Types of `cluster.karmada.io/v1alpha1`.
    static let karmadaCluster = [
        SchemaModule(
            "cluster.karmada.v1alpha1", GroupVersion(group: "cluster.karmada.io", version: "v1alpha1"),
            #"""
            Cluster kind: spec! ClusterSpec, status ClusterStatus
            ClusterProxyOptions kind: path string
            APIEnablement: groupVersion! string, resources [APIResource]
            APIResource: name! string, kind! string
            AllocatableModeling: grade! int64, count! int64
            ClusterSpec: id string maxLength(128000), syncMode! string in(Push,Pull), apiEndpoint string,
                secretRef LocalSecretReference, impersonatorSecretRef LocalSecretReference, insecureSkipTLSVerification bool,
                proxyURL string, proxyHeader {string}, provider string, region string, zone string, zones [string],
                taints [core.v1.Taint], resourceModels [ResourceModel]
            ClusterStatus: kubernetesVersion string, apiEnablements [APIEnablement], conditions [meta.v1.Condition],
                nodeSummary NodeSummary, resourceSummary ResourceSummary, remedyActions [string]
            LocalSecretReference: namespace! string, name! string
            NodeSummary: totalNum int32, readyNum int32
            ResourceModel: grade! int64, ranges! [ResourceModelRange]
            ResourceModelRange: name! string, min! quantity, max! quantity
            ResourceSummary: allocatable {quantity}, allocating {quantity}, allocated {quantity},
                allocatableModelings [AllocatableModeling]
            """#),
    ]
}
