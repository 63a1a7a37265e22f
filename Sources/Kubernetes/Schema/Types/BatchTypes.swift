extension SchemaModule {
    /// Types of `batch/v1`.
    static let batch = [
        SchemaModule(
            "batch.v1", GroupVersion(group: "batch", version: "v1"),
            #"""
            CronJob kind: spec! CronJobSpec, status CronJobStatus
            Job kind: spec JobSpec, status JobStatus
            CronJobSpec: concurrencyPolicy string, failedJobsHistoryLimit int32, jobTemplate! JobTemplateSpec, schedule! string,
                startingDeadlineSeconds int64, successfulJobsHistoryLimit int32, suspend bool, timeZone string
            CronJobStatus: active [core.v1.ObjectReference], lastScheduleTime time, lastSuccessfulTime time
            JobCondition: lastProbeTime time, lastTransitionTime time, message string, reason string, status! string,
                type! string
            JobSpec: activeDeadlineSeconds int64, backoffLimit int32, backoffLimitPerIndex int32, completionMode string,
                completions int32, managedBy string, manualSelector bool, maxFailedIndexes int32, parallelism int32,
                podFailurePolicy PodFailurePolicy, podReplacementPolicy string, selector meta.v1.LabelSelector,
                successPolicy SuccessPolicy, suspend bool, template! core.v1.PodTemplateSpec, ttlSecondsAfterFinished int32
            JobStatus: active int32, completedIndexes string, completionTime time, conditions [JobCondition] merge(type),
                failed int32, failedIndexes string, ready int32, startTime time, succeeded int32, terminating int32,
                uncountedTerminatedPods UncountedTerminatedPods
            JobTemplateSpec: metadata meta.v1.ObjectMeta, spec JobSpec
            PodFailurePolicy: rules! [PodFailurePolicyRule]
            PodFailurePolicyOnExitCodesRequirement: containerName string, operator! string, values! [int32] set
            PodFailurePolicyOnPodConditionsPattern: status string, type! string
            PodFailurePolicyRule: action! string, onExitCodes PodFailurePolicyOnExitCodesRequirement,
                onPodConditions [PodFailurePolicyOnPodConditionsPattern]
            SuccessPolicy: rules! [SuccessPolicyRule]
            SuccessPolicyRule: succeededCount int32, succeededIndexes string
            UncountedTerminatedPods: failed [string] set, succeeded [string] set
            """#),
    ]
}
