extension SchemaModule {
    /// Types of `search.karmada.io/v1alpha1`.
    static let karmadaSearch = [
        SchemaModule(
            "search.karmada.v1alpha1", GroupVersion(group: "search.karmada.io", version: "v1alpha1"),
            #"""
            ResourceRegistry kind: spec ResourceRegistrySpec, status ResourceRegistryStatus
            BackendStoreConfig: openSearch OpenSearchConfig
            LocalSecretReference: namespace! string, name! string
            OpenSearchConfig: addresses! [string], secretRef LocalSecretReference
            ResourceRegistrySpec: targetCluster! policy.karmada.v1alpha1.ClusterAffinity, resourceSelectors! [ResourceSelector],
                backendStore BackendStoreConfig
            ResourceRegistryStatus: conditions [meta.v1.Condition]
            ResourceSelector: apiVersion! string, kind! string, namespace string
            """#),
    ]
}
