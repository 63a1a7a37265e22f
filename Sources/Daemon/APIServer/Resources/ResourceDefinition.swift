import Kubernetes

/// One resource that the API server serves: its names, versions and what Kubernetes' API conventions let it do.
public struct ResourceDefinition: Sendable {
    public let group: String
    /// Served versions, the preferred one first.
    public let versions: [ResourceVersion]
    /// What the store holds. Differs from the served version for kinds of several versions, and from the served group for
    /// `events.k8s.io`, whose events are the core group's.
    public let storage: GroupVersionResource
    public let kind: String
    public let listKind: String
    public let plural: String
    public let singular: String
    public let shortNames: [String]
    public let categories: [String]
    public let isNamespaced: Bool
    public let verbs: [String]
    public let subresources: [Subresource]
    public let style: Style
    /// `metadata.generation` starts at 1 and counts changes outside of metadata and of a status subresource.
    public let hasGeneration: Bool
    /// PUT to a name that does not exist creates it.
    public let createsOnUpdate: Bool
    /// PUT without `metadata.resourceVersion` is taken to mean the newest.
    public let allowsUnconditionalUpdate: Bool
    /// What field selectors may name, beyond `metadata.name` and `metadata.namespace`. The names are paths in the object.
    public let selectableFields: [String]
    /// Whether the store may hold objects of another version than the storage version: a custom resource whose storage version
    /// has changed.
    var holdsOtherVersions = false
    /// What admission lets pass.
    var admission = AdmissionOptions()

    /// How bodies are read and refused.
    public enum Style: Sendable {
        /// As Go types: a value of the wrong type cannot be read at all (400), unknown members vanish.
        case native
        /// As custom resources: the schema is a validation (422), unknown members are pruned.
        case custom
    }

    init(
        group: String, versions: [ResourceVersion], storage: GroupVersionResource? = nil, kind: String, listKind: String? = nil,
        plural: String? = nil, singular: String? = nil, shortNames: [String] = [], categories: [String] = [],
        isNamespaced: Bool = true, verbs: [String] = Verbs.all, subresources: [Subresource] = [], style: Style = .native,
        hasGeneration: Bool = false, createsOnUpdate: Bool = false, allowsUnconditionalUpdate: Bool = true,
        selectableFields: [String] = []
    ) {
        let singular = singular ?? kind.lowercased()
        let plural = plural ?? Self.plural(singular)
        self.group = group
        self.versions = versions
        self.storage = storage ?? GroupVersionResource(group: group, version: versions[0].name, resource: plural)
        self.kind = kind
        self.listKind = listKind ?? kind + "List"
        self.plural = plural
        self.singular = singular
        self.shortNames = shortNames
        self.categories = categories
        self.isNamespaced = isNamespaced
        self.verbs = verbs
        self.subresources = subresources
        self.style = style
        self.hasGeneration = hasGeneration
        self.createsOnUpdate = createsOnUpdate
        self.allowsUnconditionalUpdate = allowsUnconditionalUpdate
        self.selectableFields = selectableFields
    }

    private static func plural(_ singular: String) -> String {
        if singular.hasSuffix("y") { return singular.dropLast() + "ies" }
        for ending in ["s", "x", "ch"] where singular.hasSuffix(ending) { return singular + "es" }
        return singular + "s"
    }
}

/// A served version of a resource.
public struct ResourceVersion: Sendable {
    public let name: String
    /// The type of a custom resource; nil where the built-in library has it.
    public let schema: TypeSchema?
    /// The printer columns after the name; nil for those that the kind's own code makes, or Age alone.
    public let columns: [PrinterColumn]?
    /// The schema of a custom resource as its author wrote it, descriptions included: what OpenAPI shows. Nil for other kinds.
    public let document: JSON?
    /// Whether the schema has rules in expressions anywhere.
    let hasRules: Bool

    init(_ name: String, schema: TypeSchema? = nil, columns: [PrinterColumn]? = nil, document: JSON? = nil) {
        self.name = name
        self.schema = schema
        self.columns = columns
        self.document = document
        hasRules = document.map(ExpressionRules.areIn) ?? false
    }
}

/// Something below an object, `/status` say.
public struct Subresource: Sendable {
    public let name: String
    /// The kind of its body; nil for the resource's own kind.
    public let kind: GroupVersionKind?
    public let verbs: [String]
    public let scale: Scale?

    /// Where a scale subresource finds its facts.
    public struct Scale: Sendable {
        public let specReplicasPath: [String]
        public let statusReplicasPath: [String]
        public let selector: Selector

        public enum Selector: Sendable {
            case none
            /// A `LabelSelector`.
            case labelSelector(path: [String])
            /// A map of labels (ReplicationController).
            case labels(path: [String])
            /// A selector in text form (custom resources).
            case text(path: [String])
        }
    }

    init(_ name: String, kind: GroupVersionKind? = nil, verbs: [String] = Verbs.subresource, scale: Scale? = nil) {
        self.name = name
        self.kind = kind
        self.verbs = verbs
        self.scale = scale
    }

    static let status = Subresource("status")

    /// The way into a member (see the gateway).
    static let proxy = Subresource(
        "proxy", kind: GroupVersionKind(group: "cluster.karmada.io", version: "v1alpha1", kind: "ClusterProxyOptions"),
        verbs: ["create", "delete", "get", "patch", "update"])

    static let scale = scale(selector: .labelSelector(path: ["spec", "selector"]))

    static func scale(
        spec: [String] = ["spec", "replicas"], status: [String] = ["status", "replicas"], selector: Scale.Selector
    ) -> Subresource {
        Subresource(
            "scale", kind: GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale"),
            scale: Scale(specReplicasPath: spec, statusReplicasPath: status, selector: selector))
    }
}

enum Verbs {
    static let all = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
    static let subresource = ["get", "patch", "update"]
    static let create = ["create"]
}

extension ResourceDefinition {
    public var groupResource: GroupResource { GroupResource(group: group, resource: plural) }
    public var hasStatus: Bool { subresource("status") != nil }
    /// Reviews and the like, which are answered rather than stored.
    public var isCreateOnly: Bool { verbs == Verbs.create }

    public func subresource(_ name: String) -> Subresource? { subresources.first { $0.name == name } }

    public func version(_ name: String) -> ResourceVersion? { versions.first { $0.name == name } }

    public func kind(_ version: String) -> GroupVersionKind { GroupVersionKind(group: group, version: version, kind: kind) }

    public func resource(_ version: String) -> GroupVersionResource {
        GroupVersionResource(group: group, version: version, resource: plural)
    }

    /// The kind of stored objects.
    public var storageKind: GroupVersionKind { GroupVersionKind(group: storage.group, version: storage.version, kind: kind) }

    /// The type of the objects of a served version; nil for a version that is not served.
    public func schema(_ version: String) -> TypeSchema? {
        guard let served = self.version(version) else { return nil }
        return served.schema ?? SchemaLibrary.builtIn.schema(for: kind(version))
    }
}
