extension SchemaModule {
    /// Types of `policy/v1`.
    static let policy = [
        SchemaModule(
            "policy.v1", GroupVersion(group: "policy", version: "v1"),
            #"""
            Eviction kind: deleteOptions meta.v1.DeleteOptions
            PodDisruptionBudget kind: spec PodDisruptionBudgetSpec, status PodDisruptionBudgetStatus
            PodDisruptionBudgetSpec: maxUnavailable intOrString, minAvailable intOrString, selector meta.v1.LabelSelector,
                unhealthyPodEvictionPolicy string
            PodDisruptionBudgetStatus: conditions [meta.v1.Condition] merge(type) map(type), currentHealthy int32,
                desiredHealthy int32, disruptedPods {time}, disruptionsAllowed int32, expectedPods int32,
                observedGeneration int64
            """#),
    ]
}
