import Kubernetes

/// What a request is about, read off its method and target: the paths of the Kubernetes API, "API concepts: Resource URIs".
public struct RequestInfo: Sendable, Equatable {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete` or `deletecollection`; for what is no resource the method
    /// in lower case.
    public var verb: String
    /// The HTTP method.
    public var method: String
    /// Without the query, percent-decoded.
    public var path: String
    /// Nil where the path names no resource: health, version, discovery.
    public var resource: ResourcePath?
    public var query: QueryParameters

    public struct ResourcePath: Sendable, Equatable {
        public var resource: GroupVersionResource
        /// Nil for all namespaces and for what has none.
        public var namespace: String?
        public var name: String?
        /// `status`, `scale`, `token`; nil for the object itself.
        public var subresource: String?
        /// What comes below the subresource: the path in a member, say. Nil where nothing does.
        public var subpath: String?

        public var key: ObjectKey { ObjectKey(namespace: namespace ?? "", name: name ?? "") }
    }

    /// - Parameter target: the request's path with its query, as it came.
    public init(method: String, target: String) {
        let question = target.utf8.firstIndex(of: UInt8(ascii: "?"))
        let rawPath = question.map { target[..<$0] } ?? target[...]
        query = QueryParameters(parsing: question.map { target[target.utf8.index(after: $0)...] } ?? "")
        var segments = rawPath.split(separator: "/").map(PercentEncoding.decode)
        path = "/" + segments.joined(separator: "/")
        self.method = method
        verb = method.lowercased()
        resource = nil

        guard let groupVersion = Self.takeGroupVersion(&segments), !segments.isEmpty else { return }
        // "/api/v1/watch/pods" is an old spelling of "/api/v1/pods?watch=true" that old clients still use.
        let isOldWatch = segments[0] == "watch" && segments.count > 1
        if isOldWatch { segments.removeFirst() }
        let found = Self.resourcePath(groupVersion, segments)
        resource = found
        verb = verb(of: method, path: found, watches: isOldWatch || query.flag("watch"))
        if found.name == nil, verb == "list" || verb == "watch" || verb == "deletecollection",
            let name = query.singleName
        {
            resource?.name = name
        }
    }

    private static func takeGroupVersion(_ segments: inout [String]) -> GroupVersion? {
        if segments.first == "api", segments.count >= 2 {
            defer { segments.removeFirst(2) }
            return GroupVersion(group: "", version: segments[1])
        }
        if segments.first == "apis", segments.count >= 3 {
            defer { segments.removeFirst(3) }
            return GroupVersion(group: segments[1], version: segments[2])
        }
        return nil
    }

    private static func resourcePath(_ groupVersion: GroupVersion, _ segments: [String]) -> ResourcePath {
        func path(_ resource: String, namespace: String?, _ rest: ArraySlice<String>) -> ResourcePath {
            let tail = rest.dropFirst()
            return ResourcePath(
                resource: GroupVersionResource(group: groupVersion.group, version: groupVersion.version, resource: resource),
                namespace: namespace, name: rest.first, subresource: tail.first,
                subpath: tail.count > 1 ? tail.dropFirst().joined(separator: "/") : nil)
        }
        // "/namespaces/x/status" and "/finalize" are the namespace's own subresources, not resources in it.
        if segments[0] == "namespaces", segments.count >= 3, !["status", "finalize"].contains(segments[2]) {
            return path(segments[2], namespace: segments[1], segments[3...])
        }
        if segments[0] == "namespaces", segments.count >= 2 {
            return path("namespaces", namespace: nil, segments[1...])
        }
        return path(segments[0], namespace: nil, segments[1...])
    }

    private func verb(of method: String, path: ResourcePath, watches: Bool) -> String {
        switch method {
        case "GET", "HEAD":
            if path.name != nil { return "get" }
            return watches ? "watch" : "list"
        case "POST": return "create"
        case "PUT": return "update"
        case "PATCH": return "patch"
        case "DELETE": return path.name == nil ? "deletecollection" : "delete"
        default: return method.lowercased()
        }
    }
}

extension QueryParameters {
    /// The name that a field selector narrows the request to, which authorization may be given for.
    fileprivate var singleName: String? {
        guard let selector = self["fieldSelector"], selector.hasPrefix("metadata.name=") else { return nil }
        let name = selector.dropFirst("metadata.name=".count)
        return name.isEmpty || name.contains(where: { ",=!".contains($0) }) ? nil : String(name)
    }
}
