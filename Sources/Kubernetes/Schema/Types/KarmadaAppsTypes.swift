extension SchemaModule {
    /// Types of `apps.karmada.io/v1alpha1`.
    static let karmadaApps = [
        SchemaModule(
            "apps.karmada.v1alpha1", GroupVersion(group: "apps.karmada.io", version: "v1alpha1"),
            #"""
            WorkloadRebalancer kind: spec! WorkloadRebalancerSpec, status WorkloadRebalancerStatus
            ObjectReference: apiVersion! string, kind! string, name! string, namespace string
            ObservedWorkload: reason string, result string, workload! ObjectReference
            WorkloadRebalancerSpec: ttlSecondsAfterFinished int32, workloads! [ObjectReference] minItems(1)
            WorkloadRebalancerStatus: finishTime time, observedGeneration int64, observedWorkloads [ObservedWorkload]
            """#),
    ]
}
