import Client
import Kubernetes

/// What ties a member cluster to a control plane, and the steps that make and undo it. Each step may be repeated.
struct ClusterRegistration {
    static let systemLabel = ["karmada.io/system": "true"]
    private static let tokenPatience = Duration.seconds(30)

    /// The cluster's.
    let name: String
    /// Of secrets and service accounts, in the control plane and in the member alike.
    let namespace: String
    /// The Cluster's, without what is learnt from the member.
    var spec: JSON = [:]

    private var accountName: String { "karmada-\(name)" }
    private var impersonatorAccountName: String { "karmada-impersonator" }
    private var roleName: String { "karmada-controller-manager:\(accountName)" }

    // MARK: Join

    func join(_ member: any ObjectClient, to controlPlane: any ObjectClient, isDryRun: Bool = false) async throws {
        let identity = try await inStep("obtain the ID of the cluster") {
            try await member.get(.namespaces, ObjectKey(name: "kube-system")).uid
        }
        try await refuseDouble(identity, in: controlPlane)
        guard !isDryRun else { return }

        try await inStep("create namespace \(namespace) in the cluster") {
            try await member.ensure(namespaceObject, in: .namespaces)
        }
        let impersonator = try await credentials(of: impersonatorAccountName, in: member)
        try await inStep("grant access in the cluster") {
            try await member.ensure(serviceAccount(accountName), in: .serviceAccounts)
            try await member.ensure(clusterRole, in: .clusterRoles)
            try await member.ensure(clusterRoleBinding, in: .clusterRoleBindings)
        }
        let credentials = try await credentials(of: accountName, in: member)

        try await inStep("create namespace \(namespace) in the control plane") {
            try await controlPlane.ensure(namespaceObject, in: .namespaces)
        }
        var secrets = [
            secret("\(name)-impersonator", ["token": impersonator["token"]]),
            secret(name, ["caBundle": credentials["ca.crt"], "token": credentials["token"]]),
        ]
        try await inStep("store the cluster's credentials in the control plane") {
            for secret in secrets { try await controlPlane.ensure(secret, in: .secrets, replacing: ["data"]) }
        }
        let cluster = try await inStep("create cluster(\(name)) object") {
            try await controlPlane.create(clusterObject(identity), in: .clusters).decoded()
        }
        // The secrets go with the cluster.
        for index in secrets.indices { secrets[index].ownerReferences = [OwnerReference(controller: cluster)] }
        try await inStep("hand the cluster's credentials to it") {
            for secret in secrets {
                try await controlPlane.modify(.secrets, secret.key) { stored in
                    stored.ownerReferences = secret.ownerReferences
                    return true
                }
            }
        }
    }

    /// A cluster joins once: under one name, and a name stands for one cluster.
    private func refuseDouble(_ identity: String, in controlPlane: any ObjectClient) async throws {
        let clusters = try await inStep("list the clusters of the control plane") {
            try await controlPlane.list(.clusters, ListOptions()).items.map { $0.decoded() }
        }
        if let same = clusters.first(where: { $0.spec["id"]?.string == identity }) {
            throw CommandFailure(
                same.name == name
                    ? "cluster(\(name)) has been joined already"
                    : "the cluster has been joined already, as \(same.name) (ID \(identity))")
        }
        if clusters.contains(where: { $0.name == name }) {
            throw CommandFailure("the name \(name) is taken by another cluster")
        }
    }

