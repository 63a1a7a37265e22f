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
        try checkVersionMatch(watches: true)
        return WatchRequest(
            namespace: namespace, labelSelector: self["labelSelector"] ?? "", fieldSelector: self["fieldSelector"] ?? "",
            revision: try revision(), sendInitialEvents: self["sendInitialEvents"].map { _ in flag("sendInitialEvents") })
    }

    /// How long a watch or list may take; nil where the client does not say.
    func timeout() throws(APIError) -> Duration? {
        guard let seconds = try number("timeoutSeconds"), seconds > 0 else { return nil }
        return .seconds(min(seconds, 86_400))
    }

    /// - Parameter userAgent: names the field manager where the parameters do not.
    func writeOptions(for kind: String, userAgent: String? = nil) throws(APIError) -> WriteOptions {
        var options = WriteOptions()
        options.isDryRun = try dryRun(all("dryRun"), optionsKind: kind)
        options.fieldManager = .client(try fieldManager(optionsKind: kind) ?? Self.fieldManager(userAgent: userAgent ?? ""))
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

    /// Bytes.
    private static let maximumFieldManagerLength = 128

    /// Nil where the parameters name none.
    private func fieldManager(optionsKind: String) throws(APIError) -> String? {
        guard let name = self["fieldManager"], !name.isEmpty else { return nil }
        guard name.utf8.count <= Self.maximumFieldManagerLength else {
            throw invalidOptions(
                optionsKind, "fieldManager", reason: "FieldValueTooLong",
                "Too long: may not be more than \(Self.maximumFieldManagerLength) bytes")
        }
        guard name.unicodeScalars.allSatisfy(\.isPrintable) else {
            throw invalidOptions(
                optionsKind, "fieldManager", reason: "FieldValueInvalid",
                "Invalid value: \(JSON.string(name)): should only contain printable characters")
        }
        return name
    }

    /// What comes before the first slash: `kubectl` of `kubectl/v1.32.0 (linux/amd64)`.
    private static func fieldManager(userAgent: String) -> String {
        var name = ""
        for scalar in userAgent.unicodeScalars.prefix(while: { $0 != "/" }) where scalar.isPrintable {
            guard name.utf8.count + UTF8.width(scalar) <= maximumFieldManagerLength else { break }
            name.unicodeScalars.append(scalar)
        }
        return name
    }

    /// The options of a deletion come in the body, in the query, or in both.
    func deletionRequest(body: JSON?) throws(APIError) -> DeletionRequest {
        if let kind = body?["kind"]?.string, kind != "DeleteOptions" {
            throw .badRequest("the body of a deletion must be DeleteOptions, not \(kind)")
        }
        // Nothing takes its time to end; but what is no number is a mistake.
        _ = try number("gracePeriodSeconds")
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
            guard orphan == nil else {
                throw invalidOptions(
                    "DeleteOptions", "propagationPolicy", reason: "FieldValueInvalid",
                    "Invalid value: \"\(policy)\": orphanDependents and deletionPropagation cannot be both set")
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
            // As Go says it.
            throw .badRequest("strconv.ParseInt: parsing \"\(text)\": invalid syntax")
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
        try checkVersionMatch(watches: false)
        var request = VersionRequest(revision: try revision())
        switch self["resourceVersionMatch"] {
        case "NotOlderThan": request.match = .notOlderThan
        case "Exact": request.match = .exact
        default: break
        }
        return request
    }

    /// Checks that what is asked of the version of a list or watch goes together, as Kubernetes does.
    private func checkVersionMatch(watches: Bool) throws(APIError) {
        let match = self["resourceVersionMatch"] ?? ""
        let version = self["resourceVersion"] ?? ""
        let sendsInitialEvents = self["sendInitialEvents"] != nil
        var faults: [APIError.Cause] = []
        func forbid(_ why: String, _ field: String = "resourceVersionMatch", if isWrong: Bool) {
            if isWrong { faults.append(.init(reason: "FieldValueForbidden", message: "Forbidden: \(why)", field: field)) }
        }
        if watches {
            forbid(
                "sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                if: sendsInitialEvents && match != "NotOlderThan")
            forbid(
                "resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
                if: !match.isEmpty && !sendsInitialEvents)
        } else {
            forbid("resourceVersionMatch is forbidden unless resourceVersion is provided", if: !match.isEmpty && version.isEmpty)
        }
        forbid("resourceVersionMatch is forbidden when continue is provided", if: !match.isEmpty && self["continue"] ?? "" != "")
        let supported = watches ? ["NotOlderThan"] : ["Exact", "NotOlderThan", ""]
        if !match.isEmpty, !supported.contains(match) {
            let list = supported.map { "\"\($0)\"" }.joined(separator: ", ")
            faults.append(
                .init(
                    reason: "FieldValueNotSupported", message: "Unsupported value: \"\(match)\": supported values: \(list)",
                    field: "resourceVersionMatch"))
        }
        if !watches {
            forbid(
                "resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"", if: match == "Exact" && version == "0")
            forbid("sendInitialEvents is forbidden for list", "sendInitialEvents", if: sendsInitialEvents)
        }
        if !faults.isEmpty { throw .invalidOptions("ListOptions", faults) }
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

    private func invalidOptions(_ kind: String, _ field: String, reason: String, _ message: String) -> APIError {
        .invalidOptions(kind, field, reason: reason, message)
    }
}

extension APIError {
    /// A request whose parameters are wrong.
    /// - Parameter kind: of the parameters, `PatchOptions`, say.
    static func invalidOptions(_ kind: String, _ field: String, reason: String, _ message: String) -> APIError {
        invalidOptions(kind, [.init(reason: reason, message: message, field: field)])
    }

    static func invalidOptions(_ kind: String, _ faults: [Cause]) -> APIError {
        .invalid(GroupVersionKind(group: "meta.k8s.io", version: "v1", kind: kind), name: "", faults)
    }
}

extension Unicode.Scalar {
    /// Whether the character shows (or is a plain space).
    fileprivate var isPrintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
        case .spaceSeparator: self == " "
        default: true
        }
    }
}
