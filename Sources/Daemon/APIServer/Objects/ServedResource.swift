import Kubernetes

/// A resource in one of its served versions: how its objects come out of the store, and go in.
struct ServedResource: Sendable {
    let definition: ResourceDefinition
    let version: String

    /// Where the store keeps the objects, whatever version they are served in.
    var collection: GroupResource { definition.storage.groupResource }
    /// As messages name it.
    var name: GroupVersionResource { definition.resource(version) }
    var kind: GroupVersionKind { definition.kind(version) }

    private var isStored: Bool { definition.storage == name }

    // MARK: Versions

    /// The object as this version shows it: in the stored version the stored bytes themselves.
    func serve(_ object: EncodedObject) -> EncodedObject {
        guard !isStored || definition.holdsOtherVersions else { return object }
        let decoded = object.decoded()
        guard decoded.apiVersion != kind.apiVersion else { return object }
        return EncodedObject(VersionConversion.convert(decoded, to: kind))
    }

    func serve(_ objects: [EncodedObject]) -> [EncodedObject] {
        isStored && !definition.holdsOtherVersions ? objects : objects.map(serve)
    }

    func storageForm(of object: Object) -> Object {
        isStored ? object : VersionConversion.convert(object, to: definition.storageKind)
    }

    // MARK: Bodies

    /// Reads a body as this kind, and checks that it belongs where the request says.
    /// - Parameter old: what is stored; nil on creation.
    /// - Returns: the object, and warnings for the client.
    func read(
        _ body: Object, in namespace: String?, _ level: FieldValidation, duplicates: [String] = [], old: Object? = nil
    ) throws(APIError) -> (Object, [String]) {
        var body = body
        try requireKind(of: &body)
        // A custom resource's schema may have changed since the object was stored.
        let known = definition.version(version)?.schema == nil ? old?.json : nil
        let decoded = try definition.decode(
            body.json, version: version, duplicates: duplicates, level: level, known: known)
        var object = decoded.object
        if let namespace {
            if object.namespace.isEmpty { object.namespace = namespace }
            guard object.namespace == namespace else {
                throw .badRequest("the namespace of the provided object does not match the namespace sent on the request")
            }
        } else if !object.namespace.isEmpty {
            object.namespace = ""
        }
        return (object, decoded.warnings)
    }

    /// - Parameter old: what is stored; nil on creation.
    func fillDefaults(_ object: inout Object, old: Object? = nil) {
        definition.fillDefaults(&object, version: version, old: old)
    }

    /// - Parameter old: what is stored; nil on creation.
    func validate(_ object: Object, old: Object?, subresource: String? = nil) throws(APIError) {
        try definition.validate(object, version: version, old: old, subresource: subresource)
    }

    private func requireKind(of object: inout Object) throws(APIError) {
        guard case .object = object.json else {
            throw .badRequest("the object provided is unrecognized (must be of type \(kind.kind))")
        }
        if object.kind.isEmpty { object.json["kind"] = .string(kind.kind) }
        if object.apiVersion.isEmpty { object.json["apiVersion"] = .string(kind.apiVersion) }
        guard object.kind == kind.kind else {
            throw .badRequest(
                """
                \(object.kind) in version "\(object.groupVersionKind.version)" cannot be handled as a \(kind.kind): converting \
                (\(object.groupVersionKind.version).\(object.kind)) to (\(internalGroup).\(kind.kind)): unknown conversion
                """)
        }
        guard object.apiVersion == kind.apiVersion else {
            throw .badRequest(
                """
                \(kind.kind) in version "\(object.groupVersionKind.version)" cannot be handled as a \(kind.kind): no kind \
                "\(kind.kind)" is registered for version "\(object.apiVersion)" in scheme "pkg/api/legacyscheme/scheme.go:30"
                """)
        }
    }

    /// The group as Kubernetes' own packages are called.
    private var internalGroup: String {
        definition.group.isEmpty ? "core" : String(definition.group.prefix { $0 != "." })
    }
}

extension ResourceCatalog {
    /// The resource at a path of the API; nil where it is not served.
    func served(_ resource: GroupVersionResource) -> ServedResource? {
        definition(of: resource).map { ServedResource(definition: $0, version: resource.version) }
    }

    /// A collection in the version in which the store holds it.
    func stored(_ collection: GroupResource) -> ServedResource? {
        definition(of: collection).flatMap { definition in
            if let served = served(definition.storage) { return served }
            // The storage version of a custom resource need not be served.
            guard definition.storage.groupResource == collection else { return nil }
            return ServedResource(definition: definition, version: definition.storage.version)
        }
    }

    /// Every collection of the store, once.
    var storedDefinitions: [ResourceDefinition] {
        definitions.filter { !$0.isCreateOnly && $0.groupResource == $0.storage.groupResource }
    }
}
