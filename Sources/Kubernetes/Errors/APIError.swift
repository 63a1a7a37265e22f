/// An error of the Kubernetes API: what its `Status` object says (`meta/v1`, API conventions, "Response Status Kind").
public struct APIError: Error, Sendable, Equatable, CustomStringConvertible {
    /// HTTP status code.
    public var code: Int
    public var reason: Reason
    public var message: String
    public var details: Details?

    public init(code: Int, reason: Reason, message: String, details: Details? = nil) {
        self.code = code
        self.reason = reason
        self.message = message
        self.details = details
    }

    public var description: String { message }

    /// The machine-readable reasons of `meta/v1`.
    public struct Reason: RawRepresentable, Hashable, Sendable {
        public var rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let unknown = Reason(rawValue: "")
        public static let badRequest = Reason(rawValue: "BadRequest")
        public static let unauthorized = Reason(rawValue: "Unauthorized")
        public static let forbidden = Reason(rawValue: "Forbidden")
        public static let notFound = Reason(rawValue: "NotFound")
        public static let methodNotAllowed = Reason(rawValue: "MethodNotAllowed")
        public static let notAcceptable = Reason(rawValue: "NotAcceptable")
        public static let alreadyExists = Reason(rawValue: "AlreadyExists")
        public static let conflict = Reason(rawValue: "Conflict")
        public static let gone = Reason(rawValue: "Gone")
        public static let expired = Reason(rawValue: "Expired")
        public static let requestEntityTooLarge = Reason(rawValue: "RequestEntityTooLarge")
        public static let unsupportedMediaType = Reason(rawValue: "UnsupportedMediaType")
        public static let invalid = Reason(rawValue: "Invalid")
        public static let tooManyRequests = Reason(rawValue: "TooManyRequests")
        public static let internalError = Reason(rawValue: "InternalError")
        public static let serviceUnavailable = Reason(rawValue: "ServiceUnavailable")
        public static let timeout = Reason(rawValue: "Timeout")
        public static let serverTimeout = Reason(rawValue: "ServerTimeout")
        /// Not Kubernetes': a store without space (HTTP 507).
        public static let insufficientStorage = Reason(rawValue: "InsufficientStorage")
        /// Karmada's: a FederatedResourceQuota has too little left.
        public static let quotaExceeded = Reason(rawValue: "QuotaExceeded")
    }

    public struct Details: Sendable, Equatable {
        public var name: String
        public var group: String
        /// The resource's plural, or the kind where a body was refused: as kube-apiserver fills it.
        public var kind: String
        public var uid: String
        public var causes: [Cause]
        /// Seconds to wait before another try; 0 says nothing.
        public var retryAfterSeconds: Int

        public init(
            name: String = "", group: String = "", kind: String = "", uid: String = "", causes: [Cause] = [],
            retryAfterSeconds: Int = 0
        ) {
            self.name = name
            self.group = group
            self.kind = kind
            self.uid = uid
            self.causes = causes
            self.retryAfterSeconds = retryAfterSeconds
        }
    }

    /// One field that is wrong, and how.
    public struct Cause: Sendable, Equatable {
        /// `FieldValueRequired`, `FieldValueInvalid`, …
        public var reason: String
        public var message: String
        /// Dotted path, `spec.containers[0].name`.
        public var field: String

        public init(reason: String, message: String, field: String) {
            self.reason = reason
            self.message = message
            self.field = field
        }
    }
}

// MARK: - The errors that every API server gives

extension APIError {
    public static func badRequest(_ message: String) -> APIError {
        APIError(code: 400, reason: .badRequest, message: message)
    }

    public static var unauthorized: APIError { APIError(code: 401, reason: .unauthorized, message: "Unauthorized") }

    public static func notFound(_ resource: GroupVersionResource, name: String) -> APIError {
        APIError(
            code: 404, reason: .notFound, message: "\(resource.groupResource) \"\(name)\" not found",
            details: Details(name: name, group: resource.group, kind: resource.resource))
    }

