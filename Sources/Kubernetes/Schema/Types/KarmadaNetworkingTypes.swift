extension SchemaModule {
    /// Types of `networking.karmada.io/v1alpha1`.
    static let karmadaNetworking = [
        SchemaModule(
            "networking.karmada.v1alpha1", GroupVersion(group: "networking.karmada.io", version: "v1alpha1"),
            #"""
            MultiClusterIngress kind: spec networking.v1.IngressSpec, status MultiClusterIngressStatus
            MultiClusterService kind: spec! MultiClusterServiceSpec, status core.v1.ServiceStatus
            ClusterSelector: name! string
            ExposurePort: name string, port! int32
            ExposureRange: clusterNames [string]
            MultiClusterIngressStatus: loadBalancer networking.v1.IngressLoadBalancerStatus, serviceLocations [ServiceLocation],
                trafficBlockClusters [string]
            MultiClusterServiceSpec: consumerClusters [ClusterSelector], ports [ExposurePort],
                providerClusters [ClusterSelector], range ExposureRange, serviceConsumptionClusters [string],
                serviceProvisionClusters [string], types! [string]
            ServiceLocation: clusters [string], name! string
            """#),
    ]
}
