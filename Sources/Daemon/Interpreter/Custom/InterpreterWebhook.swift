import Kubernetes

/// A webhook of a `ResourceInterpreterWebhookConfiguration`: a server that says what kinds mean. Only the description; whoever
/// composes the interpreter makes the calls.
public struct InterpreterWebhook: Sendable, Equatable {
    public static let resource = GroupVersionResource(
        group: "config.karmada.io", version: "v1alpha1", resource: "resourceinterpreterwebhookconfigurations")

    /// Where a webhook is served.
    public enum Endpoint: Sendable, Equatable {
        case url(String)
        /// A Service of the control plane.
        case service(ObjectKey, path: String, port: Int)
    }

    /// `CONFIGURATION/WEBHOOK`, unique. Of several webhooks for the same the first one by this name is called.
    public var id: String
    public var endpoint: Endpoint
    /// PEM certificates that the server's is verified against; empty for the system's.
    public var certificateAuthority: [UInt8]
    /// 1 to 30 seconds; 10 where the configuration says nothing.
    public var timeoutSeconds: Int
    private var rules: [JSON]
    private var versions: [String]

    /// The webhooks of a configuration, in its order.
    public static func webhooks(of configuration: Object) -> [InterpreterWebhook] {
        (configuration["webhooks"]?.array ?? []).map { InterpreterWebhook($0, of: configuration.name) }
    }

    private init(_ json: JSON, of configuration: String) {
        id = "\(configuration)/\(json["name"]?.string ?? "")"
        let client = json["clientConfig"] ?? .null
        if let service = client["service"], service.object != nil {
            let key = ObjectKey(namespace: service["namespace"]?.string ?? "", name: service["name"]?.string ?? "")
            endpoint = .service(key, path: service["path"]?.string ?? "", port: service["port"]?.int ?? 443)
        } else {
            endpoint = .url(client["url"]?.string ?? "")
        }
        certificateAuthority = client["caBundle"]?.string.flatMap { Base64.decode($0) } ?? []
        timeoutSeconds = min(max(json["timeoutSeconds"]?.int ?? 10, 1), 30)
        rules = json["rules"]?.array ?? []
        versions = json["interpreterContextVersions"]?.strings ?? []
    }

    /// Whether the webhook is to be asked what `operation` is of objects of `kind`.
    public func handles(_ kind: GroupVersionKind, _ operation: InterpreterOperation) -> Bool {
        rules.contains { rule in
            func matches(_ field: String, _ value: String) -> Bool {
                rule[field]?.strings.contains { $0 == "*" || $0 == value } ?? false
            }
            return matches("operations", operation.rawValue) && matches("apiGroups", kind.group)
                && matches("apiVersions", kind.version) && matches("kinds", kind.kind)
        }
    }

    // MARK: What is said

    /// The `ResourceInterpreterContext` to send.
    /// - Parameter uid: what the answer is recognised by.
    public func request(_ question: InterpreterQuestion, uid: String) throws(WebhookFault) -> JSON {
        guard versions.contains("v1alpha1") else {
            throw WebhookFault("webhook does not accept known ResourceInterpreterContext versions (v1alpha1)")
        }
        let kind = question.object.groupVersionKind
        var request: JSON = [
            "uid": .string(uid), "name": .string(question.object.name), "operation": .string(question.operation.rawValue),
            "kind": ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)],
            "object": question.object.json, "replicas": JSON(question.replicas),
        ]
        if !question.object.namespace.isEmpty { request["namespace"] = .string(question.object.namespace) }
        if let observed = question.observed { request["observedObject"] = observed.json }
        if !question.items.isEmpty { request["aggregatedStatus"] = .array(question.items.map(\.json)) }
        return ["apiVersion": "config.karmada.io/v1alpha1", "kind": "ResourceInterpreterContext", "request": request]
    }

    /// Reads the `ResourceInterpreterContext` that came back.
    public func answer(_ context: JSON, to question: InterpreterQuestion, uid: String) throws(WebhookFault) -> InterpreterAnswer {
        guard let response = context["response"], response.object != nil else {
            throw WebhookFault("webhook response was absent")
        }
        let answered = response["uid"]?.string ?? ""
        guard answered == uid else { throw WebhookFault("expected response.uid \"\(uid)\", got \"\(answered)\"") }
        guard response["successful"]?.bool == true else {
            guard let status = response["status"], status.object != nil else {
                throw WebhookFault("webhook require response.status when response.successful is false")
            }
            throw WebhookFault(
                "webhook call failed, get status code: \(status["code"]?.int ?? 0), msg: \(status["message"]?.string ?? "")")
        }
        do {
            return try Self.answer(response, to: question)
        } catch let fault as WebhookFault {
            throw fault
        } catch {
            throw WebhookFault("received invalid webhook response: \(error)")
        }
    }

    private static func answer(_ response: JSON, to question: InterpreterQuestion) throws -> InterpreterAnswer {
        let prefix = "response."
        func required<Value>(_ value: Value?, _ field: String) throws(WebhookFault) -> Value {
            guard let value else { throw WebhookFault("webhook returned nil response.\(field)") }
            return value
        }
        switch question.operation {
        case .interpretReplica:
            let replicas = try required(response.count("replicas", within: prefix), "replicas")
            let requirements = try response.members("replicaRequirements", within: prefix)
            return .replicas(
                ReplicaDemand(
                    replicas: replicas,
                    requirements: try requirements.map { try CustomAnswer.requirements($0, at: "response.replicaRequirements") }))
        case .interpretComponent:
            return .components(try CustomAnswer.components(response.list("components", within: prefix)))
        case .reviseReplica, .retain, .aggregateStatus:
            return .object(try patched(question.object, response))
        case .interpretStatus:
            let status = try required(response["rawStatus"], "rawStatus")
            return .status(status.isNull ? nil : status)
        case .interpretHealth:
            return .health(try required(response["healthy"]?.bool, "healthy"))
        case .interpretDependency:
            return .dependencies(try CustomAnswer.dependencies(response.list("dependencies", within: prefix)))
        }
    }

    /// The object after the `patch` of the response, which is a JSON patch in Base64.
    private static func patched(_ object: Object, _ response: JSON) throws -> Object {
        let patch = try response.text("patch", within: "response.") ?? ""
        guard let type = try response.text("patchType", within: "response.") else {
            guard patch.isEmpty else { throw WebhookFault("webhook returned nil response.patchType") }
            return object
        }
        guard type == "JSONPatch" else { throw WebhookFault("webhook returned invalid response.patchType of \"\(type)\"") }
        guard !patch.isEmpty else { throw WebhookFault("webhook returned empty response.patch") }
        guard let bytes = Base64.decode(patch) else { throw WebhookFault("response.patch is no Base64") }
        var patched = object
        try patched.json.apply(jsonPatch: JSON(parsing: bytes))
        return patched
    }
}

/// Why a webhook gave no answer that counts.
public struct WebhookFault: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}
