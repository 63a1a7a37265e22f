import Kubernetes

/// FederatedResourceQuota.
enum QuotaAdmission {
    static func admit(_ quota: Object, old: Object?) throws(APIError) {
        var errors = FieldErrors()
        if quota.name.utf8.count > 63 {
            errors.invalid(FieldPath.metadata.child("name"), .string(quota.name), "must be no more than 63 characters")
        }
        validate(spec: quota.spec, &errors)
        validate(status: quota.status, &errors)
        try errors.deny("federatedresourcequota.karmada.io")
    }

    private static func validate(spec: JSON, _ errors: inout FieldErrors) {
        let overall = spec["overall"]?.object ?? [:]
        let assignments = spec.list("staticAssignments")
        validate(overall, FieldPath.spec.child("overall"), &errors)
        for (index, assignment) in assignments.enumerated() {
            let path = FieldPath.spec.child("staticAssignments").index(index)
            validate(cluster: assignment["clusterName"], path, &errors)
            validate(assignment["hard"]?.object ?? [:], path.child("hard"), &errors)
        }
        for (name, amount) in overall {
            let assigned = assignments.reduce(Quantity.zero) { $0 + (($1["hard", name]).flatMap { try? Quantity($0) } ?? .zero) }
            if let total = try? Quantity(amount), total < assigned {
                errors.invalid(
                    FieldPath.spec.child("overall").key(name), .string(total.description), "overall is less than assignments")
            }
        }
        for (index, assignment) in assignments.enumerated() {
            for (name, _) in assignment["hard"]?.object ?? [:] where overall[name] == nil {
                errors.invalid(
                    FieldPath.spec.child("staticAssignments").index(index).child("hard").key(name), .string(name),
                    "assignment resourceName is not exist in overall")
            }
        }
    }

    private static func validate(status: JSON, _ errors: inout FieldErrors) {
        let path = FieldPath("status")
        for member in ["overall", "overallUsed"] { validate(status[member]?.object ?? [:], path.child(member), &errors) }
        for (index, cluster) in status.list("aggregatedStatus").enumerated() {
            let at = path.child("aggregatedStatus").index(index)
            validate(cluster: cluster["clusterName"], at, &errors)
            for member in ["hard", "used"] { validate(cluster[member]?.object ?? [:], at.child(member), &errors) }
        }
    }

    private static func validate(cluster name: JSON?, _ path: FieldPath, _ errors: inout FieldErrors) {
        let problems = NameSyntax.problems(ofClusterName: name?.string ?? "")
        if !problems.isEmpty { errors.invalid(path.child("clusterName"), name ?? "", problems.joined(separator: ",")) }
    }

    private static func validate(_ amounts: JSONObject, _ path: FieldPath, _ errors: inout FieldErrors) {
        for (name, amount) in amounts {
            QuotaResource.validate(name: name, path.key(name), &errors)
            guard let quantity = try? Quantity(amount) else { continue }
            if quantity < .zero {
                errors.invalid(path.key(name), .string(quantity.description), "must be greater than or equal to 0")
            }
            if QuotaResource.isCounted(name), quantity.milliValue % 1000 != 0 {
                errors.invalid(path.key(name), .string(quantity.description), "must be an integer")
            }
        }
    }
}

extension QuotaResource {
    fileprivate static func validate(name: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        var problems = FieldErrors()
        MetadataRules.validateQualifiedName(name, path, &problems)
        errors.append(problems)
        let isHugePages = name.hasPrefix("hugepages-") || name.hasPrefix("requests.hugepages-")
        guard !name.contains("/"), !isHugePages, !isStandard(name) else { return }
        if problems.isEmpty, name != "storage" {
            errors.invalid(path, .string(name), "must be a standard resource type or fully qualified")
        }
        errors.invalid(path, .string(name), "must be a standard resource for quota")
    }

    /// Whether there can be whole ones only: objects, and devices.
    fileprivate static func isCounted(_ name: String) -> Bool {
        if counted.contains(name) { return true }
        guard let slash = name.firstIndex(of: "/") else { return false }
        let isNative = name[..<slash].hasSuffix("kubernetes.io")
        return !isNative && !name.hasPrefix("requests.")
    }
}
