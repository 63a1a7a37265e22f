extension SchemaModule {
    /// Types of `apps/v1`.
    static let apps = [
        SchemaModule(
            "apps.v1", GroupVersion(group: "apps", version: "v1"),
            #"""
            ControllerRevision kind: data any, revision! int64
            DaemonSet kind: spec DaemonSetSpec, status DaemonSetStatus
            Deployment kind: spec DeploymentSpec, status DeploymentStatus
            ReplicaSet kind: spec ReplicaSetSpec, status ReplicaSetStatus
            StatefulSet kind: spec StatefulSetSpec, status StatefulSetStatus
            DaemonSetCondition: lastTransitionTime time, message string, reason string, status! string, type! string
            DaemonSetSpec: minReadySeconds int32, revisionHistoryLimit int32, selector! meta.v1.LabelSelector,
                template! core.v1.PodTemplateSpec, updateStrategy DaemonSetUpdateStrategy
            DaemonSetStatus: collisionCount int32, conditions [DaemonSetCondition] merge(type) map(type),
                currentNumberScheduled! int32, desiredNumberScheduled! int32, numberAvailable int32, numberMisscheduled! int32,
                numberReady! int32, numberUnavailable int32, observedGeneration int64, updatedNumberScheduled int32
            DaemonSetUpdateStrategy: rollingUpdate RollingUpdateDaemonSet, type string
            DeploymentCondition: lastTransitionTime time, lastUpdateTime time, message string, reason string, status! string,
                type! string
            DeploymentSpec: minReadySeconds int32, paused bool, progressDeadlineSeconds int32, replicas int32,
                revisionHistoryLimit int32, selector! meta.v1.LabelSelector, strategy DeploymentStrategy retainKeys,
                template! core.v1.PodTemplateSpec
            DeploymentStatus: availableReplicas int32, collisionCount int32,
                conditions [DeploymentCondition] merge(type) map(type), observedGeneration int64, readyReplicas int32,
                replicas int32, terminatingReplicas int32, unavailableReplicas int32, updatedReplicas int32
            DeploymentStrategy: rollingUpdate RollingUpdateDeployment, type string
            ReplicaSetCondition: lastTransitionTime time, message string, reason string, status! string, type! string
            ReplicaSetSpec: minReadySeconds int32, replicas int32, selector! meta.v1.LabelSelector,
                template core.v1.PodTemplateSpec
            ReplicaSetStatus: availableReplicas int32, conditions [ReplicaSetCondition] merge(type) map(type),
                fullyLabeledReplicas int32, observedGeneration int64, readyReplicas int32, replicas! int32,
                terminatingReplicas int32
            RollingUpdateDaemonSet: maxSurge intOrString, maxUnavailable intOrString
            RollingUpdateDeployment: maxSurge intOrString, maxUnavailable intOrString
            RollingUpdateStatefulSetStrategy: maxUnavailable intOrString, partition int32
            StatefulSetCondition: lastTransitionTime time, message string, reason string, status! string, type! string
            StatefulSetOrdinals: start int32
            StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted string, whenScaled string
            StatefulSetSpec: minReadySeconds int32, ordinals StatefulSetOrdinals,
                persistentVolumeClaimRetentionPolicy StatefulSetPersistentVolumeClaimRetentionPolicy,
                podManagementPolicy string, replicas int32, revisionHistoryLimit int32, selector! meta.v1.LabelSelector,
                serviceName string, template! core.v1.PodTemplateSpec, updateStrategy StatefulSetUpdateStrategy,
                volumeClaimTemplates [core.v1.PersistentVolumeClaim]
            StatefulSetStatus: availableReplicas int32, collisionCount int32,
                conditions [StatefulSetCondition] merge(type) map(type), currentReplicas int32, currentRevision string,
                observedGeneration int64, readyReplicas int32, replicas! int32, updateRevision string, updatedReplicas int32
            StatefulSetUpdateStrategy: rollingUpdate RollingUpdateStatefulSetStrategy, type string
            """#),
    ]
}
