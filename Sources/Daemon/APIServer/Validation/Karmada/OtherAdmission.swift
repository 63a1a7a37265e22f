import Kubernetes

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// MultiClusterService.
enum ServiceAdmission {
    static func admit(_ service: Object, old: Object?) throws(APIError) {
        var errors = FieldErrors()
        for problem in NameSyntax.problems(ofLabel1035: service.name) {
            errors.invalid(FieldPath.metadata.child("name"), .string(service.name), problem)
        }
        if let old, old.spec["types"] != service.spec["types"] {
            errors.invalid(FieldPath.spec.child("types"), old.spec["types"], "MultiClusterService types are immutable")
        }
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
        AutoscalerValidation.validate(reference: target, path, &errors)
        var names: Set<String> = []
        for (index, rule) in spec.list("rules").enumerated() {
            let at = FieldPath.spec.child("rules").index(index)
            if !names.insert(rule.text("name")).inserted { errors.duplicate(at.child("name"), rule["name"]) }
            if !CronExpression.isValid(rule.text("schedule")) {
                errors.invalid(at.child("schedule"), rule["schedule"], "invalid cron format")
            }
            if let zone = rule["timeZone"]?.string, !TimeZoneName.isKnown(zone) {
                errors.invalid(at.child("timeZone"), .string(zone), "unknown time zone \(zone)")
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

/// Names of the time zone database (IANA), as far as this machine has it.
enum TimeZoneName {
    private static let directory = "/usr/share/zoneinfo"

    /// Where there is no database, every name is let pass: whoever acts on it will say so.
    static func isKnown(_ name: String) -> Bool {
        if ["", "UTC", "Local"].contains(name) { return true }
        if name.hasPrefix("/") || name.contains("..") || name.contains("\\") { return false }
        return access(directory, F_OK) != 0 || access("\(directory)/\(name)", R_OK) == 0
    }
}
