import Kubernetes

/// Validates the kinds that limit what others may ask for, in Kubernetes' words.
enum LimitValidation {
    // MARK: Quotas

    static func validate(resourceQuota: Object, old: Object?, _ errors: inout FieldErrors) {
        for (name, value) in resourceQuota.spec["hard"]?.object ?? [:] {
            let path = FieldPath.spec.child("hard").key(name)
            MetadataRules.validateQualifiedName(name, path, &errors)
            if !name.contains("/"), !QuotaResource.isStandard(name), !name.contains("hugepages-") {
                errors.invalid(path, .string(name), "must be a standard resource for quota")
            }
            guard let quantity = quantity(value) else { continue }
            if quantity < .zero { errors.invalid(path, value, "must be greater than or equal to 0") }
            if QuotaResource.counted.contains(name) || name.hasPrefix("count/"), Quantity(value: quantity.value) != quantity {
                errors.invalid(path, value, "must be an integer")
            }
        }
    }

    private static func quantity(_ json: JSON?) -> Quantity? { json.flatMap { Quantity($0.string ?? $0.description) } }

    // MARK: Ranges

    static func validate(limitRange: Object, old: Object?, _ errors: inout FieldErrors) {
        let limits = limitRange.spec.list("limits")
        for (index, limit) in limits.enumerated() {
            let path = FieldPath.spec.child("limits").index(index)
            if limit.text("type").isEmpty { errors.required(path.child("type")) }
            if limits[..<index].contains(where: { $0["type"] == limit["type"] }) {
                errors.duplicate(path.child("type"), limit["type"])
            }
            if limit.text("type") == "Pod" {
                for field in ["default", "defaultRequest"] where limit[field]?.object?.isEmpty == false {
                    errors.forbidden(path.child(field), "may not be specified when `type` is 'Pod'")
                }
            }
            validate(limit: limit, path, &errors)
        }
    }

    /// Each bound against those that must not be below or above it, and how messages call both.
    private static let orders: [(field: String, name: String, other: String, otherName: String, isAtLeast: Bool)] = [
        ("min", "min", "max", "max", false), ("defaultRequest", "default request", "min", "min", true),
        ("defaultRequest", "default request", "max", "max", false),
        ("defaultRequest", "default request", "default", "default limit", false), ("default", "default", "min", "min", true),
        ("default", "default", "max", "max", false),
    ]

    private static func validate(limit: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        for order in orders {
            for (name, value) in limit[order.field]?.object ?? [:] {
                guard let own = quantity(value), let bound = limit[order.other, name], let other = quantity(bound),
                    order.isAtLeast ? own < other : other < own
                else { continue }
                errors.invalid(
                    path.child(order.field).key(name), value,
                    """
                    \(order.name) value \(own) is \(order.isAtLeast ? "less" : "greater") than \(order.otherName) value \(other)
                    """)
            }
        }
    }

    // MARK: Priorities

    private static let systemPriorities: Set = ["system-cluster-critical", "system-node-critical"]
    private static let maximumPriority: Int64 = 1_000_000_000

    static func validate(priorityClass: Object, old: Object?, _ errors: inout FieldErrors) {
        let name = priorityClass.name
        let isSystem = systemPriorities.contains(name)
        if name.hasPrefix("system-"), !isSystem {
            errors.forbidden(
                FieldPath.metadata.child("name"),
                """
                priority class names with 'system-' prefix are reserved for system use only. error: \(name) is not a known system \
                priority class
                """)
        }
        if !isSystem, let value = priorityClass["value"]?.integer, value > maximumPriority {
            errors.forbidden(FieldPath("value"), "maximum allowed value of a user defined priority is \(maximumPriority)")
        }
        errors.oneOf(
            priorityClass["preemptionPolicy"], ["Never", "PreemptLowerPriority"], FieldPath("preemptionPolicy"))
        guard let old else { return }
        if priorityClass["value"] != old["value"] { errors.forbidden(FieldPath("value"), "may not be changed in an update.") }
    }
}