    /// For a path that no resource is served at.
    public static var noSuchResource: APIError {
        APIError(
            code: 404, reason: .notFound, message: "the server could not find the requested resource", details: Details())
    }

    public static func alreadyExists(_ resource: GroupVersionResource, name: String) -> APIError {
        APIError(
            code: 409, reason: .alreadyExists, message: "\(resource.groupResource) \"\(name)\" already exists",
            details: Details(name: name, group: resource.group, kind: resource.resource))
    }

    public static func conflict(_ resource: GroupVersionResource, name: String, _ why: String) -> APIError {
        APIError(
            code: 409, reason: .conflict,
            message: "Operation cannot be fulfilled on \(resource.groupResource) \"\(name)\": \(why)",
            details: Details(name: name, group: resource.group, kind: resource.resource))
    }

    /// An update that carried a resource version other than the stored one.
    public static func stale(_ resource: GroupVersionResource, name: String) -> APIError {
        conflict(resource, name: name, "the object has been modified; please apply your changes to the latest version and try again")
    }

    public static func invalid(_ kind: GroupVersionKind, name: String, _ causes: [Cause]) -> APIError {
        let groupKind = kind.group.isEmpty ? kind.kind : "\(kind.kind).\(kind.group)"
        let list = causes.map { "\($0.field): \($0.message)" }
        let text = list.count == 1 ? list[0] : "[\(list.joined(separator: ", "))]"
        return APIError(
            code: 422, reason: .invalid, message: "\(groupKind) \"\(name)\" is invalid: \(text)",
            details: Details(name: name, group: kind.group, kind: kind.kind, causes: causes))
    }

    public static func expired(_ message: String) -> APIError {
        APIError(code: 410, reason: .expired, message: message)
    }

    public static func internalError(_ message: String) -> APIError {
        APIError(
            code: 500, reason: .internalError, message: "Internal error occurred: \(message)",
            details: Details(causes: [Cause(reason: "", message: message, field: "")]))
    }
}

// MARK: - The wire form

extension APIError {
    /// The `Status` object.
    public var status: JSON {
        var status: JSON = [
            "kind": "Status", "apiVersion": "v1", "metadata": [:], "status": "Failure", "message": .string(message),
            "code": JSON(code),
        ]
        if !reason.rawValue.isEmpty { status["reason"] = .string(reason.rawValue) }
        if let details { status["details"] = details.json }
        return status
    }

    /// Reads the `Status` that a server answered with; nil where it is none.
    public init?(status: JSON) {
        guard status["kind"]?.string == "Status", status["status"]?.string != "Success" else { return nil }
        self.init(
            code: status["code"]?.int ?? 500, reason: Reason(rawValue: status["reason"]?.string ?? ""),
            message: status["message"]?.string ?? "", details: status["details"].map(Details.init))
    }
}

extension APIError.Details {
    fileprivate init(_ json: JSON) {
        self.init(
            name: json["name"]?.string ?? "", group: json["group"]?.string ?? "", kind: json["kind"]?.string ?? "",
            uid: json["uid"]?.string ?? "",
            causes: (json["causes"]?.array ?? []).map {
                APIError.Cause(
                    reason: $0["reason"]?.string ?? "", message: $0["message"]?.string ?? "", field: $0["field"]?.string ?? "")
            },
            retryAfterSeconds: json["retryAfterSeconds"]?.int ?? 0)
    }

    fileprivate var json: JSON {
        var json: JSON = [:]
        for (key, value) in [("name", name), ("group", group), ("kind", kind), ("uid", uid)] where !value.isEmpty {
            json[key] = .string(value)
        }
        if !causes.isEmpty {
            json["causes"] = .array(
                causes.map { cause in
                    var json: JSON = [:]
                    for (key, value) in [("reason", cause.reason), ("message", cause.message), ("field", cause.field)]
                    where !value.isEmpty {
                        json[key] = .string(value)
                    }
                    return json
                })
        }
        if retryAfterSeconds > 0 { json["retryAfterSeconds"] = JSON(retryAfterSeconds) }
        return json
    }
}
