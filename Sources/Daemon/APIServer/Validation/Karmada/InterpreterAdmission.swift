import Interpreter
import Kubernetes

/// ResourceInterpreterCustomization.
enum CustomizationAdmission {
    private static let webhook = "resourceinterpretercustomization.karmada.io"

    /// - Throws: `Forbidden` for a script that does not compile.
    static func admit(_ object: Object) throws(APIError) {
        if let problem = Customization(object).problem() { throw .denied(webhook, problem) }
    }

    /// Of every operation but dependencies, which add up, a kind has one script.
    /// - Parameter others: the customizations that there are, the object itself (in an older version) perhaps among them.
    /// - Throws: `Forbidden` where another customization has a script for the same.
    static func checkConflicts(_ object: Object, with others: some Sequence<Object>) throws(APIError) {
        let new = Customization(object)
        for other in others where other.name != object.name {
            let old = Customization(other)
            guard old.target == new.target else { continue }
            for operation in InterpreterOperation.allCases
            where operation != .interpretDependency && old.hasScript(for: operation) && new.hasScript(for: operation) {
                throw .denied(
                    webhook,
                    "conflicting with InterpreterOperation(\(operation.rawValue)) of existing "
                        + "ResourceInterpreterCustomization(\(old.name))")
            }
        }
    }
}

/// ResourceInterpreterWebhookConfiguration.
enum InterpreterWebhookAdmission {
    private static let operations = ["*"] + InterpreterOperation.allCases.map(\.rawValue).sorted()
    private static let contextVersion = "v1alpha1"

    static func admit(_ configuration: Object) throws(APIError) {
        var errors = FieldErrors()
        var names: Set<String> = []
        for (index, webhook) in (configuration["webhooks"]?.array ?? []).enumerated() {
            let path = FieldPath("webhooks").index(index)
            validate(webhook, path, &errors)
            if !names.insert(webhook.text("name")).inserted { errors.duplicate(path.child("name"), webhook["name"]) }
        }
        try errors.deny("config.karmada.io")
    }

    private static func validate(_ webhook: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        validate(domain: webhook.text("name"), path.child("name"), &errors)
        for (index, rule) in webhook.list("rules").enumerated() {
            let at = path.child("rules").index(index)
            validate(list: rule.list("operations"), at.child("operations"), "operations", &errors)
            for (place, operation) in rule.list("operations").enumerated() where !operations.contains(operation.string ?? "") {
                errors.notSupported(at.child("operations").index(place), operation, operations)
            }
            for (member, title) in [("apiGroups", "API groups"), ("apiVersions", "API versions"), ("kinds", "kinds")] {
                validate(list: rule.list(member), at.child(member), title, &errors)
                // The core group's name is empty.
                for (place, entry) in rule.list(member).enumerated() where member != "apiGroups" && entry.string == "" {
                    errors.required(at.child(member).index(place))
                }
            }
        }
        if let timeout = webhook["timeoutSeconds"]?.integer, !(1...30).contains(timeout) {
            errors.invalid(
                path.child("timeoutSeconds"), .integer(timeout), "the timeout value must be between 1 and 30 seconds")
        }
        validate(client: webhook["clientConfig"] ?? [:], path.child("clientConfig"), &errors)
        validate(
            versions: webhook.list("interpreterContextVersions"), path.child("interpreterContextVersions"), &errors)
    }

    private static func validate(list: [JSON], _ path: FieldPath, _ title: String, _ errors: inout FieldErrors) {
        if list.isEmpty { errors.required(path) }
        if list.count > 1, list.contains("*") {
            errors.invalid(path, .array(list), "if '*' is present, must not specify other \(title)")
        }
    }

    private static func validate(domain name: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        if name.isEmpty { return errors.required(path) }
        let domain = name.hasSuffix(".") ? String(name.dropLast()) : name
        for problem in LabelSyntax.problems(ofSubdomain: domain) { errors.invalid(path, .string(name), problem) }
        if !domain.contains(".") {
            errors.invalid(path, .string(name), "should be a domain with at least two segments separated by dots")
        }
    }

    // MARK: Where the webhook is

    private static func validate(client: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        switch (client["url"]?.string, client["service"]) {
        case (let url?, nil): validate(url: url, path.child("url"), &errors)
        case (nil, let service?): validate(service: service, path.child("service"), &errors)
        default: errors.required(path, "exactly one of url or service is required")
        }
    }

    private static func validate(url: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        let form = "; desired format: https://host[/path]"
        let parts = url.split(separator: "://", maxSplits: 1, omittingEmptySubsequences: false)
        let scheme = parts.count == 2 ? String(parts[0]) : ""
        let rest = parts[parts.count - 1]
        if scheme != "https" { errors.invalid(path, .string(scheme), "'https' is the only allowed URL scheme\(form)") }
        let authority = parts.count == 2 ? rest.prefix { !"/?#".contains($0) } : ""
        let host = authority.split(separator: "@", omittingEmptySubsequences: false).last ?? ""
        if host.isEmpty { errors.invalid(path, "", "host must be specified\(form)") }
        if authority.contains("@") {
            let user = String(authority.dropLast(host.count + 1))
            errors.invalid(path, .string(user), "user information is not permitted in the URL")
        }
        let fragments = rest.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
        if fragments.count == 2, !fragments[1].isEmpty {
            errors.invalid(path, .string(String(fragments[1])), "fragments are not permitted in the URL")
        }
        let queries = fragments[0].split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        if queries.count == 2, !queries[1].isEmpty {
            errors.invalid(path, .string(String(queries[1])), "query parameters are not permitted in the URL")
        }
    }

    private static func validate(service: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        if service.text("name").isEmpty { errors.required(path.child("name"), "service name is required") }
        if service.text("namespace").isEmpty { errors.required(path.child("namespace"), "service namespace is required") }
        if let port = service["port"]?.integer {
            for problem in NameSyntax.problems(ofPort: port) {
                errors.invalid(path.child("port"), .integer(port), "port is not valid: \(problem)")
            }
        }
        let text = service.text("path")
        guard !text.isEmpty, text != "/" else { return }
        let at = path.child("path")
        if !text.hasPrefix("/") { errors.invalid(at, .string(text), "must start with a '/'") }
        let steps = (text.hasPrefix("/") ? text.dropFirst() : text[...])
        let segments = (steps.hasSuffix("/") ? steps.dropLast() : steps).split(separator: "/", omittingEmptySubsequences: false)
        for (index, segment) in segments.enumerated() {
            if segment.isEmpty {
                errors.invalid(at, .string(text), "segment[\(index)] may not be empty")
            } else {
                for problem in LabelSyntax.problems(ofSubdomain: String(segment)) {
                    errors.invalid(at, .string(text), "segment[\(index)]: \(problem)")
                }
            }
        }
    }

    private static func validate(versions: [JSON], _ path: FieldPath, _ errors: inout FieldErrors) {
        if versions.isEmpty { return errors.required(path, "must specify one of \(contextVersion)") }
        for (index, version) in versions.enumerated() {
            if versions[..<index].contains(version) {
                errors.invalid(path.index(index), version, "duplicate version")
                continue
            }
            for problem in NameSyntax.problems(ofLabel1035: version.string ?? "") {
                errors.invalid(path.index(index), version, problem)
            }
        }
        if !versions.contains(.string(contextVersion)) {
            errors.invalid(path, .array(versions), "must include at least one of \(contextVersion)")
        }
    }
}
