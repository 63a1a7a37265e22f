import Kubernetes

/// What a writer must be allowed beyond writing: nobody hands out rights that they do not have, or signs for others without the
/// permission to (Kubernetes documentation, "Privilege escalation prevention and bootstrapping", "Certificate Signing Requests:
/// Authorization").
struct Privileges: Sendable {
    let authorizer: Authorizer

    /// - Parameters:
    ///   - new: as it is to be stored, valid.
    ///   - user: nil for the server itself, which may do everything.
    /// - Throws: `Forbidden`, with the rights that are missing.
    func check(
        _ new: Object, old: Object?, _ resource: ServedResource, subresource: String?, by user: UserInfo?
    ) throws(APIError) {
        guard let user, !user.groups.contains(UserInfo.mastersGroup) else { return }
        try AgentRestriction.check(new, old: old, resource.definition.groupResource, by: user)
        switch (resource.definition.group, resource.definition.plural) {
        case (RoleIndex.group, "roles"), (RoleIndex.group, "clusterroles"):
            try checkRole(new, old: old, resource, user)
        case (RoleIndex.group, "rolebindings"), (RoleIndex.group, "clusterrolebindings"):
            try checkBinding(new, old: old, resource, user)
        case (SigningRequest.collection.group, SigningRequest.collection.resource):
            try checkSigning(new, old: old, resource, subresource: subresource, user)
        default: break
        }
    }

    private func may(
        _ user: UserInfo, _ verb: String, _ group: String, _ resource: String, namespace: String = "", _ name: String
    ) -> Bool {
        authorizer.allows(
            AuthorizationAttributes(
                user: user, verb: verb,
                target: .resource(group: group, resource: resource, subresource: nil, namespace: namespace, name: name)))
    }

    // MARK: Roles

    private func checkRole(_ new: Object, old: Object?, _ resource: ServedResource, _ user: UserInfo) throws(APIError) {
        if let old, old["rules"] == new["rules"], old["aggregationRule"] == new["aggregationRule"] { return }
        guard !may(user, "escalate", RoleIndex.group, resource.definition.plural, namespace: new.namespace, new.name)
        else { return }
        if new["aggregationRule"] != nil {
            // What such a role will grant cannot be known: only who may do everything may make one.
            let everything: [JSON] = [
                ["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]], ["nonResourceURLs": ["*"], "verbs": ["*"]],
            ]
            let held = authorizer.rules(for: user, namespace: new.namespace)
            guard RuleCoverage.missing(from: held, of: everything.map(RoleIndex.Rule.init)).isEmpty else {
                throw forbidden(new, resource, "must have cluster-admin privileges to use the aggregationRule")
            }
        }
        try requireHeld((new["rules"]?.array ?? []).map(RoleIndex.Rule.init), for: new, resource, user)
    }

    private func checkBinding(_ new: Object, old: Object?, _ resource: ServedResource, _ user: UserInfo) throws(APIError) {
        if let old, old["subjects"] == new["subjects"], old["roleRef"] == new["roleRef"] { return }
        let name = new["roleRef", "name"]?.string ?? ""
        let isClusterRole = new["roleRef", "kind"]?.string == "ClusterRole"
        let plural = isClusterRole ? "clusterroles" : "roles"
        guard !may(user, "bind", RoleIndex.group, plural, namespace: new.namespace, name) else { return }
        let key = ObjectKey(namespace: isClusterRole ? "" : new.namespace, name: name)
        guard let granted = authorizer.rules(ofRole: key) else {
            throw .notFound(GroupVersionResource(group: RoleIndex.group, version: "v1", resource: plural), name: name)
        }
        try requireHeld(granted, for: new, resource, user)
    }

    private func requireHeld(
        _ granted: [RoleIndex.Rule], for object: Object, _ resource: ServedResource, _ user: UserInfo
    ) throws(APIError) {
        let held = authorizer.rules(for: user, namespace: object.namespace)
        let missing = RuleCoverage.missing(from: held, of: granted)
        guard !missing.isEmpty else { return }
        let groups = user.groups.map { "\"\($0)\"" }.joined(separator: " ")
        throw forbidden(
            object, resource,
            """
            user "\(user.name)" (groups=[\(groups)]) is attempting to grant RBAC permissions not currently held:
            \(missing.joined(separator: "\n"))
            """)
    }

    private func forbidden(_ object: Object, _ resource: ServedResource, _ why: String) -> APIError {
        let collection = resource.name.groupResource
        return APIError(
            code: 403, reason: .forbidden, message: "\(collection) \"\(object.name)\" is forbidden: \(why)",
            details: .init(name: object.name, group: collection.group, kind: collection.resource))
    }

    // MARK: Certificates

    private func checkSigning(
        _ new: Object, old: Object?, _ resource: ServedResource, subresource: String?, _ user: UserInfo
    ) throws(APIError) {
        let verb: String
        switch subresource {
        case "approval": verb = "approve"
        case "status" where old?.status["certificate"] != new.status["certificate"]: verb = "sign"
        default: return
        }
        let signer = SigningRequest(new).signerName
        let domain = signer.prefix { $0 != "/" } + "/*"
        let mayAct = [signer, String(domain)].contains {
            may(user, verb, SigningRequest.collection.group, "signers", $0)
        }
        guard mayAct else {
            throw forbidden(new, resource, "user not permitted to \(verb) requests with signerName \"\(signer)\"")
        }
    }
}

/// Which rights of some rules are not among those of others.
enum RuleCoverage {
    /// One right: a verb on one resource (of one name, perhaps), or on one path.
    private struct Right {
        var verb: String
        var group = ""
        var resource = ""
        var name: String?
        var path: String?
        /// What the right is a right to, without the verb, as messages write it.
        var target: String {
            if let path { return "NonResourceURLs:[\"\(path)\"]" }
            let names = name.map { ", ResourceNames:[\"\($0)\"]" } ?? ""
            return "APIGroups:[\"\(group)\"], Resources:[\"\(resource)\"]\(names)"
        }
    }

