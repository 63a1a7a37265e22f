import Kubernetes

/// Validates pods and pod templates (Kubernetes' `validation.ValidatePodSpec`, the common part of it).
struct PodValidation {
    private var errors = FieldErrors()
    private var volumes: Set<String> = []

    static func validate(spec: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        var validation = PodValidation()
        validation.spec(spec, path)
        errors.append(validation.errors)
    }

    static func validate(pod: Object, old: Object?, _ errors: inout FieldErrors) {
        validate(spec: pod.spec, .spec, &errors)
        guard let old else { return }
        if fixedPart(of: pod.spec) != fixedPart(of: old.spec) {
            errors.forbidden(
                .spec,
                "pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
                    + "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),"
                    + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)")
        }
    }

    /// The spec without what an update of a pod may change. Binding a pod to a node is a change by its subresource.
    private static func fixedPart(of spec: JSON) -> JSON {
        var spec = spec
        for member in [
            "activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds", "ephemeralContainers", "nodeName",
        ] {
            spec[member] = nil
        }
        for list in ["containers", "initContainers"] { spec.forEach(in: list) { $0["image"] = nil } }
        return spec
    }

    private mutating func spec(_ spec: JSON, _ path: FieldPath) {
        for (index, volume) in spec.list("volumes").enumerated() { self.volume(volume, path.child("volumes").index(index)) }
        let containers = spec.list("containers")
        if containers.isEmpty { errors.required(path.child("containers")) }
        var names: Set<String> = []
        for list in ["containers", "initContainers"] {
            for (index, container) in spec.list(list).enumerated() {
                self.container(container, path.child(list).index(index), &names)
            }
        }
        errors.oneOf(spec["restartPolicy"], ["Always", "OnFailure", "Never"], path.child("restartPolicy"), isRequired: true)
        errors.oneOf(
            spec["dnsPolicy"], ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"], path.child("dnsPolicy"),
            isRequired: true)
        MetadataRules.validateLabels(spec["nodeSelector"], path.child("nodeSelector"), &errors)
        for name in ["serviceAccountName", "nodeName", "priorityClassName", "schedulerName"] {
            guard let text = spec[name]?.string, !text.isEmpty else { continue }
            for problem in LabelSyntax.problems(ofSubdomain: text) { errors.invalid(path.child(name), .string(text), problem) }
        }
        if let seconds = spec["activeDeadlineSeconds"]?.integer, !(1...Int64(Int32.max)).contains(seconds) {
            errors.invalid(path.child("activeDeadlineSeconds"), .integer(seconds), "must be between 1 and 2147483647, inclusive")
        }
        if let seconds = spec["terminationGracePeriodSeconds"]?.integer, seconds < 0 {
            errors.invalid(path.child("terminationGracePeriodSeconds"), .integer(seconds), "must be greater than or equal to 0")
        }
        for name in ["hostname", "subdomain"] {
            guard let text = spec[name]?.string, !text.isEmpty else { continue }
            for problem in LabelSyntax.problems(ofDNSLabel: text) { errors.invalid(path.child(name), .string(text), problem) }
        }
        for (index, toleration) in spec.list("tolerations").enumerated() {
            self.toleration(toleration, path.child("tolerations").index(index))
        }
        for (index, secret) in spec.list("imagePullSecrets").enumerated() where secret.text("name").isEmpty {
            errors.required(path.child("imagePullSecrets").index(index).child("name"))
        }
    }

