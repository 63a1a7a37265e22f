import Kubernetes

/// Cluster, as Karmada's aggregated API server fills it in and validates it; and the taints of ClusterTaintPolicy.
enum ClusterRules {
    // MARK: Filling in

    static func fill(_ cluster: inout Object, isCreation: Bool) {
        cluster.withSpec { spec in
            if isCreation, spec.list("resourceModels").isEmpty {
                spec["resourceModels"] = defaultModels
            } else if !spec.list("resourceModels").isEmpty {
                standardize(&spec)
            }
            if !spec.text("zone").isEmpty, spec.list("zones").isEmpty {
                spec["zones"] = [spec["zone"] ?? ""]
                spec["zone"] = nil
            }
            spec.forEach(in: "taints") { taint in
                if taint.text("effect") == "NoExecute" { taint.fill("timeAdded", .string(Timestamp.now().description)) }
            }
        }
    }

    /// Models are ordered by grade; the first starts at zero and the last is open upwards.
    private static func standardize(_ spec: inout JSON) {
        var models = spec.list("resourceModels").sorted { ($0["grade"]?.integer ?? 0) < ($1["grade"]?.integer ?? 0) }
        models[0].forEach(in: "ranges") { $0["min"] = "0" }
        models[models.count - 1].forEach(in: "ranges") { $0["max"] = .string(String(Int64.max)) }
        spec["resourceModels"] = .array(models)
    }

    /// Karmada's nine grades: cpu doubles from 1, memory follows.
    private static let defaultModels: JSON = {
        let unbounded = String(Int64.max)
        let cpu = ["0", "1", "2", "4", "8", "16", "32", "64", "128", unbounded]
        let memory = ["0", "4Gi", "16Gi", "32Gi", "64Gi", "128Gi", "256Gi", "512Gi", "1Ti", unbounded]
        func range(_ name: String, _ bounds: [String], _ grade: Int) -> JSON {
            ["name": .string(name), "min": .string(bounds[grade]), "max": .string(bounds[grade + 1])]
        }
        return .array((0...8).map { ["grade": JSON($0), "ranges": [range("cpu", cpu, $0), range("memory", memory, $0)]] })
    }()

    // MARK: Refusing

    static func validate(_ cluster: Object, old: Object?, _ errors: inout FieldErrors) {
        let spec = cluster.spec
        let mode = spec.text("syncMode")
        if mode.isEmpty { errors.required(FieldPath.spec.child("syncMode")) }
        if mode != "Pull", mode != "Push" {
            errors.notSupported(FieldPath.spec.child("syncMode"), .string(mode), ["Pull", "Push"])
        }
        let endpoint = spec.text("apiEndpoint")
        if !endpoint.isEmpty { validate(endpoint: endpoint, FieldPath.spec.child("apiEndpoint"), &errors) }
        for reference in ["secretRef", "impersonatorSecretRef"] {
            guard let value = spec[reference] else { continue }
            for member in ["namespace", "name"] where value.text(member).isEmpty {
                errors.required(FieldPath.spec.child(reference).child(member))
            }
        }
        let proxy = spec.text("proxyURL")
        if !proxy.isEmpty {
            let scheme = proxy.prefix { $0 != ":" }
            if !["http", "https", "socks5"].contains(scheme) || !proxy.contains(":") {
                let shown = proxy.contains(":") ? String(scheme) : ""
                errors.invalid(
                    FieldPath.spec.child("proxyURL"), .string(proxy),
                    "unsupported scheme \"\(shown)\", must be http, https, or socks5")
            }
        }
        validatePlace(spec, &errors)
        validate(taints: spec.list("taints"), FieldPath.spec.child("taints"), &errors)
        validate(models: spec.list("resourceModels"), FieldPath.spec.child("resourceModels"), &errors)
    }

