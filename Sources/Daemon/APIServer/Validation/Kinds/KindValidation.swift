import Kubernetes

/// Validates the kinds that run no pods, in Kubernetes' words.
enum KindValidation {
    // MARK: Configuration

    /// Bytes that the values of a ConfigMap or a Secret may have together.
    private static let maximumData = 1 << 20

    static func validate(configMap: Object, old: Object?, _ errors: inout FieldErrors) {
        var size = 0
        for member in ["data", "binaryData"] {
            for (key, value) in configMap[member]?.object ?? [:] {
                for problem in NameSyntax.problems(ofConfigKey: key) {
                    errors.invalid(FieldPath(member).key(key), .string(key), problem)
                }
                if member == "binaryData", configMap["data", key] != nil {
                    errors.invalid(FieldPath(member).key(key), .string(key), "duplicate of key present in data")
                }
                size += value.string?.utf8.count ?? 0
            }
        }
        if size > maximumData { errors.tooLong(FieldPath(""), limit: maximumData) }
        checkImmutable(configMap, old, ["data", "binaryData"], &errors)
    }

    static func validate(secret: Object, old: Object?, _ errors: inout FieldErrors) {
        var size = 0
        for (key, value) in secret["data"]?.object ?? [:] {
            for problem in NameSyntax.problems(ofConfigKey: key) {
                errors.invalid(FieldPath("data").key(key), .string(key), problem)
            }
            size += (value.string?.utf8.count ?? 0) / 4 * 3
        }
        if size > maximumData { errors.tooLong(FieldPath("data"), limit: maximumData) }
        let required =
            switch secret["type"]?.string {
            case "kubernetes.io/tls": ["tls.crt", "tls.key"]
            case "kubernetes.io/dockerconfigjson": [".dockerconfigjson"]
            case "kubernetes.io/dockercfg": [".dockercfg"]
            case "kubernetes.io/ssh-auth": ["ssh-privatekey"]
            default: [] as [String]
            }
        for key in required where secret["data", key] == nil { errors.required(FieldPath("data").key(key)) }
        if secret["type"]?.string == "kubernetes.io/basic-auth", secret["data", "username"] == nil,
            secret["data", "password"] == nil
        {
            for key in ["username", "password"] { errors.required(FieldPath("data").key(key)) }
        }
        if secret["type"]?.string == "kubernetes.io/service-account-token",
            secret.annotations["kubernetes.io/service-account.name"]?.isEmpty != false
        {
            errors.required(FieldPath("metadata.annotations").key("kubernetes.io/service-account.name"))
        }
        if let old { errors.immutable(secret["type"], old["type"], FieldPath("type")) }
        checkImmutable(secret, old, ["data"], &errors)
    }

    private static func checkImmutable(_ new: Object, _ old: Object?, _ members: [String], _ errors: inout FieldErrors) {
        guard let old, old["immutable"]?.bool == true else { return }
        if new["immutable"]?.bool != true {
            errors.forbidden(FieldPath("immutable"), "field is immutable when `immutable` is set")
        }
        for member in members where new[member] != old[member] {
            errors.forbidden(FieldPath(member), "field is immutable when `immutable` is set")
        }
    }

    // MARK: Services

