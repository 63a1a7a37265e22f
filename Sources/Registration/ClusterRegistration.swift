import Client
import Kubernetes

/// What ties a member cluster to a control plane, and the steps that make and undo it. Each step may be repeated.
public struct ClusterRegistration: Sendable {
    /// Secrets of the member that its agent may hand to the control plane, as karmada-agent's `--report-secrets` names them.
    public enum ReportedSecret: String, CaseIterable, Sendable {
        /// Whoever has it may do everything in the member.
        case credentials = "KubeCredentials"
        /// Whoever has it may act as those whom the control plane lets use the cluster's proxy.
        case impersonator = "KubeImpersonator"
    }

    private static let systemLabel = ["karmada.io/system": "true"]
    private static let tokenPatience = Duration.seconds(30)

    /// The cluster's.
    private let name: String
    /// Of secrets and service accounts, in the control plane and in the member alike.
    private let namespace: String
    /// The Cluster's, without what is learnt from the member.
    private let spec: JSON

    public init(name: String, namespace: String, spec: JSON = [:]) {
        self.name = name
        self.namespace = namespace
        self.spec = spec
    }

    private var accountName: String { "karmada-\(name)" }
    private var impersonatorAccountName: String { "karmada-impersonator" }
    private var roleName: String { "karmada-controller-manager:\(accountName)" }

    // MARK: Join

    /// Registers a cluster that the control plane reaches itself (Push mode).
    public func join(_ member: any ObjectClient, to controlPlane: any ObjectClient, isDryRun: Bool = false) async throws {
        let identity = try await identity(of: member)
        try await refuseDouble(identity, in: controlPlane)
        guard !isDryRun else { return }
        let secrets = try await secrets(of: member, Set(ReportedSecret.allCases))
        try await inStep("create namespace \(namespace) in the control plane") {
            try await controlPlane.ensure(namespaceObject, in: .namespaces)
        }
        try await store(secrets, in: controlPlane)
        let cluster = try await inStep("create cluster(\(name)) object") {
            try await controlPlane.create(clusterObject(identity, secrets), in: Cluster.resource).decoded()
        }
        try await own(secrets, by: cluster, in: controlPlane)
    }

    /// Registers a cluster from beside it, with the rights of its agent (Pull mode). The control plane has the namespace already.
    public func enroll(
        _ member: any ObjectClient, in controlPlane: any ObjectClient, reporting reported: Set<ReportedSecret>
    ) async throws {
        let identity = try await identity(of: member)
        let key = ObjectKey(name: name)
        var cluster = try await controlPlane.find(Cluster.resource, key)?.decoded()
        if let cluster {
            guard cluster.spec["syncMode"]?.string == "Pull" else {
                throw RegistrationError("the name \(name) is taken by a Push mode cluster")
            }
            guard cluster.spec["id"]?.string == identity else {
                throw RegistrationError("the name \(name) is taken by another cluster")
            }
        }
        let secrets = try await secrets(of: member, reported)
        try await store(secrets, in: controlPlane)
        if cluster == nil {
            cluster = try await inStep("create cluster(\(name)) object") {
                try await controlPlane.create(clusterObject(identity, secrets), in: Cluster.resource).decoded()
            }
        }
        if let cluster { try await own(secrets, by: cluster, in: controlPlane) }
    }

    private func identity(of member: any ObjectClient) async throws -> String {
        try await inStep("obtain the ID of the cluster") {
            try await member.get(.namespaces, ObjectKey(name: "kube-system")).uid
        }
    }

    /// A cluster joins once: under one name, and a name stands for one cluster.
    private func refuseDouble(_ identity: String, in controlPlane: any ObjectClient) async throws {
        let clusters = try await inStep("list the clusters of the control plane") {
            try await controlPlane.list(Cluster.resource, ListOptions()).items.map { $0.decoded() }
        }
        if let same = clusters.first(where: { $0.spec["id"]?.string == identity }) {
            throw RegistrationError(
                same.name == name
                    ? "cluster(\(name)) has been joined already"
                    : "the cluster has been joined already, as \(same.name) (ID \(identity))")
        }
        if clusters.contains(where: { $0.name == name }) {
            throw RegistrationError("the name \(name) is taken by another cluster")
        }
    }

    // MARK: Credentials

    /// Makes the accounts in the member, and of their tokens the secrets that the control plane is to have.
    private func secrets(of member: any ObjectClient, _ wanted: Set<ReportedSecret>) async throws -> [ReportedSecret: Object] {
        guard !wanted.isEmpty else { return [:] }
        try await inStep("create namespace \(namespace) in the cluster") {
            try await member.ensure(namespaceObject, in: .namespaces)
        }
        var secrets: [ReportedSecret: Object] = [:]
        if wanted.contains(.impersonator) {
            let credentials = try await credentials(of: impersonatorAccountName, in: member)
            secrets[.impersonator] = secret("\(name)-impersonator", ["token": credentials["token"]])
        }
        if wanted.contains(.credentials) {
            try await inStep("grant access in the cluster") {
                try await member.ensure(serviceAccount(accountName), in: .serviceAccounts)
                try await member.ensure(clusterRole, in: .clusterRoles)
                try await member.ensure(clusterRoleBinding, in: .clusterRoleBindings)
            }
            let credentials = try await credentials(of: accountName, in: member)
            secrets[.credentials] = secret(name, ["caBundle": credentials["ca.crt"], "token": credentials["token"]])
        }
        return secrets
    }

    private func store(_ secrets: [ReportedSecret: Object], in controlPlane: any ObjectClient) async throws {
        try await inStep("store the cluster's credentials in the control plane") {
            for secret in secrets.values { try await controlPlane.ensure(secret, in: .secrets, replacing: ["data"]) }
        }
    }

    /// The secrets go with the cluster.
    private func own(
        _ secrets: [ReportedSecret: Object], by cluster: Object, in controlPlane: any ObjectClient
    ) async throws {
        try await inStep("hand the cluster's credentials to it") {
            for secret in secrets.values {
                try await controlPlane.modify(.secrets, secret.key) { stored in
                    stored.ownerReferences = [OwnerReference(controller: cluster)]
                    return true
                }
            }
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
                    throw RegistrationError(
                        "no token was issued within \(Self.tokenPatience.components.seconds) s", isFinal: false)
                }
                try await Task.sleep(for: .milliseconds(200))
            }
        }
    }

    // MARK: Leave

    /// Removes what registering left in the member.
    /// - Parameter onFailure: is told of a step that failed; may throw to give up.
    public func leave(_ member: any ObjectClient, onFailure: (any Error) throws -> Void) async throws {
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

    private func clusterObject(_ identity: String, _ secrets: [ReportedSecret: Object]) -> Object {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        object.spec = spec
        object.spec["id"] = .string(identity)
        for (reported, field) in [(ReportedSecret.credentials, "secretRef"), (.impersonator, "impersonatorSecretRef")] {
            guard let key = secrets[reported]?.key else { continue }
            object.spec[field] = ["namespace": .string(key.namespace), "name": .string(key.name)]
        }
        return object
    }
}
