import Kubernetes

/// Roles and their bindings, compiled so that a decision looks only at what is bound to the user at hand
/// (`rbac.authorization.k8s.io/v1`).
struct RoleIndex: Sendable {
    static let group = "rbac.authorization.k8s.io"
    static let collections = ["clusterroles", "roles", "clusterrolebindings", "rolebindings"].map {
        GroupResource(group: group, resource: $0)
    }

    /// The namespace is empty for a ClusterRole.
    private var roles: [ObjectKey: Role] = [:]
    /// The namespace is empty for a ClusterRoleBinding, which counts everywhere.
    private var bindings: [ObjectKey: Binding] = [:]
    private var bindingsOfSubject: [Subject: Set<ObjectKey>] = [:]
    /// The rules of aggregated roles, worked out when asked for.
    private var aggregated: [ObjectKey: [Rule]] = [:]

    fileprivate struct Role {
        var rules: [Rule]
        var labels: [String: String]
        var aggregation: [LabelSelector]
    }

    fileprivate struct Binding {
        var role: ObjectKey
        var subjects: [Subject]
    }

    fileprivate enum Subject: Hashable {
        case user(String)
        case group(String)
    }

    /// - Parameter object: nil once it is gone.
    mutating func set(_ object: Object?, at key: ObjectKey, in collection: GroupResource) {
        if collection.resource.hasSuffix("roles") {
            roles[key] = object.map(Role.init)
            aggregated = [:]
        } else {
            replaceBinding(key, with: object.map(Binding.init))
        }
    }

    mutating func replaceAll(in collection: GroupResource, with objects: [Object]) {
        // A namespaced collection's keys have a namespace, a cluster-scoped one's have none.
        let isClusterScoped = collection.resource.hasPrefix("cluster")
        let known = collection.resource.hasSuffix("roles") ? Array(roles.keys) : Array(bindings.keys)
        for key in known where key.namespace.isEmpty == isClusterScoped { set(nil, at: key, in: collection) }
        for object in objects { set(object, at: object.key, in: collection) }
    }

    private mutating func replaceBinding(_ key: ObjectKey, with binding: Binding?) {
        for subject in bindings[key]?.subjects ?? [] {
            bindingsOfSubject[subject]?.remove(key)
            if bindingsOfSubject[subject]?.isEmpty == true { bindingsOfSubject[subject] = nil }
        }
        bindings[key] = binding
        for subject in binding?.subjects ?? [] { bindingsOfSubject[subject, default: []].insert(key) }
    }

    // MARK: Deciding

    mutating func allows(_ attributes: AuthorizationAttributes) -> Bool {
        if allows(.user(attributes.user.name), attributes) { return true }
        for group in attributes.user.groups where allows(.group(group), attributes) { return true }
        return false
    }

    private mutating func allows(_ subject: Subject, _ attributes: AuthorizationAttributes) -> Bool {
        for key in bindingsOfSubject[subject] ?? [] where key.namespace.isEmpty || key.namespace == attributes.namespace {
            guard let role = bindings[key]?.role else { continue }
            // What is no resource has no namespace: only cluster-wide bindings count for it.
            if case .path = attributes.target, !key.namespace.isEmpty { continue }
            if rules(of: role).contains(where: { $0.allows(attributes) }) { return true }
        }
        return false
    }

    /// The rules that apply to a user in a namespace: for SelfSubjectRulesReview.
    mutating func rules(for user: UserInfo, namespace: String) -> [Rule] {
        let subjects = [Subject.user(user.name)] + user.groups.map(Subject.group)
        var found: [Rule] = []
        for subject in subjects {
            for key in bindingsOfSubject[subject] ?? [] where key.namespace.isEmpty || key.namespace == namespace {
                if let role = bindings[key]?.role { found += rules(of: role) }
            }
        }
        return found
    }

