extension SchemaModule {
    /// Types of `policy.karmada.io/v1alpha1`.
    static let karmadaPolicy = [
        SchemaModule(
            "policy.karmada.v1alpha1", GroupVersion(group: "policy.karmada.io", version: "v1alpha1"),
            #"""
            ClusterOverridePolicy kind: spec! OverrideSpec
            ClusterPropagationPolicy kind: spec! PropagationSpec
            ClusterTaintPolicy kind: spec! ClusterTaintPolicySpec
            FederatedResourceQuota kind: spec! FederatedResourceQuotaSpec, status FederatedResourceQuotaStatus
            OverridePolicy kind: spec! OverrideSpec
            PropagationPolicy kind: spec! PropagationSpec
            ApplicationFailoverBehavior: decisionConditions! DecisionConditions, gracePeriodSeconds int32,
                purgeMode string in(Directly,Gracefully,Never) default(Gracefully), statePreservation StatePreservation
            ClusterAffinity: clusterNames [string], exclude [string], fieldSelector FieldSelector,
                labelSelector meta.v1.LabelSelector
            ClusterAffinityTerm: affinityName! string minLength(1) maxLength(32), clusterNames [string], exclude [string],
                fieldSelector FieldSelector, labelSelector meta.v1.LabelSelector, overflowAffinities [OverflowClusterAffinity]
            ClusterFailoverBehavior: purgeMode string in(Directly,Gracefully) default(Gracefully),
                statePreservation StatePreservation
            ClusterPreferences: dynamicWeight string in(AvailableReplicas), staticWeightList [StaticClusterWeight]
            ClusterQuotaStatus: clusterName! string, hard {quantity}, used {quantity}
            ClusterTaintPolicySpec: addOnConditions [MatchCondition], removeOnConditions [MatchCondition],
                taints! [Taint] minItems(1), targetClusters ClusterAffinity
            CommandArgsOverrider: containerName! string, operator! string in(add,remove), value [string]
            DecisionConditions: tolerationSeconds int32 default(300)
            FailoverBehavior: application ApplicationFailoverBehavior, cluster ClusterFailoverBehavior
            FederatedResourceQuotaSpec: overall! {quantity}, staticAssignments [StaticClusterAssignment]
            FederatedResourceQuotaStatus: aggregatedStatus [ClusterQuotaStatus], overall {quantity}, overallUsed {quantity}
            FieldOverrider: fieldPath! string, json [JSONPatchOperation], yaml [YAMLPatchOperation]
            FieldSelector: matchExpressions [core.v1.NodeSelectorRequirement]
            ImageOverrider: component! string in(Registry,Repository,Tag), operator! string in(add,remove,replace),
                predicate ImagePredicate, value string
            ImagePredicate: path! string
            JSONPatchOperation: operator! string in(add,remove,replace), subPath! string, value any
            LabelAnnotationOverrider: operator! string in(add,remove,replace), value! {string}
            MatchCondition: conditionType! string, operator! string, statusValues! [string]
            OverflowClusterAffinity: affinityName! string minLength(1) maxLength(32), clusterNames [string], exclude [string],
                fieldSelector FieldSelector, labelSelector meta.v1.LabelSelector
            OverrideSpec: overrideRules [RuleWithCluster], overriders Overriders, resourceSelectors [ResourceSelector],
                targetCluster ClusterAffinity
            Overriders: annotationsOverrider [LabelAnnotationOverrider], argsOverrider [CommandArgsOverrider],
                commandOverrider [CommandArgsOverrider], fieldOverrider [FieldOverrider], imageOverrider [ImageOverrider],
                labelsOverrider [LabelAnnotationOverrider], plaintext [PlaintextOverrider]
            Placement: clusterAffinities [ClusterAffinityTerm], clusterAffinity ClusterAffinity,
                clusterTolerations [core.v1.Toleration], replicaScheduling ReplicaSchedulingStrategy,
                spreadConstraints [SpreadConstraint], workloadAffinity WorkloadAffinity
            PlaintextOverrider: operator! string in(add,remove,replace), path! string, value any
            PropagationSpec: activationPreference string in(Lazy), association bool,
                conflictResolution string in(Abort,Overwrite) default(Abort), dependentOverrides [string],
                failover FailoverBehavior, placement Placement, preemption string in(Always,Never) default(Never),
                preserveResourcesOnDeletion bool, priority int32 default(0), propagateDeps bool,
                resourceSelectors! [ResourceSelector] minItems(1), schedulePriority SchedulePriority,
                schedulerName string default(default-scheduler), suspension Suspension
            ReplicaSchedulingStrategy: replicaDivisionPreference string in(Aggregated,Weighted),
                replicaSchedulingType string in(Duplicated,Divided) default(Divided), weightPreference ClusterPreferences
            ResourceSelector: apiVersion! string, kind! string, labelSelector meta.v1.LabelSelector, name string,
                namespace string
            RuleWithCluster: overriders! Overriders, targetCluster ClusterAffinity
            SchedulePriority: priorityClassName! string, priorityClassSource! string in(KubePriorityClass)
            SpreadConstraint: maxGroups int64, minGroups int64, spreadByField string in(cluster,region,zone,provider),
                spreadByLabel string
            StatePreservation: rules! [StatePreservationRule]
            StatePreservationRule: aliasLabelName! string, jsonPath! string
            StaticClusterAssignment: clusterName! string, hard! {quantity}
            StaticClusterWeight: targetCluster! ClusterAffinity, weight! int64 min(1)
            SuspendClusters: clusterNames [string]
            Suspension: dispatching bool, dispatchingOnClusters SuspendClusters
            Taint: effect! string, key! string, value string
            WorkloadAffinity: affinity WorkloadAffinityTerm, antiAffinity WorkloadAntiAffinityTerm
            WorkloadAffinityTerm: groupByLabelKey! string
            WorkloadAntiAffinityTerm: groupByLabelKey! string
            YAMLPatchOperation: operator! string in(add,remove,replace), subPath! string, value any
            """#),
    ]
}