    /// How many rights a refusal lists.
    private static let maximumListed = 100

    /// The missing rights in Kubernetes' notation, those to the same thing together; empty where `held` covers `granted`.
    static func missing(from held: [RoleIndex.Rule], of granted: [RoleIndex.Rule]) -> [String] {
        var verbs: [String: [String]] = [:]
        for rule in granted {
            for right in rights(of: rule) where !held.contains(where: { covers($0, right) }) {
                if verbs[right.target]?.contains(right.verb) != true { verbs[right.target, default: []].append(right.verb) }
            }
        }
        return verbs.map { target, verbs in
            let list = verbs.map { "\"\($0)\"" }.joined(separator: " ")
            return "{\(target), Verbs:[\(list)]}"
        }.sorted().prefix(maximumListed).map { $0 }
    }

    private static func rights(of rule: RoleIndex.Rule) -> [Right] {
        var rights: [Right] = []
        let names: [String?] = rule.names.isEmpty ? [nil] : rule.names
        for verb in rule.verbs {
            rights += rule.paths.map { Right(verb: verb, path: $0) }
            for group in rule.groups {
                for resource in rule.resources {
                    rights += names.map { Right(verb: verb, group: group, resource: resource, name: $0) }
                }
            }
        }
        return rights
    }

    private static func covers(_ rule: RoleIndex.Rule, _ right: Right) -> Bool {
        guard rule.verbs.contains("*") || rule.verbs.contains(right.verb) else { return false }
        if let path = right.path {
            return rule.paths.contains { $0 == path || ($0.hasSuffix("*") && path.hasPrefix($0.dropLast())) }
        }
        guard rule.groups.contains("*") || rule.groups.contains(right.group) else { return false }
        let isNamed = rule.names.isEmpty || right.name.map(rule.names.contains) == true
        return isNamed && rule.resources.contains { covers($0, right.resource) }
    }

    /// `*` covers every resource, `*/scale` the scale of every resource.
    private static func covers(_ pattern: String, _ resource: String) -> Bool {
        if pattern == "*" || pattern == resource { return true }
        guard pattern.hasPrefix("*/"), let slash = resource.firstIndex(of: "/") else { return false }
        return pattern.dropFirst() == resource[slash...]
    }
}