    /// The token of a service account and the certificates that its server shows, base64 both, as its Secret has them.
    private func credentials(of account: String, in member: any ObjectClient) async throws -> JSON {
        try await inStep("obtain the token of service account \(namespace)/\(account)") {
            try await member.ensure(serviceAccount(account), in: .serviceAccounts)
            var secret = Object(apiVersion: "v1", kind: "Secret", namespace: namespace, name: account)
            secret.labels = Self.systemLabel
            secret.annotations = ["kubernetes.io/service-account.name": account]
            secret["type"] = "kubernetes.io/service-account-token"
            try await member.ensure(secret, in: .secrets)
            // The cluster's token controller fills it in.
            let deadline = ContinuousClock.now + Self.tokenPatience
            while true {
                let data = try await member.get(.secrets, secret.key).decoded()["data"] ?? .null
                if data["token"]?.string?.isEmpty == false { return data }
                guard ContinuousClock.now < deadline else {
                    throw CommandFailure("no token was issued within \(Self.tokenPatience.components.seconds) s")
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    // MARK: Unjoin

    /// Removes what `join` left in the member.
    /// - Parameter onFailure: is told of a step that failed; may throw to give up.
    func leave(_ member: any ObjectClient, onFailure: (any Error) throws -> Void) async throws {
        let steps: [(GroupVersionResource, ObjectKey)] = [
            (.clusterRoleBindings, ObjectKey(name: roleName)), (.clusterRoles, ObjectKey(name: roleName)),
            (.serviceAccounts, ObjectKey(namespace: namespace, name: accountName)), (.namespaces, ObjectKey(name: namespace)),
        ]
        for (resource, key) in steps {
            do {
                try await inStep("delete \(resource.resource) \(key) in the cluster") {
                    try await member.deleteIfPresent(resource, key)
                }
            } catch {
                try onFailure(error)
            }
        }
    }

    // MARK: Objects

    private var namespaceObject: Object {
        var object = Object(apiVersion: "v1", kind: "Namespace", name: namespace)
        object.labels = Self.systemLabel
        return object
    }

    private func serviceAccount(_ name: String) -> Object {
        var object = Object(apiVersion: "v1", kind: "ServiceAccount", namespace: namespace, name: name)
        object.labels = Self.systemLabel
        return object
    }

    private var clusterRole: Object {
        var object = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: roleName)
        object.labels = Self.systemLabel
        object["rules"] = [
            ["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]], ["verbs": ["get"], "nonResourceURLs": ["*"]],
        ]
        return object
    }

    private var clusterRoleBinding: Object {
        var object = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: roleName)
        object.labels = Self.systemLabel
        object["subjects"] = [["kind": "ServiceAccount", "name": .string(accountName), "namespace": .string(namespace)]]
        object["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(roleName)]
        return object
    }

    private func secret(_ name: String, _ data: [String: JSON?]) -> Object {
        var object = Object(apiVersion: "v1", kind: "Secret", namespace: namespace, name: name)
        object.labels = Self.systemLabel
        object["type"] = "Opaque"
        object["data"] = .object(JSONObject(data.compactMap { key, value in value.map { (key, $0) } }))
        return object
    }

    private func clusterObject(_ identity: String) -> Object {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        object.spec = spec
        object.spec["id"] = .string(identity)
        object.spec["secretRef"] = ["namespace": .string(namespace), "name": .string(name)]
        object.spec["impersonatorSecretRef"] = ["namespace": .string(namespace), "name": .string("\(name)-impersonator")]
        return object
    }
}

extension GroupVersionResource {
    static let namespaces = GroupVersionResource(group: "", version: "v1", resource: "namespaces")
    static let secrets = GroupVersionResource(group: "", version: "v1", resource: "secrets")
    static let serviceAccounts = GroupVersionResource(group: "", version: "v1", resource: "serviceaccounts")
    static let clusterRoles = rbac("clusterroles")
    static let clusterRoleBindings = rbac("clusterrolebindings")
    static let clusters = GroupVersionResource(group: "cluster.karmada.io", version: "v1alpha1", resource: "clusters")
    static let works = GroupVersionResource(group: "work.karmada.io", version: "v1alpha1", resource: "works")

    private static func rbac(_ resource: String) -> GroupVersionResource {
        GroupVersionResource(group: "rbac.authorization.k8s.io", version: "v1", resource: resource)
    }
}

extension ObjectClient {
    /// Creates the object where there is none of its name.
    /// - Parameter fields: what an object that is there gets of this one.
    func ensure(_ object: Object, in resource: GroupVersionResource, replacing fields: [String] = []) async throws(APIError) {
        do {
            _ = try await create(object, in: resource)
        } catch where error.reason == .alreadyExists {
            guard !fields.isEmpty else { return }
            try await modify(resource, object.key) { stored in
                for field in fields { stored[field] = object[field] }
                return true
            }
        }
    }

    func deleteIfPresent(_ resource: GroupVersionResource, _ key: ObjectKey) async throws(APIError) {
        do {
            try await delete(resource, key)
        } catch where error.reason == .notFound {
        }
    }
}

/// Does `body`; its failure says what it was that failed.
func inStep<Result>(_ step: String, _ body: () async throws -> Result) async throws -> Result {
    do {
        return try await body()
    } catch {
        throw CommandFailure("failed to \(step): \(error)")
    }
}
