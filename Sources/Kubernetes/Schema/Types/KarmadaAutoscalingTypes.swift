extension SchemaModule {
    /// Types of `autoscaling.karmada.io/v1alpha1`.
    static let karmadaAutoscaling = [
        SchemaModule(
            "autoscaling.karmada.v1alpha1", GroupVersion(group: "autoscaling.karmada.io", version: "v1alpha1"),
            #"""
            CronFederatedHPA kind: spec! CronFederatedHPASpec, status CronFederatedHPAStatus
            FederatedHPA kind: spec! FederatedHPASpec, status autoscaling.v2.HorizontalPodAutoscalerStatus
            CronFederatedHPARule: failedHistoryLimit int32 min(0) max(32) default(3), name! string minLength(1) maxLength(32),
                schedule! string, successfulHistoryLimit int32 min(1) max(32) default(3), suspend bool default(false),
                targetMaxReplicas int32, targetMinReplicas int32, targetReplicas int32, timeZone string
            CronFederatedHPASpec: rules! [CronFederatedHPARule], scaleTargetRef! autoscaling.v2.CrossVersionObjectReference
            CronFederatedHPAStatus: executionHistories [ExecutionHistory]
            ExecutionHistory: failedExecutions [FailedExecution], nextExecutionTime time, ruleName! string,
                successfulExecutions [SuccessfulExecution]
            FailedExecution: executionTime! time, message! string, scheduleTime! time
            FederatedHPASpec: behavior autoscaling.v2.HorizontalPodAutoscalerBehavior, maxReplicas! int32,
                metrics [autoscaling.v2.MetricSpec], minReplicas int32,
                scaleTargetRef! autoscaling.v2.CrossVersionObjectReference
            SuccessfulExecution: appliedMaxReplicas int32, appliedMinReplicas int32, appliedReplicas int32, executionTime! time,
                scheduleTime! time
            """#),
    ]
}
