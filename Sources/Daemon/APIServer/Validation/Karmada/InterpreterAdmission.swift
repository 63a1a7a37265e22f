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
    static func admit(_ configuration: Object) throws(APIError) {
        var errors = FieldErrors()
        var names: Set<String> = []
        for (index, webhook) in configuration.json.list("webhooks").enumerated() {
            let path = FieldPath("webhooks").index(index)
            validate(webhook, path, &errors)
            if !names.insert(webhook.text("name")).inserted { errors.duplicate(path.child("name"), webhook["name"]) }
        }
        try errors.deny("resourceinterpreterwebhookconfiguration.karmada.io")
    }

    private static func validate(_ webhook: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let name = webhook.text("name")
        if name.isEmpty {
            errors.required(path.child("name"))
        } else {
            for problem in LabelSyntax.problems(ofSubdomain: name) { errors.invalid(path.child("name"), .string(name), problem) }
            if name.split(separator: ".").count < 3 {
                errors.invalid(
                    path.child("name"), .string(name), "should be a domain with at least three segments separated by dots")
            }
        }
        for (index, rule) in webhook.list("rules").enumerated() {
            validate(rule: rule, path.child("rules").index(index), &errors)
        }
        if let timeout = webhook["timeoutSeconds"]?.integer, !(1...30).contains(timeout) {
            errors.invalid(path.child("timeoutSeconds"), .integer(timeout), "the timeout value must be between 1 and 30 seconds")
        }
        validate(client: webhook["clientConfig"] ?? [:], path.child("clientConfig"), &errors)
        validate(versions: webhook.list("interpreterContextVersions"), path.child("interpreterContextVersions"), &errors)
    }

    private static func validate(rule: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let supported = ["*"] + InterpreterOperation.allCases.map(\.rawValue).sorted()
        let operations = rule.list("operations")
        if operations.isEmpty { errors.required(path.child("operations")) }
        if operations.count > 1, operations.contains("*") {
            errors.invalid(
                path.child("operations"), .array(operations), "if '*' is present, must not specify other operations")
        }
        for (index, operation) in operations.enumerated() where !supported.contains(operation.string ?? "") {
            errors.notSupported(path.child("operations").index(index), operation, supported)
        }
        for (field, plural) in [("apiGroups", "groups"), ("apiVersions", "versions"), ("kinds", "kinds")] {
            let values = rule.list(field)
            if values.isEmpty { errors.required(path.child(field)) }
            if values.count > 1, values.contains("*") {
                errors.invalid(path.child(field), .array(values), "if '*' is present, must not specify other API \(plural)")
            }
            guard field != "apiGroups" else { continue }  // the core group has no name
            for (index, value) in values.enumerated() where value == "" { errors.required(path.child(field).index(index)) }
        }
    }

    private static func validate(client: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        let url = client["url"]?.string
        let service = client["service"].flatMap { $0.isNull ? nil : $0 }
        if (url == nil) == (service == nil) {
            errors.required(path, "exactly one of url or service is required")
        } else if let url {
            if !url.hasPrefix("https://") {
                errors.invalid(path.child("url"), .string(url), "'https' is the only allowed URL scheme")
            } else if url.dropFirst("https://".count).prefix(while: { $0 != "/" }).isEmpty {
                errors.invalid(path.child("url"), .string(url), "host must be specified")
            } else if url.contains("#") || url.contains("?") {
                errors.invalid(path.child("url"), .string(url), "fragments and query parameters are not permitted in the URL")
            }
        } else if let service {
            let path = path.child("service")
            for field in ["namespace", "name"] where service.text(field).isEmpty { errors.required(path.child(field)) }
            if let port = service["port"], !(1...65_535).contains(port.integer ?? 0) {
                errors.invalid(path.child("port"), port, "port is not valid: must be between 1 and 65535, inclusive")
            }
            let route = service.text("path")
            if !route.isEmpty, !route.hasPrefix("/") {
                errors.invalid(path.child("path"), .string(route), "must start with a '/'")
            }
        }
    }

    private static func validate(versions: [JSON], _ path: FieldPath, _ errors: inout FieldErrors) {
        if versions.isEmpty { return errors.required(path, "must specify one of v1alpha1") }
        var seen: Set<String> = []
        for (index, version) in versions.enumerated() {
            let version = version.string ?? ""
            guard seen.insert(version).inserted else {
                errors.invalid(path.index(index), .string(version), "duplicate version")
                continue
            }
            for problem in NameSyntax.problems(ofLabel1035: version) {
                errors.invalid(path.index(index), .string(version), problem)
            }
        }
        if !seen.contains("v1alpha1") { errors.invalid(path, .array(versions), "must include at least one of v1alpha1") }
    }
}
