import Kubernetes

/// One webhook of a ValidatingWebhookConfiguration or MutatingWebhookConfiguration (`admissionregistration.k8s.io/v1`).
struct Webhook: Sendable {
    let name: String
    /// The patch of a validating webhook is not taken.
    let isMutating: Bool
    /// `url` or `service`, and `caBundle`.
    let clientConfiguration: JSON
    let timeout: Duration
    /// Whether writes go on when the webhook cannot be asked: `failurePolicy: Ignore`.
    let ignoresFailure: Bool
    /// Whether asking it does nothing that outlasts a dry run.
    let allowsDryRun: Bool
    /// Whether it is asked again when a later one has changed the object.
    let mayBeReinvoked: Bool
    private let rules: [Rule]
    private let matchesOtherVersions: Bool
    private let namespaceSelector: LabelSelector?
    private let objectSelector: LabelSelector?
    /// Nil where one does not compile: then the webhook fails.
    private let conditions: [CELProgram]?

    /// What a match condition may speak of.
    static let conditionVariables: [String: CELType] = ["object": .dyn, "oldObject": .dyn, "request": .dyn]
    /// Steps of all conditions for one request.
    private static let conditionBudget = 1_000_000

    init(_ json: JSON, isMutating: Bool) {
        name = json.text("name")
        self.isMutating = isMutating
        clientConfiguration = json["clientConfig"] ?? [:]
        timeout = .seconds(json["timeoutSeconds"]?.int ?? 10)
        ignoresFailure = json.text("failurePolicy") == "Ignore"
        allowsDryRun = ["None", "NoneOnDryRun"].contains(json.text("sideEffects"))
        mayBeReinvoked = json.text("reinvocationPolicy") == "IfNeeded"
        rules = json.list("rules").map(Rule.init)
        matchesOtherVersions = json.text("matchPolicy") != "Exact"
        namespaceSelector = json["namespaceSelector"].flatMap { try? LabelSelector($0) }
        objectSelector = json["objectSelector"].flatMap { try? LabelSelector($0) }
        var programs: [CELProgram] = []
        let sources = json.list("matchConditions").map { $0.text("expression") }
        for source in sources {
            if let program = try? CELProgram(source, variables: Self.conditionVariables) { programs.append(program) }
        }
        conditions = programs.count == sources.count ? programs : nil
    }

    // MARK: Matching

    /// The version of the resource in which the webhook is to be asked about a request; nil where it is not.
    /// - Throws: what evaluating a condition fails with.
    func version(for request: AdmissionRequest, namespaceLabels: [String: String]?) throws(WebhookFailure) -> String? {
        let others = request.resource.definition.versions.map(\.name).filter { $0 != request.resource.version }
        let versions = [request.resource.version] + (matchesOtherVersions ? others : [])
        guard let version = versions.first(where: { version in rules.contains { $0.matches(request, version) } }),
            matches(namespaceLabels, request), matchesObject(of: request), try meetsConditions(request, version)
        else { return nil }
        return version
    }

    /// What lies in no namespace is not selected by namespaces; a namespace is by its own labels.
    private func matches(_ namespaceLabels: [String: String]?, _ request: AdmissionRequest) -> Bool {
        guard let namespaceSelector else { return true }
        if request.isOfNamespace { return request.labels.contains { namespaceSelector.matches($0) } }
        return namespaceLabels.map { namespaceSelector.matches($0) } ?? request.key.namespace.isEmpty
    }

    private func matchesObject(of request: AdmissionRequest) -> Bool {
        guard let objectSelector else { return true }
        return request.labels.contains { objectSelector.matches($0) }
    }

    /// One condition that does not hold outweighs others that fail.
    private func meetsConditions(_ request: AdmissionRequest, _ version: String) throws(WebhookFailure) -> Bool {
        guard let conditions else { throw WebhookFailure("a match condition does not compile") }
        guard !conditions.isEmpty else { return true }
        let json = request.json(uid: "", version: version)
        let variables = [
            "request": CELValue(json), "object": CELValue(json["object"] ?? .null),
            "oldObject": CELValue(json["oldObject"] ?? .null),
        ]
        var budget = Self.conditionBudget
        var failure: WebhookFailure?
        for condition in conditions {
            do throws(CELEvaluationError) {
                guard case .bool(true) = try condition.evaluate(variables, budget: &budget) else { return false }
            } catch {
                failure = WebhookFailure("match condition \"\(condition.source)\": \(error)")
            }
        }
        if let failure { throw failure }
        return true
    }

    /// `RuleWithOperations`.
    private struct Rule: Sendable {
        private let operations: [String]
        private let groups: [String]
        private let versions: [String]
        private let resources: [(name: String, subresource: String)]
        private let scope: String

        init(_ json: JSON) {
            operations = json["operations"]?.strings ?? []
            groups = json["apiGroups"]?.strings ?? []
            versions = json["apiVersions"]?.strings ?? []
            resources = (json["resources"]?.strings ?? []).map { text in
                let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
                return (parts.first ?? "", parts.count > 1 ? parts[1] : "")
            }
            scope = json.text("scope")
        }

        func matches(_ request: AdmissionRequest, _ version: String) -> Bool {
            func has(_ list: [String], _ value: String) -> Bool { list.contains { $0 == "*" || $0 == value } }
            let definition = request.resource.definition
            let isNamespaced = !request.key.namespace.isEmpty && !request.isOfNamespace
            guard has(operations, request.operation.rawValue), has(groups, definition.group), has(versions, version),
                scope.isEmpty || scope == "*" || (scope == "Namespaced") == isNamespaced
            else { return false }
            return resources.contains { resource in
                (resource.name == "*" || resource.name == definition.plural)
                    && (resource.subresource == "*" || resource.subresource == request.subresource ?? "")
            }
        }
    }
}

/// Why a webhook has no answer, or that the answer is no.
struct WebhookFailure: Error, CustomStringConvertible {
    let description: String
    /// What the client is told; nil where the webhook could not be asked.
    let refusal: APIError?

    init(_ description: String) {
        self.description = description
        refusal = nil
    }

    init(refusal: APIError) {
        description = refusal.message
        self.refusal = refusal
    }
}
