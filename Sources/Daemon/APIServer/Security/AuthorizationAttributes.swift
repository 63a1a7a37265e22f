import Kubernetes

/// What somebody wants to do, as authorization sees it.
struct AuthorizationAttributes: Sendable, Equatable {
    var user: UserInfo
    var verb: String
    var target: Target

    enum Target: Sendable, Equatable {
        case resource(group: String, resource: String, subresource: String?, namespace: String, name: String)
        case path(String)
    }

    init(user: UserInfo, verb: String, target: Target) {
        self.user = user
        self.verb = verb
        self.target = target
    }

    init(user: UserInfo, request: RequestInfo) {
        self.user = user
        verb = request.verb
        guard let path = request.resource else {
            target = .path(request.path)
            return
        }
        // A namespace is judged as if it lay in itself, so that a Role in it can allow to read it.
        let isNamespace = path.resource.group.isEmpty && path.resource.resource == "namespaces"
        target = .resource(
            group: path.resource.group, resource: path.resource.resource, subresource: path.subresource,
            namespace: path.namespace ?? (isNamespace ? path.name ?? "" : ""), name: path.name ?? "")
    }

    /// The refusal, in Kubernetes' words.
    var forbidden: APIError {
        switch target {
        case .path(let path):
            return APIError(
                code: 403, reason: .forbidden, message: "forbidden: User \"\(user.name)\" cannot \(verb) path \"\(path)\"",
                details: .init())
        case .resource(let group, let resource, let subresource, let namespace, let name):
            let full = subresource.map { "\(resource)/\($0)" } ?? resource
            let place = namespace.isEmpty ? "at the cluster scope" : "in the namespace \"\(namespace)\""
            let qualified = GroupResource(group: group, resource: resource)
            return APIError(
                code: 403, reason: .forbidden,
                message: """
                    \(qualified)\(name.isEmpty ? "" : " \"\(name)\"") is forbidden: User "\(user.name)" cannot \(verb) resource \
                    "\(full)" in API group "\(group)" \(place)
                    """,
                details: .init(name: name, group: group, kind: resource))
        }
    }
}