    private mutating func volume(_ volume: JSON, _ path: FieldPath) {
        let name = volume.text("name")
        if name.isEmpty {
            errors.required(path.child("name"))
        } else {
            for problem in LabelSyntax.problems(ofDNSLabel: name) { errors.invalid(path.child("name"), .string(name), problem) }
            if !volumes.insert(name).inserted { errors.duplicate(path.child("name"), .string(name)) }
        }
        let sources = (volume.object ?? [:]).map(\.key).filter { $0 != "name" }
        if sources.isEmpty { errors.required(path, "must specify a volume type") }
        for source in sources.dropFirst() { errors.forbidden(path.child(source), "may not specify more than 1 volume type") }
        for (source, member) in [
            ("secret", "secretName"), ("configMap", "name"), ("hostPath", "path"), ("persistentVolumeClaim", "claimName"),
            ("nfs", "server"), ("nfs", "path"),
        ] {
            guard let value = volume[source], value.text(member).isEmpty else { continue }
            errors.required(path.child(source).child(member))
        }
    }

    private mutating func container(_ container: JSON, _ path: FieldPath, _ names: inout Set<String>) {
        let name = container.text("name")
        if name.isEmpty {
            errors.required(path.child("name"))
        } else {
            for problem in LabelSyntax.problems(ofDNSLabel: name) { errors.invalid(path.child("name"), .string(name), problem) }
            if !names.insert(name).inserted { errors.duplicate(path.child("name"), .string(name)) }
        }
        let image = container.text("image")
        if image.isEmpty {
            errors.required(path.child("image"))
        } else if image.first?.isWhitespace == true || image.last?.isWhitespace == true {
            errors.invalid(path.child("image"), .string(image), "must not have leading or trailing whitespace")
        }
        errors.oneOf(
            container["imagePullPolicy"], ["Always", "IfNotPresent", "Never"], path.child("imagePullPolicy"), isRequired: true)
        errors.oneOf(
            container["terminationMessagePolicy"], ["FallbackToLogsOnError", "File"], path.child("terminationMessagePolicy"))
        ports(container.list("ports"), path.child("ports"))
        for (index, variable) in container.list("env").enumerated() {
            environment(variable, path.child("env").index(index))
        }
        mounts(container.list("volumeMounts"), path.child("volumeMounts"))
        resources(container["resources"] ?? [:], path.child("resources"))
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            if let value = container[probe] { self.probe(value, path.child(probe), isReadiness: probe == "readinessProbe") }
        }
    }

    private mutating func ports(_ ports: [JSON], _ path: FieldPath) {
        var names: Set<String> = []
        for (index, port) in ports.enumerated() {
            let at = path.index(index)
            let name = port.text("name")
            if !name.isEmpty {
                let problems = NameSyntax.problems(ofPortName: name)
                for problem in problems { errors.invalid(at.child("name"), .string(name), problem) }
                if problems.isEmpty, !names.insert(name).inserted { errors.duplicate(at.child("name"), .string(name)) }
            }
            if let number = port["containerPort"]?.integer, number != 0 {
                errors.port(.integer(number), at.child("containerPort"))
            } else {
                errors.required(at.child("containerPort"))
            }
            if let number = port["hostPort"]?.integer, number != 0 { errors.port(.integer(number), at.child("hostPort")) }
            errors.oneOf(port["protocol"], ["SCTP", "TCP", "UDP"], at.child("protocol"), isRequired: true)
        }
    }

    private mutating func environment(_ variable: JSON, _ path: FieldPath) {
        let name = variable.text("name")
        if name.isEmpty {
            errors.required(path.child("name"))
        } else {
            for problem in NameSyntax.problems(ofEnvironmentName: name) {
                errors.invalid(path.child("name"), .string(name), problem)
            }
        }
        guard let source = variable["valueFrom"]?.object else { return }
        let at = path.child("valueFrom")
        if source.isEmpty {
            errors.invalid(
                at, "",
                "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`")
        }
        if !variable.text("value").isEmpty { errors.invalid(at, "", "may not be specified when `value` is not empty") }
        if source.count > 1 { errors.invalid(at, "", "may not have more than one field specified at a time") }
        for reference in ["configMapKeyRef", "secretKeyRef"] {
            guard let value = source[reference] else { continue }
            for member in ["name", "key"] where value.text(member).isEmpty {
                errors.required(at.child(reference).child(member))
            }
        }
    }

    private mutating func mounts(_ mounts: [JSON], _ path: FieldPath) {
        var paths: Set<String> = []
        for (index, mount) in mounts.enumerated() {
            let at = path.index(index)
            let name = mount.text("name")
            if name.isEmpty {
                errors.required(at.child("name"))
            } else if !volumes.contains(name) {
                errors.notFound(at.child("name"), .string(name))
            }
            let place = mount.text("mountPath")
            if place.isEmpty {
                errors.required(at.child("mountPath"))
            } else if !paths.insert(place).inserted {
                errors.invalid(at.child("mountPath"), .string(place), "must be unique")
            }
        }
    }

    private mutating func resources(_ resources: JSON, _ path: FieldPath) {
        let limits = resources["limits"]?.object ?? [:]
        for (list, amounts) in [("limits", limits), ("requests", resources["requests"]?.object ?? [:])] {
            for (name, amount) in amounts {
                let at = path.child(list).key(name)
                if !Self.isContainerResource(name) {
                    errors.invalid(at, .string(name), "must be a standard resource for containers")
                }
                guard let quantity = amount.string.flatMap({ Quantity($0) }) else { continue }
                if quantity < .zero {
                    errors.invalid(at, amount, "must be greater than or equal to 0")
                } else if list == "requests", let limit = limits[name]?.string.flatMap({ Quantity($0) }), quantity > limit {
                    errors.invalid(path.child("requests"), amount, "must be less than or equal to \(name) limit of \(limit)")
                }
            }
        }
    }

    /// `cpu`, `memory`, `ephemeral-storage`, huge pages, or a qualified name of an extended resource.
    private static func isContainerResource(_ name: String) -> Bool {
        ["cpu", "memory", "ephemeral-storage", "storage"].contains(name) || name.hasPrefix("hugepages-") || name.contains("/")
    }

    private mutating func probe(_ probe: JSON, _ path: FieldPath, isReadiness: Bool) {
        let handlers = ["exec", "httpGet", "tcpSocket", "grpc"].filter { probe[$0] != nil }
        if handlers.isEmpty { errors.required(path, "must specify a handler type") }
        for handler in handlers.dropFirst() {
            errors.forbidden(path.child(handler), "may not specify more than 1 handler type")
        }
        for handler in ["httpGet", "tcpSocket"] { errors.port(probe[handler, "port"], path.child(handler).child("port")) }
        for count in ["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"] {
            errors.nonNegative(probe[count], path.child(count))
        }
        if !isReadiness, let threshold = probe["successThreshold"]?.integer, threshold > 1 {
            errors.invalid(path.child("successThreshold"), .integer(threshold), "must be 1")
        }
    }

    private mutating func toleration(_ toleration: JSON, _ path: FieldPath) {
        let key = toleration.text("key")
        if !key.isEmpty { MetadataRules.validateQualifiedName(key, path.child("key"), &errors) }
        let operation = toleration.text("operator")
        if key.isEmpty, operation != "Exists" {
            errors.invalid(
                path.child("operator"), .string(operation),
                "operator must be Exists when `key` is empty, which means \"match all values and all keys\"")
        }
        switch operation {
        case "", "Equal": break
        case "Exists":
            if !toleration.text("value").isEmpty {
                errors.invalid(path.child("operator"), toleration["value"], "value must be empty when `operator` is 'Exists'")
            }
        default: errors.notSupported(path.child("operator"), .string(operation), ["Equal", "Exists"])
        }
        errors.oneOf(toleration["effect"], ["NoExecute", "NoSchedule", "PreferNoSchedule"], path.child("effect"))
        if toleration["tolerationSeconds"] != nil, toleration.text("effect") != "NoExecute" {
            errors.invalid(
                path.child("effect"), toleration["effect"], "effect must be 'NoExecute' when `tolerationSeconds` is set")
        }
    }
}
