import Client
import Kubernetes

extension ObjectService {
    /// Who owns what was there before anybody applied anything, as Kubernetes calls it.
    private static let beforeFirstApply = "before-first-apply"
    /// How often applying starts anew when the object comes or goes meanwhile.
    private static let applyAttempts = 8

    /// Server-side apply: makes an object what `configuration` says of it, and creates it where it does not exist.
    /// - Throws: a conflict (409) with a cause a field where other managers want other values, unless `force` is set.
    func apply(
        _ resource: ServedResource, _ key: ObjectKey, subresource: String?, _ configuration: Object, manager: String, force: Bool,
        _ options: WriteOptions
    ) async throws(APIError) -> WriteOutcome {
        guard !manager.isEmpty else {
            throw .invalidOptions(
                "PatchOptions", "fieldManager", reason: "FieldValueRequired", "Required value: is required for apply patch")
        }
        // A Scale is a view of its object: its fields have no owners.
        guard subresource != "scale" else {
            throw .unsupportedMediaType(accepted: ["application/json-patch+json", "application/merge-patch+json"])
        }
        let configuration = try read(configuration, resource, key, subresource: subresource)
        let owner = ManagedFields.Owner(manager, .apply, apiVersion: resource.kind.apiVersion, subresource: subresource)
        var attempts = 0
        while true {
            attempts += 1
            let isMissing = store.get(resource.collection, key) == nil
            do throws(APIError) {
                if isMissing { return try await create(applied: configuration, by: owner, resource, key, options) }
                return try await update(resource, key, subresource: subresource, options, decidesOwnership: true) {
                    (current) throws(APIError) in
                    try applying(configuration, to: current, by: owner, force: force, resource)
                }
            } catch {
                let mayRetry = error.reason == (isMissing ? .alreadyExists : .notFound) && attempts < Self.applyAttempts
                guard mayRetry, isMissing != (store.get(resource.collection, key) == nil) else { throw error }
            }
        }
    }

    /// The configuration as its kind's types have it: with canonical values, and only what may be applied here.
    private func read(
        _ configuration: Object, _ resource: ServedResource, _ key: ObjectKey, subresource: String?
    ) throws(APIError) -> Object {
        guard configuration.metadata["managedFields"] == nil else { throw .badRequest("metadata.managedFields must be nil") }
        var (object, _) = try resource.read(
            configuration, in: resource.definition.isNamespaced ? key.namespace : nil, .ignore)
        let undeclared = resource.undeclaredFields(of: configuration)
        guard undeclared.isEmpty else {
            // A fault of the client, but this is how kube-apiserver answers it.
            let place = key.namespace.isEmpty ? key.name : "\(key.namespace)/\(key.name)"
            let fields = undeclared.map { ".\($0): field not declared in schema" }.joined(separator: "\n")
            throw APIError(
                code: 500, reason: .unknown,
                message: """
                    failed to create typed patch object (\(place); \(resource.kind.apiVersion), Kind=\(resource.kind.kind)): \
                    \(fields)
                    """)
        }
        if object.name.isEmpty { object.name = key.name }
        guard object.name == key.name else { throw .nameMismatch(object.name, key.name) }
        if let subresource {
            // Only metadata that identifies the object, and what a write to the subresource changes.
            let kept: Set = ["apiVersion", "kind", "metadata", subresource == "finalize" ? "spec" : "status"]
            let members = (object.json.object ?? [:]).filter { kept.contains($0.key) }
            object.json = .object(JSONObject(members.map { ($0.key, $0.value) }))
            let identity = ["name", "namespace", "uid", "resourceVersion"].compactMap { name in
                object.metadata[name].map { (name, $0) }
            }
            object.metadata = .object(JSONObject(identity))
        } else if resource.definition.hasStatus {
            object["status"] = nil
        }
        return object
    }

    private func create(
        applied configuration: Object, by owner: ManagedFields.Owner, _ resource: ServedResource, _ key: ObjectKey,
        _ options: WriteOptions
    ) async throws(APIError) -> WriteOutcome {
        guard owner.subresource.isEmpty, resource.definition.verbs.contains("create") else {
            throw .notFound(resource.name, name: key.name)
        }
        try options.authorizeCreation()
        var owners = ManagedFields()
        do throws(ApplyConflict) {
            _ = try owners.apply(
                configuration.json, to: [:], by: owner, apiVersion: resource.kind.apiVersion, force: false, resource.schema,
                at: .now())
        } catch {
            throw error.error
        }
        return try await create(
            resource, configuration, namespace: resource.definition.isNamespaced ? key.namespace : nil, options, owners: owners)
    }

    private func applying(
        _ configuration: Object, to current: Object, by owner: ManagedFields.Owner, force: Bool, _ resource: ServedResource
    ) throws(APIError) -> Object {
        let apiVersion = resource.kind.apiVersion
        var owners = ManagedFields(current.metadata["managedFields"]) ?? ManagedFields()
        if owners.isEmpty {
            owners.recordUpdate(
                from: resource.blank, to: resource.ownable(current),
                by: .init(Self.beforeFirstApply, .update, apiVersion: apiVersion), apiVersion: apiVersion, resource.schema,
                at: .now())
        }
        do throws(ApplyConflict) {
            var object = Object(
                try owners.apply(
                    configuration.json, to: current.json, by: owner, apiVersion: apiVersion, force: force, resource.schema,
                    at: .now()))
            object.metadata["managedFields"] = owners.json
            return object
        } catch {
            throw error.error
        }
    }
}
