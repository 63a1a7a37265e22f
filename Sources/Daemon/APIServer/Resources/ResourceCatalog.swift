import Kubernetes

/// The resources that an API server serves.
public struct ResourceCatalog: Sendable {
    /// In the order of discovery: the core group first, groups together.
    public private(set) var definitions: [ResourceDefinition] = []
    private var byResource: [GroupResource: Int] = [:]
    private var byKind: [GroupVersionKind: Int] = [:]
    /// What admission lets pass: the same for all resources, those that are added later included.
    private let admission: AdmissionOptions

    public init(_ definitions: [ResourceDefinition], admission: AdmissionOptions = AdmissionOptions()) {
        self.admission = admission
        for definition in definitions { insert(definition) }
    }

    /// Kubernetes' and Karmada's kinds.
    public static let controlPlane = ResourceCatalog(ResourceDefinition.kubernetes + ResourceDefinition.karmada)

    /// What a member cluster serves: Kubernetes' kinds, the Multi-Cluster Services API and metrics.
    public static let member = ResourceCatalog(
        ResourceDefinition.kubernetes + ResourceDefinition.multiclusterServices + ResourceDefinition.metrics)

    /// The same resources, admitted by other options.
    public func admitting(_ options: AdmissionOptions) -> ResourceCatalog {
        ResourceCatalog(definitions, admission: options)
    }

    /// Adds a resource, or replaces the one of that name.
    public mutating func insert(_ definition: ResourceDefinition) {
        var definition = definition
        definition.admission = admission
        if let index = byResource[definition.groupResource] {
            for version in definitions[index].versions { byKind[definitions[index].kind(version.name)] = nil }
            definitions[index] = definition
            register(definition, at: index)
        } else {
            definitions.append(definition)
            register(definition, at: definitions.count - 1)
        }
    }

    public mutating func remove(_ resource: GroupResource) {
        guard byResource[resource] != nil else { return }
        self = ResourceCatalog(definitions.filter { $0.groupResource != resource }, admission: admission)
    }

    private mutating func register(_ definition: ResourceDefinition, at index: Int) {
        byResource[definition.groupResource] = index
        for version in definition.versions { byKind[definition.kind(version.name)] = index }
    }

    /// The resource at a path of the API; nil where the group, the version or the plural is not served.
    public func definition(of resource: GroupVersionResource) -> ResourceDefinition? {
        guard let index = byResource[resource.groupResource], definitions[index].version(resource.version) != nil
        else { return nil }
        return definitions[index]
    }

    public func definition(of resource: GroupResource) -> ResourceDefinition? { byResource[resource].map { definitions[$0] } }

    /// The resource that holds objects of a kind.
    public func definition(of kind: GroupVersionKind) -> ResourceDefinition? { byKind[kind].map { definitions[$0] } }

    /// The type of a kind's objects.
    public func schema(for kind: GroupVersionKind) -> TypeSchema? {
        definition(of: kind)?.schema(kind.version) ?? SchemaLibrary.builtIn.schema(for: kind)
    }

    /// Groups in the order of discovery, the core group (empty name) first.
    public var groups: [String] {
        var seen: Set<String> = []
        return definitions.map(\.group).filter { seen.insert($0).inserted }
    }

    /// The served versions of a group, the preferred one first; empty for a group that is not served.
    public func versions(of group: String) -> [String] {
        var names: Set<String> = []
        for definition in definitions where definition.group == group { names.formUnion(definition.versions.map(\.name)) }
        return names.sorted { APIVersionOrder.precedes($0, $1) }
    }

    /// The resources of a version, by plural.
    public func definitions(in version: GroupVersion) -> [ResourceDefinition] {
        definitions.filter { $0.group == version.group && $0.version(version.version) != nil }.sorted { $0.plural < $1.plural }
    }
}

/// The order in which discovery lists versions (API conventions): stable before beta before alpha, newer before older,
/// anything else by name after them.
enum APIVersionOrder {
    static func precedes(_ left: String, _ right: String) -> Bool {
        switch (rank(left), rank(right)) {
        case (let left?, let right?): left > right
        case (_?, nil): true
        case (nil, _?): false
        case (nil, nil): left < right
        }
    }

    /// Stability (2 stable, 1 beta, 0 alpha), major, minor; nil for a name that is no Kubernetes version.
    private static func rank(_ version: String) -> (Int, Int, Int)? {
        guard version.hasPrefix("v") else { return nil }
        let text = version.dropFirst()
        let digits = text.prefix(while: \.isNumber)
        guard let major = Int(digits) else { return nil }
        let suffix = text.dropFirst(digits.count)
        if suffix.isEmpty { return (2, major, 0) }
        for (name, stability) in [("beta", 1), ("alpha", 0)] where suffix.hasPrefix(name) {
            return Int(suffix.dropFirst(name.count)).map { (stability, major, $0) }
        }
        return nil
    }
}
