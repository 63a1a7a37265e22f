import Kubernetes

/// A write, as admission webhooks are asked about it (`admission.k8s.io/v1.AdmissionRequest`).
struct AdmissionRequest: Sendable {
    enum Operation: String, Sendable {
        case create = "CREATE"
        case update = "UPDATE"
        case delete = "DELETE"
    }

    var operation: Operation
    var resource: ServedResource
    var subresource: String?
    var key: ObjectKey
    var user: UserInfo
    /// Nil for a deletion.
    var object: Object?
    /// Nil for a creation.
    var old: Object?
    var isDryRun = false

    var isOfNamespace: Bool { resource.collection == .namespaces && subresource == nil }

    /// The labels that object selectors look at: those of either object.
    var labels: [[String: String]] { [object, old].compactMap { $0?.labels } }

    /// - Parameters:
    ///   - uid: tells this call's answer from others.
    ///   - version: the version of the resource that the webhook knows.
    func json(uid: String, version: String) -> JSON {
        func kind(_ version: String) -> JSON {
            let kind = subresource.flatMap { resource.definition.subresource($0)?.kind } ?? resource.definition.kind(version)
            return ["group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind)]
        }
        func name(_ version: String) -> JSON {
            [
                "group": .string(resource.definition.group), "version": .string(version),
                "resource": .string(resource.definition.plural),
            ]
        }
        let optionsKind = operation == .create ? "CreateOptions" : operation == .update ? "UpdateOptions" : "DeleteOptions"
        var options: JSON = ["apiVersion": "meta.k8s.io/v1", "kind": .string(optionsKind)]
        if isDryRun { options["dryRun"] = ["All"] }
        var json: JSON = [
            "uid": .string(uid), "kind": kind(version), "resource": name(version), "requestKind": kind(resource.version),
            "requestResource": name(resource.version), "operation": .string(operation.rawValue), "userInfo": user.json,
            "object": object.map { converted($0, to: version).json } ?? .null,
            "oldObject": old.map { converted($0, to: version).json } ?? .null, "dryRun": .bool(isDryRun), "options": options,
        ]
        if !key.name.isEmpty { json["name"] = .string(key.name) }
        if !key.namespace.isEmpty { json["namespace"] = .string(key.namespace) }
        if let subresource {
            json["subResource"] = .string(subresource)
            json["requestSubResource"] = .string(subresource)
        }
        return json
    }

    /// A subresource with a kind of its own has one version only.
    private func converted(_ object: Object, to version: String) -> Object {
        let hasOwnKind = subresource.flatMap { resource.definition.subresource($0)?.kind } != nil
        return hasOwnKind ? object : VersionConversion.convert(object, to: resource.definition.kind(version))
    }
}
