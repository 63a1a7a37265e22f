import Kubernetes

/// HorizontalPodAutoscaler, and Karmada's FederatedHPA, whose spec is the same.
enum AutoscalerValidation {
    private static let maximumStabilization: Int64 = 3600
    private static let maximumPeriod: Int64 = 1800

    /// Kubernetes' own autoscaler knows metrics from outside of the cluster, too.
    static func validate(autoscaler: Object, old: Object?, _ errors: inout FieldErrors) {
        validate(autoscaler, sources: ["ContainerResource", "External", "Object", "Pods", "Resource"], &errors)
    }

    /// - Parameter sources: the types of metrics, in alphabetical order.
    static func validate(_ autoscaler: Object, sources: [String], _ errors: inout FieldErrors) {
        let spec = autoscaler.spec
        let minimum = spec["minReplicas"]?.integer
        if let minimum, minimum < 1 {
            errors.invalid(FieldPath.spec.child("minReplicas"), .integer(minimum), "must be greater than or equal to 1")
        }
        let maximum = spec["maxReplicas"]?.integer ?? 0
        let path = FieldPath.spec.child("maxReplicas")
        if maximum < 1 { errors.invalid(path, .integer(maximum), "must be greater than 0") }
        if let minimum, maximum < minimum {
            errors.invalid(path, .integer(maximum), "must be greater than or equal to `minReplicas`")
        }
        validate(reference: spec["scaleTargetRef"], FieldPath.spec.child("scaleTargetRef"), &errors)
        for (index, metric) in spec.list("metrics").enumerated() {
            validate(metric: metric, sources, FieldPath.spec.child("metrics").index(index), &errors)
        }
        for direction in ["scaleUp", "scaleDown"] {
            if let rules = spec["behavior", direction] {
                validate(rules: rules, FieldPath.spec.child("behavior").child(direction), &errors)
            }
        }
    }

    /// `CrossVersionObjectReference`.
    static func validate(reference: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        for member in ["kind", "name"] { require(segment: reference?[member], path.child(member), "", &errors) }
    }

    /// A text that can be part of a path in a URL.
    private static func require(segment: JSON?, _ path: FieldPath, _ detail: String, _ errors: inout FieldErrors) {
        let text = segment?.string ?? ""
        if text.isEmpty { return errors.required(path, detail) }
        for problem in NameSyntax.problems(ofPathSegment: text) { errors.invalid(path, segment, problem) }
    }

    // MARK: Behavior

    private static func validate(rules: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        if let window = rules["stabilizationWindowSeconds"]?.integer {
            let at = path.child("stabilizationWindowSeconds")
            if window < 0 { errors.invalid(at, .integer(window), "must be greater than or equal to zero") }
            if window > maximumStabilization {
                errors.invalid(at, .integer(window), "must be less than or equal to \(maximumStabilization)")
            }
        }
        if let policy = rules["selectPolicy"], !["Disabled", "Max", "Min"].contains(policy.string) {
            errors.notSupported(path.child("selectPolicy"), policy, ["Disabled", "Max", "Min"])
        }
        let policies = rules.list("policies")
        if policies.isEmpty { errors.required(path.child("policies"), "must specify at least one Policy") }
        for (index, policy) in policies.enumerated() {
            let at = path.child("policies").index(index)
            if !["Percent", "Pods"].contains(policy.text("type")) {
                errors.notSupported(at.child("type"), policy["type"] ?? "", ["Percent", "Pods"])
            }
            for member in ["value", "periodSeconds"] where policy[member]?.integer ?? 0 <= 0 {
                errors.invalid(at.child(member), policy[member] ?? 0, "must be greater than zero")
            }
            if let period = policy["periodSeconds"]?.integer, period > maximumPeriod {
                errors.invalid(at.child("periodSeconds"), .integer(period), "must be less than or equal to \(maximumPeriod)")
            }
        }
    }

    // MARK: Metrics

    /// The member that holds each type of metric.
    private static let members = [
        "ContainerResource": "containerResource", "External": "external", "Object": "object", "Pods": "pods",
        "Resource": "resource",
    ]

    private static func validate(
        metric: JSON, _ sources: [String], _ path: FieldPath, _ errors: inout FieldErrors
    ) {
        let type = metric.text("type")
        if type.isEmpty { errors.required(path.child("type"), "must specify a metric source type") }
        if !sources.contains(type) { errors.notSupported(path.child("type"), .string(type), sources) }
        let present = sources.compactMap { members[$0] }.filter { metric[$0] != nil }
        if let member = present.first, let source = metric[member] {
            validate(source: source, member, path.child(member), &errors)
        }
        guard sources.contains(type), let expected = members[type] else { return }
        if metric[expected] == nil {
            errors.required(path.child(expected), "must populate information for the given metric source")
        }
        for member in present where member != expected {
            errors.forbidden(path.child(member), "must populate the given metric source only")
        }
    }

    private static func validate(source: JSON, _ member: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        let target = source["target"] ?? [:]
        let at = path.child("target")
        switch member {
        case "object":
            validate(reference: source["describedObject"], path.child("describedObject"), &errors)
            validate(identifier: source["metric"], path.child("metric"), &errors)
        case "pods", "external":
            validate(identifier: source["metric"], path.child("metric"), &errors)
        default:
            if source.text("name").isEmpty { errors.required(path.child("name"), "must specify a resource name") }
        }
        if member == "containerResource" { require(label: source["container"], path.child("container"), &errors) }
        validate(target: target, at, &errors)
        switch member {
        case "object", "external":
            if target["value"] == nil, target["averageValue"] == nil {
                errors.required(at.child("averageValue"), "must set either a target value or averageValue")
            }
        case "pods":
            if target["averageValue"] == nil {
                errors.required(at.child("averageValue"), "must specify a positive target averageValue")
            }
        default:
            let isUtilization = target["averageUtilization"] != nil
            if !isUtilization, target["averageValue"] == nil {
                errors.required(
                    at.child("averageUtilization"), "must set either a target raw value or a target utilization")
            }
            if isUtilization, target["averageValue"] != nil {
                errors.forbidden(at.child("averageValue"), "may not set both a target raw value and a target utilization")
            }
        }
    }

    private static func require(label: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        let text = label?.string ?? ""
        if text.isEmpty { return errors.required(path, "must specify a container") }
        for problem in LabelSyntax.problems(ofDNSLabel: text) { errors.invalid(path, label, problem) }
    }

    private static func validate(identifier: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        require(segment: identifier?["name"], path.child("name"), "must specify a metric name", &errors)
    }

    private static func validate(target: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let type = target.text("type")
        if type.isEmpty { errors.required(path.child("type"), "must specify a metric target type") }
        if !["Utilization", "Value", "AverageValue"].contains(type) {
            errors.invalid(path.child("type"), .string(type), "must be either Utilization, Value, or AverageValue")
        }
        for member in ["value", "averageValue"] {
            if let amount = target[member], let quantity = try? Quantity(amount), quantity <= .zero {
                errors.invalid(path.child(member), amount, "must be positive")
            }
        }
        if let utilization = target["averageUtilization"]?.integer, utilization < 1 {
            errors.invalid(path.child("averageUtilization"), .integer(utilization), "must be greater than 0")
        }
    }
}
