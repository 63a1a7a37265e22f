import Kubernetes

/// Keeps `metadata.managedFields` while objects are created, updated and patched.
///
/// Every request over HTTP is recorded. Parts of this process write tens of thousands of objects a second that are theirs alone,
/// so what they create has no managed fields, and costs nothing later: as in Kubernetes, an object without managed fields gets
/// none until somebody applies to it. Where an object has them, a component's update counts as anybody's; its writes to a status,
/// where nobody else writes, are not recorded.
extension ObjectService {
    func recordCreation(of object: inout Object, _ resource: ServedResource, _ options: WriteOptions) {
        guard case .client(let manager)? = options.fieldManager else { return }
        let apiVersion = resource.kind.apiVersion
        var owners = ManagedFields()
        owners.recordUpdate(
            from: resource.blank, to: resource.ownable(object), by: .init(manager, .update, apiVersion: apiVersion),
            apiVersion: apiVersion, resource.schema, at: .now())
        object.metadata["managedFields"] = owners.json
    }

    /// - Parameter new: has the managed fields that the client sent, which count where they can be read.
    func recordOwnership(
        of new: inout Object, old: Object, _ resource: ServedResource, subresource: String?, _ options: WriteOptions
    ) {
        let before = old.metadata["managedFields"]
        let sent = new.metadata["managedFields"]
        if before == nil && sent == nil { return }
        let isComponentsStatus = if case .component = options.fieldManager { subresource != nil } else { false }
        if isComponentsStatus, sent == before { return }
        guard !ManagedFields.isReset(sent) else {
            new.metadata["managedFields"] = nil
            return
        }
        var owners = ManagedFields(sent) ?? ManagedFields()
        let isReplaced = !owners.isEmpty && sent != before
        if owners.isEmpty { owners = ManagedFields(before) ?? ManagedFields() }
        let untouched = owners

        if let manager = options.fieldManager, !isComponentsStatus, !owners.isEmpty {
            let apiVersion = resource.kind.apiVersion
            owners.recordUpdate(
                from: old.json, to: new.json, by: .init(manager.name, .update, apiVersion: apiVersion, subresource: subresource),
                apiVersion: apiVersion, resource.schema, at: .now())
        }
        // What was stored stays as it is, to the byte, where nothing changed.
        new.metadata["managedFields"] = isReplaced || owners != untouched ? owners.json : before
    }
}

extension ServedResource {
    var schema: TypeSchema? { definition.schema(version) }

    /// An object's members of which a write to the object itself can be the owner.
    func ownable(_ object: Object) -> JSON {
        var json = object.json
        if definition.hasStatus { json["status"] = nil }
        return json
    }

    /// What a new object is compared with to find what its creator set.
    ///
    /// kube-apiserver's native types have members that are always there, as they are values and not pointers in Go; such members
    /// are not what a creator adds.
    var blank: JSON { definition.style == .native ? schema.map(Self.blank) ?? [:] : [:] }

    private static let valueMembers: Set = ["metadata", "spec", "status", "strategy", "template", "jobTemplate", "updateStrategy"]

    private static func blank(_ schema: TypeSchema) -> JSON {
        let members = (schema.object?.fields ?? []).filter { valueMembers.contains($0.name) && $0.type.object != nil }
        return .object(JSONObject(members.map { ($0.name, blank($0.type)) }))
    }

    /// The paths of members that the kind does not have: `spec.foo`.
    func undeclaredFields(of object: Object) -> [String] {
        guard let schema else { return [] }
        var decoder = ObjectDecoder(style: definition.style)
        _ = try? decoder.decode(object.json, as: schema)
        return decoder.unknown
    }
}
