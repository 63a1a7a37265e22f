/// An API group and one of its versions. The core group is the empty string.
public struct GroupVersion: Hashable, Sendable, CustomStringConvertible {
    public var group: String
    public var version: String

    public init(group: String, version: String) {
        self.group = group
        self.version = version
    }

    /// Reads an `apiVersion`: `v1` or `apps/v1`.
    public init(apiVersion: String) {
        if let slash = apiVersion.firstIndex(of: "/") {
            group = String(apiVersion[..<slash])
            version = String(apiVersion[apiVersion.index(after: slash)...])
        } else {
            group = ""
            version = apiVersion
        }
    }

    /// As `apiVersion` has it.
    public var description: String { group.isEmpty ? version : "\(group)/\(version)" }
}

/// What an object says it is.
public struct GroupVersionKind: Hashable, Sendable, CustomStringConvertible {
    public var groupVersion: GroupVersion
    public var kind: String

    public init(group: String, version: String, kind: String) {
        groupVersion = GroupVersion(group: group, version: version)
        self.kind = kind
    }

    public init(apiVersion: String, kind: String) {
        groupVersion = GroupVersion(apiVersion: apiVersion)
        self.kind = kind
    }

    public var group: String { groupVersion.group }
    public var version: String { groupVersion.version }
    public var apiVersion: String { groupVersion.description }
    public var description: String { "\(groupVersion), Kind=\(kind)" }
}

/// A resource whatever its version. All served versions of a resource are one collection in the store.
public struct GroupResource: Hashable, Sendable, CustomStringConvertible {
    public var group: String
    public var resource: String

    public init(group: String, resource: String) {
        self.group = group
        self.resource = resource
    }

    /// `deployments.apps`, or `pods` in the core group: as Kubernetes' messages name a resource.
    public var description: String { group.isEmpty ? resource : "\(resource).\(group)" }
}

/// Where objects of a kind are served: the plural, lower-case name in URLs.
public struct GroupVersionResource: Hashable, Sendable, CustomStringConvertible {
    public var groupVersion: GroupVersion
    public var resource: String

    public init(group: String, version: String, resource: String) {
        groupVersion = GroupVersion(group: group, version: version)
        self.resource = resource
    }

    public var group: String { groupVersion.group }
    public var version: String { groupVersion.version }
    public var groupResource: GroupResource { GroupResource(group: group, resource: resource) }
    public var description: String { "\(groupVersion), Resource=\(resource)" }

    /// The collection's path on an API server.
    public func path(namespace: String? = nil, name: String? = nil, subresource: String? = nil) -> String {
        var path = group.isEmpty ? "/api/\(version)" : "/apis/\(group)/\(version)"
        if let namespace, !namespace.isEmpty { path += "/namespaces/\(namespace)" }
        path += "/\(resource)"
        if let name { path += "/\(name)" }
        if let subresource { path += "/\(subresource)" }
        return path
    }
}

/// An object's place among those of its resource. The namespace is empty for cluster-scoped objects.
public struct ObjectKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    public var namespace: String
    public var name: String

    public init(namespace: String = "", name: String) {
        self.namespace = namespace
        self.name = name
    }

    public static func < (left: Self, right: Self) -> Bool {
        left.namespace == right.namespace ? left.name < right.name : left.namespace < right.namespace
    }

    public var description: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}
