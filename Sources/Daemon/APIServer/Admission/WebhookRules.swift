import Kubernetes

/// Which webhook configurations are accepted.
enum WebhookRules {
    static func validate(_ configuration: Object, old: Object?, _ errors: inout FieldErrors) {
        let webhooks = configuration["webhooks"]?.array ?? []
        for (index, webhook) in webhooks.enumerated() {
            let path = FieldPath("webhooks").index(index)
            validate(webhook, path, &errors)
            if webhooks[..<index].contains(where: { $0["name"] == webhook["name"] }) {
                errors.duplicate(path.child("name"), webhook["name"])
            }
        }
    }

    private static func validate(_ webhook: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        validateName(webhook.text("name"), path.child("name"), &errors)
        let versions = webhook["admissionReviewVersions"]?.strings ?? []
        let versionsPath = path.child("admissionReviewVersions")
        if versions.isEmpty {
            errors.required(versionsPath, "must specify one of v1, v1beta1")
        } else if !versions.contains("v1") {
            errors.invalid(versionsPath, webhook["admissionReviewVersions"], "must include at least one of v1, v1beta1")
        }
        for (index, rule) in webhook.list("rules").enumerated() {
            validate(rule: rule, path.child("rules").index(index), &errors)
        }
        errors.oneOf(webhook["failurePolicy"], ["Fail", "Ignore"], path.child("failurePolicy"))
        errors.oneOf(webhook["matchPolicy"], ["Equivalent", "Exact"], path.child("matchPolicy"))
        errors.oneOf(webhook["reinvocationPolicy"], ["IfNeeded", "Never"], path.child("reinvocationPolicy"))
        errors.oneOf(webhook["sideEffects"], ["None", "NoneOnDryRun"], path.child("sideEffects"), isRequired: true)
        if let seconds = webhook["timeoutSeconds"], !(1...30).contains(seconds.integer ?? 0) {
            errors.invalid(
                path.child("timeoutSeconds"), seconds, "the timeout value must be between 1 and 30 seconds")
        }
        errors.labelSelector(webhook["namespaceSelector"], path.child("namespaceSelector"))
        errors.labelSelector(webhook["objectSelector"], path.child("objectSelector"))
        validateClient(webhook["clientConfig"] ?? [:], path.child("clientConfig"), &errors)
        for (index, condition) in webhook.list("matchConditions").enumerated() {
            validate(condition: condition, path.child("matchConditions").index(index), &errors)
        }
    }

    private static func validateName(_ name: String, _ path: FieldPath, _ errors: inout FieldErrors) {
        guard !name.isEmpty else { return errors.required(path) }
        for problem in LabelSyntax.problems(ofSubdomain: name) { errors.invalid(path, .string(name), problem) }
        if name.split(separator: ".").count < 3 {
            errors.invalid(path, .string(name), "should be a domain with at least three segments separated by dots")
        }
    }

    private static let operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"]

    private static func validate(rule: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        for field in ["operations", "apiGroups", "apiVersions", "resources"] {
            let values = rule.list(field)
            if values.isEmpty { errors.required(path.child(field)) }
            if values.count > 1, values.contains("*") {
                errors.invalid(path.child(field), rule[field], "if '*' is present, must not specify other values")
            }
        }
        for (index, operation) in rule.list("operations").enumerated() {
            errors.oneOf(operation, operations, path.child("operations").index(index))
        }
        errors.oneOf(rule["scope"], ["*", "Cluster", "Namespaced"], path.child("scope"))
    }

    private static func validateClient(_ client: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        switch (client["url"]?.string, client["service"]) {
        case (nil, nil), (_?, _?): errors.required(path, "exactly one of url or service is required")
        case (let url?, nil):
            if !url.hasPrefix("https://") {
                let scheme = url.firstRange(of: "://").map { String(url[..<$0.lowerBound]) } ?? ""
                errors.invalid(
                    path.child("url"), .string(scheme),
                    "'https' is the only allowed URL scheme; desired format: https://host[/path]")
            } else if url.dropFirst("https://".count).prefix(while: { $0 != "/" }).isEmpty {
                errors.invalid(path.child("url"), .string(""), "host must be specified; desired format: https://host[/path]")
            }
        case (nil, let service?):
            for field in ["namespace", "name"] where service.text(field).isEmpty {
                errors.required(path.child("service").child(field))
            }
            errors.port(service["port"], path.child("service").child("port"))
        }
        if let bundle = client["caBundle"]?.string, !bundle.isEmpty, Base64.decode(bundle) == nil {
            errors.invalid(path.child("caBundle"), client["caBundle"], "unable to load root certificates")
        }
    }

    private static func validate(condition: JSON, _ path: FieldPath, _ errors: inout FieldErrors) {
        if condition.text("name").isEmpty { errors.required(path.child("name")) }
        let expression = condition.text("expression")
        guard !expression.isEmpty else { return errors.required(path.child("expression")) }
        do throws(CELCompileError) {
            _ = try CELProgram(expression, variables: Webhook.conditionVariables)
        } catch {
            errors.invalid(path.child("expression"), condition["expression"], "compilation failed: \(error)")
        }
    }
}
