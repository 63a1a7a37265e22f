import Kubernetes

/// FederatedResourceQuota.
enum QuotaAdmission {
    static func admit(_ quota: Object, old: Object?) throws(APIError) {
        var errors = FieldErrors()
        if quota.name.utf8.count > 63 {
            errors.invalid(FieldPath.metadata.child("name"), .string(quota.name), "must be no more than 63 characters")
        }
        let overall = quota.spec["overall"]?.object ?? [:]
        let assignments = quota.spec.list("staticAssignments")
        validate(overall, FieldPath.spec.child("overall"), &errors)
        for (index, assignment) in assignments.enumerated() {
            let path = FieldPath.spec.child("staticAssignments").index(index)
            let name = assignment.text("clusterName")
            let problems = NameSyntax.problems(ofClusterName: name)
            if !problems.isEmpty { errors.invalid(path.child("clusterName"), .string(name), problems.joined(separator: ",")) }
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
        try errors.deny("federatedresourcequota.karmada.io")
    }

    private static func validate(_ amounts: JSONObject, _ path: FieldPath, _ errors: inout FieldErrors) {
        for (name, amount) in amounts {
            MetadataRules.validateQualifiedName(name, path.key(name), &errors)
            if let quantity = try? Quantity(amount), quantity < .zero {
                errors.invalid(path.key(name), amount, "must be greater than or equal to 0")
            }
        }
    }
}

/// MultiClusterService.
enum ServiceAdmission {
    static func admit(_ service: Object, old: Object?) throws(APIError) {
        var errors = FieldErrors()
        var names: Set<String> = []
        for (index, port) in service.spec.list("ports").enumerated() {
            let path = FieldPath.spec.child("ports").index(index)
            let name = port.text("name")
            if !name.isEmpty {
                for problem in LabelSyntax.problems(ofDNSLabel: name) {
                    errors.invalid(path.child("name"), .string(name), problem)
                }
                if !names.insert(name).inserted { errors.duplicate(path.child("name"), .string(name)) }
            }
            errors.port(port["port"] ?? 0, path.child("port"))
        }
        let types = service.spec.list("types")
        let path = FieldPath.spec.child("types")
        for (index, type) in types.enumerated() where type != "CrossCluster" && type != "LoadBalancer" {
            errors.invalid(path.index(index), type, "ExposureType Error")
        }
        if Set(types.compactMap(\.string)).count > 1 {
            errors.invalid(path, service.spec["types"], "MultiClusterService types should not contain more than one type")
        }
        for list in ["providerClusters", "consumerClusters"] {
            for (index, cluster) in service.spec.list(list).enumerated() {
                let problems = NameSyntax.problems(ofClusterName: cluster.text("name"))
                guard !problems.isEmpty else { continue }
                errors.invalid(
                    FieldPath("spec.range").child(list).index(index), cluster["name"], problems.joined(separator: ","))
            }
        }
        try errors.deny("multiclusterservice.karmada.io")
    }
}

/// CronFederatedHPA.
enum CronAutoscalerAdmission {
    static func admit(_ autoscaler: Object, old: Object?) throws(APIError) {
        var errors = FieldErrors()
        validate(autoscaler.spec, &errors)
        try errors.deny("cronfederatedhpa.karmada.io")
    }

    private static func validate(_ spec: JSON, _ errors: inout FieldErrors) {
        let target = spec["scaleTargetRef"] ?? [:]
        let kind = target.text("kind")
        let scalesAutoscaler = target.text("apiVersion") == "autoscaling.karmada.io/v1alpha1"
        let path = FieldPath.spec.child("scaleTargetRef")
        if scalesAutoscaler, kind != "FederatedHPA" {
            return errors.invalid(
                path.child("kind"), .string(kind), "invalid scaleTargetRef kind: \(kind), only support FederatedHPA")
        }
        for member in ["kind", "name"] where target.text(member).isEmpty { errors.required(path.child(member)) }
        var names: Set<String> = []
        for (index, rule) in spec.list("rules").enumerated() {
            let at = FieldPath.spec.child("rules").index(index)
            if !names.insert(rule.text("name")).inserted { errors.duplicate(at.child("name"), rule["name"]) }
            if CronSchedule.problem(of: rule.text("schedule")) != nil {
                errors.invalid(at.child("schedule"), rule["schedule"], "invalid cron format")
            }
            if scalesAutoscaler { validateBounds(rule, at, &errors) } else { validateCount(rule, kind, at, &errors) }
        }
    }

    private static func validateBounds(_ rule: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let minimum = rule["targetMinReplicas"]?.integer
        let maximum = rule["targetMaxReplicas"]?.integer
        if minimum == nil, maximum == nil {
            errors.invalid(
                path.child("targetMaxReplicas"), "",
                "targetMinReplicas and targetMaxReplicas cannot be nil at the same time if you want to scale FederatedHPA")
        }
        if let minimum, minimum <= 0 {
            errors.invalid(path.child("targetMinReplicas"), "", "targetMinReplicas should be larger than 0")
        }
        if let maximum, maximum <= 0 {
            errors.invalid(path.child("targetMaxReplicas"), "", "targetMaxReplicas should be larger than 0")
        }
        if minimum ?? 1 > maximum ?? .max {
            errors.invalid(
                path.child("targetMinReplicas"), "", "targetMaxReplicas should be larger than or equal to targetMinReplicas")
        }
    }

    private static func validateCount(_ rule: JSON, _ kind: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard let replicas = rule["targetReplicas"]?.integer else {
            return errors.invalid(path.child("targetReplicas"), "", "targetReplicas cannot be nil if you want to scale \(kind)")
        }
        if replicas < 0 {
            errors.invalid(path.child("targetReplicas"), "", "targetReplicas should be larger than or equal to 0")
        }
    }
}