    /// What a role allows, the roles that it aggregates included; nil where there is no such role.
    /// - Parameter key: without a namespace for a ClusterRole.
    mutating func rules(ofRole key: ObjectKey) -> [Rule]? { roles[key] == nil ? nil : rules(of: key) }

    private mutating func rules(of key: ObjectKey) -> [Rule] {
        guard let role = roles[key] else { return [] }
        guard !role.aggregation.isEmpty else { return role.rules }
        if let known = aggregated[key] { return known }
        var rules: [Rule] = []
        for part in parts(of: key) { rules += roles[part]?.rules ?? [] }
        aggregated[key] = rules
        return rules
    }

    /// A role and those that it aggregates, which may aggregate others in turn.
    private func parts(of key: ObjectKey) -> Set<ObjectKey> {
        var found: Set<ObjectKey> = [key]
        var waiting = [key]
        while let selectors = waiting.popLast().flatMap({ roles[$0]?.aggregation }) {
            for (other, role) in roles where other.namespace.isEmpty && selectors.contains(where: { $0.matches(role.labels) }) {
                if found.insert(other).inserted { waiting.append(other) }
            }
        }
        return found
    }

    /// `PolicyRule`.
    struct Rule: Sendable {
        var json: JSON
        let verbs: [String]
        let groups: [String]
        let resources: [String]
        /// Empty for all.
        let names: [String]
        /// Of what is no resource; `*` at the end stands for any rest.
        let paths: [String]

        init(_ json: JSON) {
            self.json = json
            verbs = json["verbs"]?.strings ?? []
            groups = json["apiGroups"]?.strings ?? []
            resources = json["resources"]?.strings ?? []
            names = json["resourceNames"]?.strings ?? []
            paths = json["nonResourceURLs"]?.strings ?? []
        }

        func allows(_ attributes: AuthorizationAttributes) -> Bool {
            guard verbs.contains(where: { $0 == "*" || $0 == attributes.verb }) else { return false }
            switch attributes.target {
            case .path(let path):
                return paths.contains { $0 == path || ($0.hasSuffix("*") && path.hasPrefix($0.dropLast())) }
            case .resource(let group, let resource, let subresource, _, let name):
                return groups.contains { $0 == "*" || $0 == group }
                    && resources.contains { Self.matches($0, resource, subresource) }
                    && (names.isEmpty || (!name.isEmpty && names.contains(name)))
            }
        }

        /// `*`, `deployments`, `deployments/scale` or `*/scale`.
        private static func matches(_ rule: String, _ resource: String, _ subresource: String?) -> Bool {
            if rule == "*" { return true }
            guard let subresource else { return rule == resource }
            return rule == "\(resource)/\(subresource)" || rule == "*/\(subresource)"
        }
    }
}

extension AuthorizationAttributes {
    fileprivate var namespace: String {
        if case .resource(_, _, _, let namespace, _) = target { namespace } else { "" }
    }
}

extension RoleIndex.Role {
    fileprivate init(_ object: Object) {
        rules = (object["rules"]?.array ?? []).map(RoleIndex.Rule.init)
        labels = object.labels
        // Validation refuses selectors that do not parse.
        aggregation = (object["aggregationRule", "clusterRoleSelectors"]?.array ?? []).compactMap { try? LabelSelector($0) }
    }
}

extension RoleIndex.Binding {
    fileprivate init(_ object: Object) {
        let reference = object["roleRef"]
        role = ObjectKey(
            namespace: reference?["kind"]?.string == "Role" ? object.namespace : "", name: reference?["name"]?.string ?? "")
        subjects = (object["subjects"]?.array ?? []).compactMap { subject in
            let name = subject["name"]?.string ?? ""
            switch subject["kind"]?.string {
            case "User": return .user(name)
            case "Group": return .group(name)
            case "ServiceAccount":
                let namespace = subject["namespace"]?.string ?? object.namespace
                return .user("system:serviceaccount:\(namespace):\(name)")
            default: return nil
            }
        }
    }
}
