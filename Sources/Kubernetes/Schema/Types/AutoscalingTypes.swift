extension SchemaModule {
    /// Types of `autoscaling/v1`, `autoscaling/v2`.
    static let autoscaling = [
        SchemaModule(
            "autoscaling.v1", GroupVersion(group: "autoscaling", version: "v1"),
            #"""
            HorizontalPodAutoscaler kind: spec! HorizontalPodAutoscalerSpec, status HorizontalPodAutoscalerStatus
            Scale kind: spec ScaleSpec, status ScaleStatus
            CrossVersionObjectReference atomic: apiVersion string, kind! string, name! string
            HorizontalPodAutoscalerSpec: maxReplicas! int32, minReplicas int32, scaleTargetRef! CrossVersionObjectReference,
                targetCPUUtilizationPercentage int32
            HorizontalPodAutoscalerStatus: currentCPUUtilizationPercentage int32, currentReplicas! int32,
                desiredReplicas! int32, lastScaleTime time, observedGeneration int64
            ScaleSpec: replicas int32
            ScaleStatus: replicas! int32, selector string
            """#),
        SchemaModule(
            "autoscaling.v2", GroupVersion(group: "autoscaling", version: "v2"),
            #"""
            HorizontalPodAutoscaler kind: spec! HorizontalPodAutoscalerSpec, status HorizontalPodAutoscalerStatus
            ContainerResourceMetricSource: container! string, name! string, target! MetricTarget
            ContainerResourceMetricStatus: container! string, current! MetricValueStatus, name! string
            CrossVersionObjectReference: apiVersion string, kind! string, name! string
            ExternalMetricSource: metric! MetricIdentifier, target! MetricTarget
            ExternalMetricStatus: current! MetricValueStatus, metric! MetricIdentifier
            HPAScalingPolicy: periodSeconds! int32, type! string, value! int32
            HPAScalingRules: policies [HPAScalingPolicy], selectPolicy string, stabilizationWindowSeconds int32,
                tolerance quantity
            HorizontalPodAutoscalerBehavior: scaleDown HPAScalingRules, scaleUp HPAScalingRules
            HorizontalPodAutoscalerCondition: lastTransitionTime time, message string, reason string, status! string,
                type! string
            HorizontalPodAutoscalerSpec: behavior HorizontalPodAutoscalerBehavior, maxReplicas! int32, metrics [MetricSpec],
                minReplicas int32, scaleTargetRef! CrossVersionObjectReference
            HorizontalPodAutoscalerStatus: conditions [HorizontalPodAutoscalerCondition] merge(type) map(type),
                currentMetrics [MetricStatus], currentReplicas int32, desiredReplicas! int32, lastScaleTime time,
                observedGeneration int64
            MetricIdentifier: name! string, selector meta.v1.LabelSelector
            MetricSpec: containerResource ContainerResourceMetricSource, external ExternalMetricSource,
                object ObjectMetricSource, pods PodsMetricSource, resource ResourceMetricSource, type! string
            MetricStatus: containerResource ContainerResourceMetricStatus, external ExternalMetricStatus,
                object ObjectMetricStatus, pods PodsMetricStatus, resource ResourceMetricStatus, type! string
            MetricTarget: averageUtilization int32, averageValue quantity, type! string, value quantity
            MetricValueStatus: averageUtilization int32, averageValue quantity, value quantity
            ObjectMetricSource: describedObject! CrossVersionObjectReference, metric! MetricIdentifier, target! MetricTarget
            ObjectMetricStatus: current! MetricValueStatus, describedObject! CrossVersionObjectReference,
                metric! MetricIdentifier
            PodsMetricSource: metric! MetricIdentifier, target! MetricTarget
            PodsMetricStatus: current! MetricValueStatus, metric! MetricIdentifier
            ResourceMetricSource: name! string, target! MetricTarget
            ResourceMetricStatus: current! MetricValueStatus, name! string
            """#),
    ]
}
