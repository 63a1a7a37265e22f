extension SchemaModule {
    /// Types of `work.karmada.io/v1alpha1`, `work.karmada.io/v1alpha2`.
    static let karmadaWork = [
        SchemaModule(
            "work.karmada.v1alpha1", GroupVersion(group: "work.karmada.io", version: "v1alpha1"),
            #"""
            Work kind: spec! WorkSpec, status WorkStatus
            ManifestStatus: health string in(Healthy,Unhealthy,Unknown), identifier! ResourceIdentifier, status any
            ResourceIdentifier: group string, kind! string, name! string, namespace string, ordinal! int64, resource! string,
                version! string
            WorkSpec: preserveResourcesOnDeletion bool, suspendDispatching bool, workload WorkloadTemplate
            WorkStatus: conditions [meta.v1.Condition], manifestStatuses [ManifestStatus]
            WorkloadTemplate: manifests [any]
            """#),
        SchemaModule(
            "work.karmada.v1alpha2", GroupVersion(group: "work.karmada.io", version: "v1alpha2"),
            #"""
            ClusterResourceBinding kind: spec! ResourceBindingSpec, status ResourceBindingStatus
            ResourceBinding kind: spec! ResourceBindingSpec, status ResourceBindingStatus
            AggregatedStatusItem: applied bool, appliedMessage string, clusterName! string,
                health string in(Healthy,Unhealthy,Unknown), status any
            BindingSnapshot: clusters [TargetCluster], name! string, namespace string
            Component: name! string maxLength(32), replicaRequirements ComponentReplicaRequirements, replicas! int32
            ComponentReplicaRequirements: nodeClaim NodeClaim, priorityClassName string, resourceRequest {quantity}
            GracefulEvictionTask: clustersBeforeFailover [string], creationTimestamp time, fromCluster! string,
                gracePeriodSeconds int32, message string maxLength(1024), preservedLabelState {string}, producer! string,
                purgeMode string in(Directly,Gracefully,Never),
                reason! string minLength(1) maxLength(32) pattern("^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$"), replicas int32,
                suppressDeletion bool
            NodeClaim: hardNodeAffinity core.v1.NodeSelector, nodeSelector {string}, tolerations [core.v1.Toleration]
            ObjectReference: apiVersion! string, kind! string, name! string, namespace string, resourceVersion string,
                uid string
            ReplicaRequirements: namespace string, nodeClaim NodeClaim, priorityClassName string, resourceRequest {quantity}
            ResourceBindingSpec: clusters [TargetCluster], components [Component],
                conflictResolution string in(Abort,Overwrite) default(Abort), failover policy.karmada.v1alpha1.FailoverBehavior,
                gracefulEvictionTasks [GracefulEvictionTask], placement policy.karmada.v1alpha1.Placement,
                preserveResourcesOnDeletion bool, propagateDeps bool, replicaRequirements ReplicaRequirements, replicas int32,
                requiredBy [BindingSnapshot], rescheduleTriggeredAt time, resource! ObjectReference,
                schedulePriority SchedulePriority, schedulerName string, suspension Suspension,
                workloadAffinityGroups WorkloadAffinityGroups
            ResourceBindingStatus: aggregatedStatus [AggregatedStatusItem], conditions [meta.v1.Condition],
                lastScheduledTime time, schedulerObservedGeneration int64, schedulerObservingAffinityName string
            SchedulePriority: priority int32 default(0)
            Suspension: dispatching bool, dispatchingOnClusters policy.karmada.v1alpha1.SuspendClusters, scheduling bool
            TargetCluster: components [TargetComponent], name! string, replicas int32
            TargetComponent: name! string, replicas! int32
            WorkloadAffinityGroups: affinityGroup string, antiAffinityGroup string
            """#),
    ]
}
