import Kubernetes

/// OverridePolicy and ClusterOverridePolicy.
enum OverrideAdmission {
    static func fill(_ policy: inout Object, isCreation: Bool) {
        let namespace = policy.namespace
        policy.withSpec { spec in
            spec.fill("overriders", [:])
            PolicyAdmission.fill(selectorsOf: &spec, namespace: namespace)
        }
    }

    static func admit(_ policy: Object, old: Object?) throws(APIError) {
        var errors = FieldErrors()
        let spec = policy.spec
        let hasRules = spec["overrideRules"] != nil
        PlacementValidation.validate(affinity: spec["targetCluster"], FieldPath.spec.child("targetCluster"), &errors)
        if hasRules, let target = spec["targetCluster"] {
            errors.invalid(FieldPath.spec.child("targetCluster"), target, "overrideRules and targetCluster can't co-exist")
        }
        if hasRules, let overriders = spec["overriders"], !isEmpty(overriders) {
            errors.invalid(FieldPath.spec.child("overriders"), overriders, "overrideRules and overriders can't co-exist")
        }
        for (index, rule) in spec.list("overrideRules").enumerated() {
            let path = FieldPath.spec.child("overrideRules").index(index)
            validate(rule["overriders"] ?? [:], path.child("overriders"), &errors)
            PlacementValidation.validate(affinity: rule["targetCluster"], path.child("targetCluster"), &errors)
        }
        PolicyAdmission.validateSelectors(spec.list("resourceSelectors"), namespace: policy.namespace, &errors)
        try errors.deny("\(policy.kind.lowercased()).karmada.io")
    }

    /// Field overriders do not count here, in Karmada neither.
    private static func isEmpty(_ overriders: JSON) -> Bool {
        [
            "plaintext", "imageOverrider", "commandOverrider", "argsOverrider", "labelsOverrider", "annotationsOverrider",
        ].allSatisfy { overriders.list($0).isEmpty }
    }

    private static func validate(_ overriders: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        for (index, overrider) in overriders.list("annotationsOverrider").enumerated() {
            let at = path.child("annotationsOverrider").index(index).child("value")
            MetadataRules.validateAnnotations(overrider["value"], at, &errors)
        }
        for (index, overrider) in overriders.list("labelsOverrider").enumerated() {
            MetadataRules.validateLabels(overrider["value"], path.child("labelsOverrider").index(index).child("value"), &errors)
        }
        for (index, overrider) in overriders.list("imageOverrider").enumerated() {
            guard let predicate = overrider["predicate"] else { continue }
            validate(
                pointer: predicate["path"], path.child("imageOverrider").index(index).child("predicate").child("path"), &errors)
        }
        for (index, overrider) in overriders.list("fieldOverrider").enumerated() {
            validate(field: overrider, path.child("fieldOverrider").index(index), &errors)
        }
    }

    private static func validate(field overrider: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let formats = ["json", "yaml"].filter { !overrider.list($0).isEmpty }
        if formats.count == 2 {
            errors.invalid(path, overrider, "FieldOverrider has both YAML and JSON set. Only one is allowed")
        }
        if formats.isEmpty { errors.required(path, "FieldOverrider must have either JSON or YAML set") }
        validate(pointer: overrider["fieldPath"], path.child("fieldPath"), &errors)
        for format in formats {
            for (index, operation) in overrider.list(format).enumerated() {
                let at = path.child(format).index(index)
                validate(pointer: operation["subPath"], at.child("subPath"), &errors)
                let value = operation["value"]
                switch operation.text("operator") {
                case "add", "replace":
                    if value == nil { errors.invalid(at.child("value"), nil, "value is required for add or replace operation") }
                case "remove":
                    if let value { errors.invalid(at.child("value"), value, "value is not allowed for remove operation") }
                default: break
                }
            }
        }
    }

    /// A JSON pointer (RFC 6901) is empty or starts with a slash.
    private static func validate(pointer: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        let text = pointer?.string ?? ""
        if !text.isEmpty, !text.hasPrefix("/") {
            errors.invalid(path, pointer, "JSON pointer must be empty or start with a \"/\"")
        }
    }
}