    static func validate(service: Object, old: Object?, _ errors: inout FieldErrors) {
        let spec = service.spec
        let type = spec.text("type")
        errors.oneOf(
            spec["type"], ["ClusterIP", "ExternalName", "LoadBalancer", "NodePort"], FieldPath.spec.child("type"),
            isRequired: true)
        errors.oneOf(
            spec["sessionAffinity"], ["ClientIP", "None"], FieldPath.spec.child("sessionAffinity"), isRequired: true)
        let ports = spec.list("ports")
        if ports.isEmpty, type != "ExternalName", spec.text("clusterIP") != "None" {
            errors.required(FieldPath.spec.child("ports"))
        }
        if type == "ExternalName", spec.text("externalName").isEmpty { errors.required(FieldPath.spec.child("externalName")) }
        MetadataRules.validateLabels(spec["selector"], FieldPath.spec.child("selector"), &errors)
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let path = FieldPath.spec.child("ports").index(index)
            let name = port.text("name")
            if name.isEmpty {
                if ports.count > 1 { errors.required(path.child("name")) }
            } else {
                for problem in LabelSyntax.problems(ofDNSLabel: name) {
                    errors.invalid(path.child("name"), .string(name), problem)
                }
                if !names.insert(name).inserted { errors.duplicate(path.child("name"), .string(name)) }
            }
            errors.port(port["port"] ?? 0, path.child("port"))
            errors.oneOf(port["protocol"], ["SCTP", "TCP", "UDP"], path.child("protocol"), isRequired: true)
            errors.port(port["targetPort"], path.child("targetPort"))
            let same = ports[..<index].contains { $0["port"] == port["port"] && $0["protocol"] == port["protocol"] }
            if same {
                var key = JSONObject()
                for member in ["port", "protocol"] { key[member] = port[member] }
                errors.duplicate(path, .object(key))
            }
        }
    }

    // MARK: Storage

    static func validate(persistentVolumeClaim claim: Object, old: Object?, _ errors: inout FieldErrors) {
        let modes = claim.spec.list("accessModes")
        let path = FieldPath.spec.child("accessModes")
        if modes.isEmpty { errors.required(path, "at least 1 access mode is required") }
        for mode in modes {
            errors.oneOf(mode, ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"], path)
        }
        if claim.spec["resources", "requests", "storage"] == nil {
            errors.required(FieldPath.spec.child("resources").key("storage"))
        }
        guard let old else { return }
        var before = old.spec
        var after = claim.spec
        for member in ["resources", "volumeName", "volumeAttributesClassName"] {
            before[member] = nil
            after[member] = nil
        }
        if before != after {
            errors.forbidden(
                .spec,
                "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims")
        }
    }

    static func validate(storageClass: Object, old: Object?, _ errors: inout FieldErrors) {
        if storageClass.json.text("provisioner").isEmpty { errors.required(FieldPath("provisioner")) }
        errors.oneOf(storageClass["reclaimPolicy"], ["Delete", "Retain"], FieldPath("reclaimPolicy"))
        guard let old else { return }
        for (member, what) in [("parameters", "parameters"), ("provisioner", "provisioner"), ("reclaimPolicy", "reclaimPolicy")]
        where storageClass[member] != old[member] {
            errors.forbidden(FieldPath(member), "updates to \(what) are forbidden.")
        }
    }

    // MARK: Policies

    static func validate(podDisruptionBudget budget: Object, old: Object?, _ errors: inout FieldErrors) {
        if budget.spec["minAvailable"] != nil, budget.spec["maxUnavailable"] != nil {
            errors.invalid(.spec, budget.spec, "minAvailable and maxUnavailable cannot be both set")
        }
        for bound in ["minAvailable", "maxUnavailable"] {
            errors.countOrPercentage(budget.spec[bound], FieldPath.spec.child(bound), isAtMost100: true)
        }
        errors.labelSelector(budget.spec["selector"], FieldPath.spec.child("selector"))
    }

    static func validate(lease: Object, old: Object?, _ errors: inout FieldErrors) {
        errors.positive(lease.spec["leaseDurationSeconds"], FieldPath.spec.child("leaseDurationSeconds"))
        errors.nonNegative(lease.spec["leaseTransitions"], FieldPath.spec.child("leaseTransitions"))
    }

    // MARK: RBAC

    static func validate(role: Object, old: Object?, _ errors: inout FieldErrors) {
        for (index, rule) in (role["rules"]?.array ?? []).enumerated() {
            let path = FieldPath("rules").index(index)
            if rule.list("verbs").isEmpty { errors.required(path.child("verbs"), "verbs must contain at least one value") }
            if !rule.list("nonResourceURLs").isEmpty {
                if role.kind == "Role" {
                    errors.invalid(
                        path.child("nonResourceURLs"), rule["nonResourceURLs"],
                        "namespaced rules cannot apply to non-resource URLs")
                }
                if !rule.list("apiGroups").isEmpty || !rule.list("resources").isEmpty {
                    errors.invalid(
                        path.child("nonResourceURLs"), rule["nonResourceURLs"],
                        "rules cannot apply to both regular resources and non-resource URLs")
                }
                continue
            }
            if rule.list("apiGroups").isEmpty {
                errors.required(path.child("apiGroups"), "resource rules must supply at least one api group")
            }
            if rule.list("resources").isEmpty {
                errors.required(path.child("resources"), "resource rules must supply at least one resource")
            }
        }
    }

    static func validate(binding: Object, old: Object?, _ errors: inout FieldErrors) {
        let reference = binding["roleRef"] ?? [:]
        let path = FieldPath("roleRef")
        let kinds = binding.kind == "RoleBinding" ? ["ClusterRole", "Role"] : ["ClusterRole"]
        if reference.text("apiGroup") != "rbac.authorization.k8s.io" {
            errors.notSupported(path.child("apiGroup"), reference["apiGroup"] ?? "", ["rbac.authorization.k8s.io"])
        }
        if !kinds.contains(reference.text("kind")) { errors.notSupported(path.child("kind"), reference["kind"] ?? "", kinds) }
        if reference.text("name").isEmpty {
            errors.required(path.child("name"))
        } else {
            for problem in NameSyntax.problems(ofPathSegment: reference.text("name")) {
                errors.invalid(path.child("name"), reference["name"], problem)
            }
        }
        for (index, subject) in (binding["subjects"]?.array ?? []).enumerated() {
            let at = FieldPath("subjects").index(index)
            if subject.text("name").isEmpty { errors.required(at.child("name")) }
            switch subject.text("kind") {
            case "ServiceAccount":
                if !subject.text("name").isEmpty {
                    for problem in LabelSyntax.problems(ofSubdomain: subject.text("name")) {
                        errors.invalid(at.child("name"), subject["name"], problem)
                    }
                }
                if !subject.text("apiGroup").isEmpty { errors.notSupported(at.child("apiGroup"), subject["apiGroup"], [""]) }
                if subject.text("namespace").isEmpty { errors.required(at.child("namespace")) }
            case "User", "Group":
                if subject.text("apiGroup") != "rbac.authorization.k8s.io" {
                    errors.notSupported(at.child("apiGroup"), subject["apiGroup"], ["rbac.authorization.k8s.io"])
                }
            default: errors.notSupported(at.child("kind"), subject["kind"] ?? "", ["ServiceAccount", "User", "Group"])
            }
        }
        if let old, old["roleRef"] != binding["roleRef"] { errors.invalid(path, reference, "cannot change roleRef") }
    }
}
