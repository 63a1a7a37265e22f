import Kubernetes

/// Ingress, and Karmada's MultiClusterIngress, whose spec is the same.
enum IngressValidation {
    private static let pathTypes = ["Exact", "ImplementationSpecific", "Prefix"]

    private static let classAnnotation = "kubernetes.io/ingress.class"

    static func validate(ingress: Object, old: Object?, _ errors: inout FieldErrors) {
        validate(spec: ingress.spec, &errors)
        if old == nil, ingress.spec["ingressClassName"] != nil, let other = ingress.annotations[classAnnotation] {
            errors.invalid(
                FieldPath.metadata.child("annotations").child(classAnnotation), .string(other),
                "can not be set when the class field is also set")
        }
    }

    static func validate(spec: JSON, _ errors: inout FieldErrors) {
        let rules = spec.list("rules")
        if rules.isEmpty, spec["defaultBackend"] == nil {
            errors.invalid(.spec, spec, "either `defaultBackend` or `rules` must be specified")
        }
        if let backend = spec["defaultBackend"] { validate(backend: backend, FieldPath.spec.child("defaultBackend"), &errors) }
        for (index, rule) in rules.enumerated() {
            let path = FieldPath.spec.child("rules").index(index)
            let host = rule.text("host")
            if IPAddress.bytes(of: host) != nil {
                errors.invalid(path.child("host"), .string(host), "must be a DNS name, not an IP address")
            }
            if !host.isEmpty { validate(host: host, path.child("host"), &errors) }
            if let http = rule["http"] { validate(paths: http.list("paths"), path.child("http").child("paths"), &errors) }
        }
        for (index, tls) in spec.list("tls").enumerated() {
            let path = FieldPath.spec.child("tls").index(index)
            for (place, host) in tls.list("hosts").enumerated() {
                validate(host: host.string ?? "", path.child("hosts").index(place), &errors)
            }
            let secret = tls.text("secretName")
            for problem in secret.isEmpty ? [] : LabelSyntax.problems(ofSubdomain: secret) {
                errors.invalid(path.child("secretName"), .string(secret), problem)
            }
        }
        let name = spec.text("ingressClassName")
        for problem in spec["ingressClassName"] == nil ? [] : LabelSyntax.problems(ofSubdomain: name) {
            errors.invalid(FieldPath.spec.child("ingressClassName"), .string(name), problem)
        }
    }

    /// A DNS subdomain, whose first label may be a star.
    private static func validate(host: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard host.contains("*") else {
            for problem in LabelSyntax.problems(ofSubdomain: host) { errors.invalid(path, .string(host), problem) }
            return
        }
        let isWildcard = host.hasPrefix("*.") && LabelSyntax.problems(ofSubdomain: String(host.dropFirst(2))).isEmpty
        if !isWildcard {
            errors.invalid(
                path, .string(host),
                "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower "
                    + "case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex "
                    + #"used for validation is '\*\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"#)
        }
    }

    private static func validate(paths: [JSON], _ path: FieldPath, _ errors: inout FieldErrors) {
        if paths.isEmpty { errors.required(path) }
        for (index, entry) in paths.enumerated() {
            let at = path.index(index)
            let type = entry.text("pathType")
            if type.isEmpty {
                errors.required(at.child("pathType"), "pathType must be specified")
                continue
            }
            if pathTypes.contains(type) {
                validate(path: entry.text("path"), isLiteral: type != "ImplementationSpecific", at.child("path"), &errors)
            } else {
                errors.notSupported(at.child("pathType"), .string(type), pathTypes)
            }
            validate(backend: entry["backend"] ?? [:], at.child("backend"), &errors)
        }
    }

    /// - Parameter isLiteral: the path is compared with those of requests as it is.
    private static func validate(path text: String, isLiteral: Bool, _ path: FieldPath, _ errors: inout FieldErrors) {
        if !text.hasPrefix("/"), isLiteral || !text.isEmpty { errors.invalid(path, .string(text), "must be an absolute path") }
        guard isLiteral else { return }
        for sequence in ["//", "/./", "/../", "%2f", "%2F"] where text.contains(sequence) {
            errors.invalid(path, .string(text), "must not contain '\(sequence)'")
        }
        for suffix in ["/..", "/."] where text.hasSuffix(suffix) {
            errors.invalid(path, .string(text), "cannot end with '\(suffix)'")
        }
    }

    private static func validate(backend: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        switch (backend["resource"], backend["service"]) {
        case (.some, .some): errors.invalid(path, "", "cannot set both resource and service backends")
        case (let resource?, nil): validate(resource: resource, path.child("resource"), &errors)
        case (nil, let service?): validate(service: service, path, &errors)
        case (nil, nil): errors.invalid(path, "", "resource or service backend is required")
        }
    }

    private static func validate(service: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let name = service.text("name")
        let at = path.child("service")
        if name.isEmpty {
            errors.required(at.child("name"))
        } else {
            for problem in NameSyntax.problems(ofLabel1035: name) { errors.invalid(at.child("name"), .string(name), problem) }
        }
        let port = service["port"] ?? [:]
        let number = port["number"]?.integer ?? 0
        switch (port.text("name").isEmpty, number == 0) {
        case (false, false): errors.invalid(path, "", "cannot set both port name & port number")
        case (false, true): errors.port(port["name"], at.child("port").child("name"))
        case (true, false): errors.port(port["number"], at.child("port").child("number"))
        case (true, true): errors.required(path, "port name or number is required")
        }
    }

    private static func validate(resource: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        if let group = resource["apiGroup"]?.string {
            for problem in LabelSyntax.problems(ofSubdomain: group) {
                errors.invalid(path.child("apiGroup"), .string(group), problem)
            }
        }
        for member in ["kind", "name"] {
            let text = resource.text(member)
            if text.isEmpty {
                errors.required(path.child(member), "\(member) is required")
            } else {
                for problem in NameSyntax.problems(ofPathSegment: text) {
                    errors.invalid(path.child(member), .string(text), problem)
                }
            }
        }
    }
}