    private static func validate(endpoint: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        let form = "; desired format: hostname, hostname:port, IP or IP:port"
        guard let separator = endpoint.firstRange(of: "://") else {
            return errors.invalid(path, "", "host must be provided\(form)")
        }
        let rest = endpoint[separator.upperBound...]
        let authority = rest.prefix { !"/?#".contains($0) }
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        if host.contains(where: { $0.isWhitespace || "<>\"{}|\\^`".contains($0) }) {
            return errors.invalid(
                path, .string(endpoint), "apiEndpoint must be a valid URL: invalid character in host name\(form)")
        }
        if host.isEmpty { errors.invalid(path, "", "host must be provided\(form)") }
        if authority.contains("@") {
            let user = String(authority.dropLast(host.count + 1))
            errors.invalid(path, .string(user), "user information is not permitted in the URL")
        }
        let parts = rest.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty {
            errors.invalid(path, .string(String(parts[1])), "fragments are not permitted in the URL")
        }
        let query = parts[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        if query.count == 2, !query[1].isEmpty {
            errors.invalid(path, .string(String(query[1])), "query parameters are not permitted in the URL")
        }
    }

    /// Provider, region and zones are matched as label values are.
    private static func validatePlace(_ spec: JSON, _ errors: inout FieldErrors) {
        func check(_ value: JSON?, _ path: FieldPath) {
            let problems = LabelSyntax.problems(ofValue: value?.string ?? "")
            if !problems.isEmpty { errors.invalid(path, value, problems.joined(separator: "; ")) }
        }
        check(spec["provider"], FieldPath.spec.child("provider"))
        check(spec["region"], FieldPath.spec.child("region"))
        if !spec.text("zone").isEmpty, !spec.list("zones").isEmpty {
            return errors.typeInvalid(FieldPath.spec.child("spec"), spec, "Zone and Zones cannot co-exist")
        }
        check(spec["zone"], FieldPath.spec.child("Zone"))
        for zone in spec.list("zones") { check(zone, FieldPath.spec.child("Zones")) }
    }

    private static func validate(taints: [JSON], _ path: FieldPath, _ errors: inout FieldErrors) {
        for (index, taint) in taints.enumerated() {
            let at = path.index(index)
            MetadataRules.validateQualifiedName(taint.text("key"), at.child("key"), &errors)
            let problems = LabelSyntax.problems(ofValue: taint.text("value"))
            if !problems.isEmpty { errors.invalid(at.child("value"), taint["value"], problems.joined(separator: ";")) }
            errors.oneOf(taint["effect"], ["NoSchedule", "NoExecute"], at.child("effect"), isRequired: true)
            if taints[..<index].contains(where: { $0["key"] == taint["key"] && $0["effect"] == taint["effect"] }) {
                errors.duplicate(at, taint, "taints must be unique by key and effect pair")
            }
        }
    }

    private static func validate(models: [JSON], _ path: FieldPath, _ errors: inout FieldErrors) {
        if let problem = problem(of: models) { errors.invalid(path, .array(models), problem) }
    }

    private static func problem(of models: [JSON]) -> String? {
        for (index, model) in models.enumerated() {
            let ranges = model.list("ranges")
            let before = index > 0 ? models[index - 1].list("ranges") : nil
            if let before {
                if model["grade"] == models[index - 1]["grade"] { return "The grade of each models should not be the same" }
                if before.count != ranges.count { return "The number of resource types should be the same" }
            }
            for (place, range) in ranges.enumerated() {
                let minimum = Quantity(range.text("min")) ?? .zero
                let maximum = Quantity(range.text("max")) ?? .zero
                if maximum <= minimum { return "The max value of each resource must be greater than the min value" }
                if let before {
                    if before[place]["name"] != range["name"] { return "The resource types of each models should be the same" }
                    if Quantity(before[place].text("max")) ?? .zero != minimum {
                        return "Model intervals for resources must be contiguous and non-overlapping"
                    }
                } else if !minimum.isZero {
                    return "The min value of each resource in the first model should be 0"
                }
                if index == models.count - 1, maximum.value != .max {
                    return "The max value of each resource in the last model should be MaxInt64"
                }
            }
        }
        return nil
    }

    static func admit(taintPolicy policy: Object, allowsNoExecute: Bool) throws(APIError) {
        var errors = FieldErrors()
        let taints = policy.spec.list("taints")
        let path = FieldPath.spec.child("taints")
        for (index, taint) in taints.enumerated() {
            if taint.text("effect") == "NoExecute", !allowsNoExecute {
                errors.forbidden(
                    path.index(index),
                    "Configuring taint with NoExecute effect is not allowed, this capability must be explicitly enabled by "
                        + "administrators through command-line flags")
            }
            if taints[(index + 1)...].contains(where: { $0["key"] == taint["key"] && $0["effect"] == taint["effect"] }) {
                errors.duplicate(
                    path.index(index),
                    .string(
                        "Duplicate taint with the same key(\(taint.text("key"))) and effect(\(taint.text("effect"))) is "
                            + "not allowed"
                    ))
            }
        }
        try errors.deny("clustertaintpolicy.karmada.io")
    }
}
