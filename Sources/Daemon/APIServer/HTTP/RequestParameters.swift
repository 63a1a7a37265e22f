import Client
import Kubernetes

/// Reads lists, watches, writes and deletions off the parameters of a request.
extension QueryParameters {
    func listRequest(namespace: String?) throws(APIError) -> ListRequest {
        ListRequest(
            namespace: namespace, labelSelector: self["labelSelector"] ?? "", fieldSelector: self["fieldSelector"] ?? "",
            limit: Int(clamping: try number("limit") ?? 0), continue: self["continue"] ?? "", version: try versionRequest())
    }

    func watchRequest(namespace: String?) throws(APIError) -> WatchRequest {
        let sendInitialEvents = self["sendInitialEvents"].map { _ in flag("sendInitialEvents") }
        if sendInitialEvents != nil {
            guard self["resourceVersionMatch"] == "NotOlderThan" else {
                throw invalidListOptions(
                    "resourceVersionMatch", reason: "FieldValueForbidden",
                    "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
            }
        } else if self["resourceVersionMatch"] != nil {
            throw invalidListOptions(
                "resourceVersionMatch", reason: "FieldValueForbidden",
                "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
        }
        return WatchRequest(
            namespace: namespace, labelSelector: self["labelSelector"] ?? "", fieldSelector: self["fieldSelector"] ?? "",
            revision: try revision(), sendInitialEvents: sendInitialEvents)
    }

    /// How long a watch or list may take; nil where the client does not say.
    func timeout() throws(APIError) -> Duration? {
        guard let seconds = try number("timeoutSeconds"), seconds > 0 else { return nil }
        return .seconds(min(seconds, 86_400))
    }

    func writeOptions(for kind: String) throws(APIError) -> WriteOptions {
        var options = WriteOptions()
        options.isDryRun = try dryRun(all("dryRun"), optionsKind: kind)
        options.fieldManager = self["fieldManager"] ?? ""
        options.fieldValidation = .warn
        if let text = self["fieldValidation"], !text.isEmpty {
            guard let validation = FieldValidation(rawValue: text) else {
                throw invalidOptions(
                    kind, "fieldValidation", reason: "FieldValueNotSupported",
                    "Unsupported value: \"\(text)\": supported values: \"Ignore\", \"Strict\", \"Warn\"")
            }
            options.fieldValidation = validation
        }
        return options
    }

    /// The options of a deletion come in the body, in the query, or in both.
    func deletionRequest(body: JSON?) throws(APIError) -> DeletionRequest {
        if let kind = body?["kind"]?.string, kind != "DeleteOptions" {
            throw .badRequest("the body of a deletion must be DeleteOptions, not \(kind)")
        }
        var request = DeletionRequest()
        request.uid = body?["preconditions", "uid"]?.string
        request.resourceVersion = body?["preconditions", "resourceVersion"]?.string
        request.isDryRun = try dryRun(all("dryRun") + (body?["dryRun"]?.strings ?? []), optionsKind: "DeleteOptions")
        let orphan = body?["orphanDependents"]?.bool ?? self["orphanDependents"].map { _ in flag("orphanDependents") }
        if let policy = body?["propagationPolicy"]?.string ?? self["propagationPolicy"] {
            guard let propagation = DeleteOptions.Propagation(rawValue: policy) else {
                throw invalidOptions(
                    "DeleteOptions", "propagationPolicy", reason: "FieldValueNotSupported",
                    "Unsupported value: \"\(policy)\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"")
            }
            request.propagation = propagation
        } else if let orphan {
            request.propagation = orphan ? .orphan : .background
        }
        return request
    }

    // MARK: Single parameters

    private func number(_ name: String) throws(APIError) -> Int64? {
        guard let text = self[name], !text.isEmpty else { return nil }
        guard let value = Int64(text) else {
            throw .badRequest("unable to convert parameter \"\(name)\": \"\(text)\" is not a number")
        }
        return value
    }

    private func revision() throws(APIError) -> Int64? {
        guard let text = self["resourceVersion"], !text.isEmpty else { return nil }
        guard let revision = Int64(text), revision >= 0 else {
            throw .badRequest("Invalid value: \"\(text)\": strconv.ParseUint: parsing \"\(text)\": invalid syntax")
        }
        return revision
    }

    private func versionRequest() throws(APIError) -> VersionRequest {
        var request = VersionRequest(revision: try revision())
        guard let match = self["resourceVersionMatch"], !match.isEmpty else { return request }
        guard request.revision != nil else {
            throw invalidListOptions(
                "resourceVersionMatch", reason: "FieldValueForbidden",
                "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided")
        }
        guard self["continue"] ?? "" == "" else {
            throw invalidListOptions(
                "resourceVersionMatch", reason: "FieldValueForbidden",
                "Forbidden: resourceVersionMatch is forbidden when continue is provided")
        }
        switch match {
        case "NotOlderThan": request.match = .notOlderThan
        case "Exact" where request.revision == 0:
            throw invalidListOptions(
                "resourceVersionMatch", reason: "FieldValueForbidden",
                "Forbidden: resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
        case "Exact": request.match = .exact
        default:
            throw invalidListOptions(
                "resourceVersionMatch", reason: "FieldValueNotSupported",
                "Unsupported value: \"\(match)\": supported values: \"Exact\", \"NotOlderThan\"")
        }
        return request
    }

    private func dryRun(_ values: [String], optionsKind: String) throws(APIError) -> Bool {
        let values = values.filter { !$0.isEmpty }
        guard values.allSatisfy({ $0 == "All" }) else {
            let list = values.map { "\"\($0)\"" }.joined(separator: ",")
            throw invalidOptions(
                optionsKind, "dryRun", reason: "FieldValueNotSupported",
                "Unsupported value: [\(list)]: supported values: \"All\"")
        }
        return !values.isEmpty
    }

    private func invalidListOptions(_ field: String, reason: String, _ message: String) -> APIError {
        invalidOptions("ListOptions", field, reason: reason, message)
    }

    private func invalidOptions(_ kind: String, _ field: String, reason: String, _ message: String) -> APIError {
        .invalid(
            GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: kind), name: "",
            [.init(reason: reason, message: message, field: field)])
    }
}
