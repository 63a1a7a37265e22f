import Kubernetes

/// Keeps the agents of Pull mode clusters apart, whatever the roles say: RBAC cannot restrict the names of what is created, and
/// a role that is too wide must not open other clusters (as the admission plugin NodeRestriction does for kubelets).
enum AgentRestriction {
    private static let group = "system:karmada:agents"
    private static let userPrefix = "system:karmada:agent:"
    /// Not an agent: karmadactl's user for making agents' roles.
    private static let generator = "rbac-generator"
    private static let executionPrefix = "karmada-es-"
    private static let clusterNamespace = "karmada-cluster"

    /// The cluster whose agent the user is; nil for other users.
    static func cluster(of user: UserInfo) -> String? {
        guard user.groups.contains(group), user.name.hasPrefix(userPrefix) else { return nil }
        let cluster = String(user.name.dropFirst(userPrefix.count))
        return cluster == generator ? nil : cluster
    }

    /// Whether the request is about another cluster's Works.
    static func forbids(_ attributes: AuthorizationAttributes) -> Bool {
        guard let cluster = cluster(of: attributes.user), case .resource(_, _, _, let namespace, _) = attributes.target else {
            return false
        }
        return namespace.hasPrefix(executionPrefix) && namespace != executionPrefix + cluster
    }

    /// - Parameter old: nil where `new` is created.
    /// - Throws: `Forbidden` where an agent makes something that is another cluster's, or points its own at what is not its own.
    static func check(_ new: Object, old: Object?, _ collection: GroupResource, by user: UserInfo) throws(APIError) {
        guard let cluster = cluster(of: user) else { return }
        func refusal(_ why: String) -> APIError {
            APIError(
                code: 403, reason: .forbidden,
                message: "\(collection) \"\(new.name)\" is forbidden: the agent of cluster \(cluster) \(why)",
                details: .init(name: new.name, group: collection.group, kind: collection.resource))
        }
        let secrets = [cluster, cluster + "-impersonator"]
        switch (collection.group, collection.resource) {
        case ("cluster.karmada.io", "clusters"):
            guard new.name == cluster else { throw refusal("may only write its own Cluster") }
            guard new.spec["syncMode"]?.string == "Pull" else { throw refusal("may only register in Pull mode") }
            for reference in [new.spec["secretRef"], new.spec["impersonatorSecretRef"]] {
                guard let reference, !reference.isNull else { continue }
                guard reference["namespace"]?.string == clusterNamespace, secrets.contains(reference["name"]?.string ?? "") else {
                    throw refusal("may only refer to its own Secrets")
                }
            }
        case ("coordination.k8s.io", "leases") where old == nil:
            guard new.name == cluster else { throw refusal("may only create its own Lease") }
        case ("", "secrets") where old == nil:
            guard secrets.contains(new.name) else { throw refusal("may only create its own Secrets") }
        default: break
        }
    }
}
