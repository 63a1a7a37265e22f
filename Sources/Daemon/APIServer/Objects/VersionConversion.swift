import Kubernetes

/// Turns an object of one served version into another. Kinds whose versions have the same members need their `apiVersion` changed
/// and nothing else.
enum VersionConversion {
    static func convert(_ object: Object, to kind: GroupVersionKind) -> Object {
        guard object.apiVersion != kind.apiVersion else { return object }
        var converted = object
        converted.json["apiVersion"] = .string(kind.apiVersion)
        switch (object.groupVersionKind.groupVersion.description, kind.apiVersion, kind.kind) {
        case ("v1", "events.k8s.io/v1", "Event"): rename(&converted, eventFields.map { ($0.core, $0.events) })
        case ("events.k8s.io/v1", "v1", "Event"): rename(&converted, eventFields.map { ($0.events, $0.core) })
        case ("autoscaling/v2", "autoscaling/v1", "HorizontalPodAutoscaler"): targetPercentageFromMetrics(&converted)
        case ("autoscaling/v1", "autoscaling/v2", "HorizontalPodAutoscaler"): metricsFromTargetPercentage(&converted)
        default: break
        }
        return converted
    }

    // MARK: Events

    /// The members that the two groups call differently.
    private static let eventFields: [(core: String, events: String)] = [
        ("involvedObject", "regarding"), ("message", "note"), ("reportingComponent", "reportingController"),
        ("source", "deprecatedSource"), ("firstTimestamp", "deprecatedFirstTimestamp"),
        ("lastTimestamp", "deprecatedLastTimestamp"), ("count", "deprecatedCount"),
    ]

    private static func rename(_ object: inout Object, _ names: [(from: String, to: String)]) {
        for (from, to) in names {
            guard let value = object.json[from] else { continue }
            object.json[from] = nil
            object.json[to] = value
        }
    }

    // MARK: HorizontalPodAutoscalers

    /// Where version 1 keeps the metrics that it has no member for, so that nothing is lost on the way back.
    private static let metricsAnnotation = "autoscaling.alpha.kubernetes.io/metrics"

    private static func targetPercentageFromMetrics(_ object: inout Object) {
        var others: [JSON] = []
        for metric in object.spec["metrics"]?.array ?? [] {
            let target = metric["resource", "target"]
            if metric["type"]?.string == "Resource", metric["resource", "name"]?.string == "cpu",
                let percentage = target?["averageUtilization"], object.spec["targetCPUUtilizationPercentage"] == nil
            {
                object.spec["targetCPUUtilizationPercentage"] = percentage
            } else {
                others.append(metric)
            }
        }
        object.spec["metrics"] = nil
        if !others.isEmpty { object.annotations[metricsAnnotation] = JSON.array(others).description }
    }

    private static func metricsFromTargetPercentage(_ object: inout Object) {
        var metrics: [JSON] = []
        if let percentage = object.spec["targetCPUUtilizationPercentage"] {
            metrics.append([
                "type": "Resource",
                "resource": ["name": "cpu", "target": ["type": "Utilization", "averageUtilization": percentage]],
            ])
        }
        object.spec["targetCPUUtilizationPercentage"] = nil
        if let text = object.annotations[metricsAnnotation], let others = try? JSON(parsing: text).array {
            metrics += others
            object.annotations[metricsAnnotation] = nil
        }
        if !metrics.isEmpty { object.spec["metrics"] = .array(metrics) }
    }
}
