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

    /// Where Karmada keeps clusters' Secrets, in the control plane, and its accounts, in the members.
    public static let defaultNamespace = "karmada-cluster"
    private static let systemLabel = ["karmada.io/system": "true"]
    private static let tokenPatience = Duration.seconds(30)

    /// The cluster's.
    private let name: String
    /// Of secrets and service accounts, in the control plane and in the member alike.
    private let namespace: String
    /// The Cluster's, without what is learnt from the member.
    private let spec: JSON

    public init(name: String, namespace: String?, spec: JSON = [:]) {
        self.name = name
        self.namespace = namespace ?? Self.defaultNamespace
        self.spec = spec
    }

    private var accountName: String { "karmada-\(name)" }
    private var impersonatorAccountName: String { "karmada-impersonator" }
    private var roleName: String { "karmada-controller-manager:\(accountName)" }

    // MARK: Join

    /// Registers a cluster that the control plane reaches itself (Push mode).
    public func join(_ member: any ObjectClient, to controlPlane: any ObjectClient, isDryRun: Bool = false) async throws {
        let identity = try await ClusterIdentity(of: member)
        try await identity.check(against: controlPlane, option: "--cluster-kubeconfig")
        try await refuseDouble(identity, in: controlPlane)
        guard !isDryRun else { return }
        let secrets = try await secrets(of: member, Set(ReportedSecret.allCases))
        try await inStep("create namespace \(namespace) in the control plane") {
            try await controlPlane.ensure(namespaceObject, in: .namespaces)
        }
        let new = try await missing(secrets, in: controlPlane)
        let cluster: Object
        do {
            try await store(secrets, in: controlPlane)
            cluster = try await create(identity, secrets, in: controlPlane)
        } catch {
            await withdraw(new, from: controlPlane)
            throw RegistrationError(
                "\(error); the control plane's accounts in the cluster, in namespace \(namespace), stay for the next try")
        }
        try await own(secrets, by: cluster, in: controlPlane)
    }

    /// Registers a cluster from beside it, with the rights of its agent (Pull mode). The control plane has the namespace already.
    public func enroll(
        _ member: any ObjectClient, in controlPlane: any ObjectClient, reporting reported: Set<ReportedSecret>
    ) async throws {
        let identity = try await ClusterIdentity(of: member)
        try await identity.check(against: controlPlane, option: "--member-kubeconfig")
        let key = ObjectKey(name: name)
        var cluster = try await controlPlane.find(Cluster.resource, key)?.decoded()
        if let cluster {
            guard cluster.spec["syncMode"]?.string == "Pull" else {
                throw RegistrationError("the name \(name) is taken by a Push mode cluster")
            }
            guard cluster.spec["id"]?.string == identity.description else {
                throw RegistrationError("the name \(name) is taken by another cluster")
            }
        }
        let secrets = try await secrets(of: member, reported)
        try await store(secrets, in: controlPlane)
        if cluster == nil { cluster = try await create(identity, secrets, in: controlPlane) }
        if let cluster { try await own(secrets, by: cluster, in: controlPlane) }
    }

    private func create(
        _ identity: ClusterIdentity, _ secrets: [ReportedSecret: Object], in controlPlane: any ObjectClient
    ) async throws -> Object {
        try await inStep("create cluster(\(name)) object") {
            try await controlPlane.create(clusterObject(identity, secrets), in: Cluster.resource).decoded()
        }
    }

    /// A cluster joins once: under one name, and a name stands for one cluster.
    private func refuseDouble(_ identity: ClusterIdentity, in controlPlane: any ObjectClient) async throws {
        let clusters = try await inStep("list the clusters of the control plane") {
            try await controlPlane.list(Cluster.resource, ListOptions()).items.map { $0.decoded() }
        }
        if let same = clusters.first(where: { $0.spec["id"]?.string == identity.description }) {
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

    /// Those of the secrets that the control plane does not have yet.
    private func missing(
        _ secrets: [ReportedSecret: Object], in controlPlane: any ObjectClient
    ) async throws -> [ObjectKey] {
        try await inStep("look for the cluster's credentials in the control plane") {
            var missing: [ObjectKey] = []
            for secret in secrets.values {
                if try await controlPlane.find(.secrets, secret.key) == nil { missing.append(secret.key) }
            }
            return missing
        }
    }

    /// Takes secrets back that no Cluster owns. That it could not be created may be untrue: its answer was lost.
    private func withdraw(_ secrets: [ObjectKey], from controlPlane: any ObjectClient) async {
        do {
            guard try await controlPlane.find(Cluster.resource, ObjectKey(name: name)) == nil else { return }
            for key in secrets { try await controlPlane.deleteIfPresent(.secrets, key) }
        } catch {
            // What failed before this is told.
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

    /// Whether there is anything in the member by which the control plane could do what it likes there.
    func hasAccount(in member: any ObjectClient) async throws -> Bool {
        try await inStep("look for the control plane's account in the cluster") {
            if try await member.find(.serviceAccounts, ObjectKey(namespace: namespace, name: accountName)) != nil { return true }
            return try await member.find(.clusterRoleBindings, ObjectKey(name: roleName)) != nil
        }
    }

    /// Removes what registering left in the member.
    /// - Parameter onFailure: is told of a step that failed; may throw to give up.
    func leave(_ member: any ObjectClient, onFailure: (any Error) throws -> Void) async throws {
        var steps: [(GroupVersionResource, ObjectKey)] = [
            (.clusterRoleBindings, ObjectKey(name: roleName)), (.clusterRoles, ObjectKey(name: roleName)),
        ]
        do {
            if try await ownsNamespace(in: member) {
                steps.append((.namespaces, ObjectKey(name: namespace)))
            } else {
                // The account last: a second try finds by it that there is something to do.
                for account in [impersonatorAccountName, accountName] {
                    steps.append((.serviceAccounts, ObjectKey(namespace: namespace, name: account)))
                }
            }
        } catch {
            try onFailure(error)
        }
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

    /// Whether the namespace in the member is there for the accounts only, rather than one that registering found there.
    private func ownsNamespace(in member: any ObjectClient) async throws -> Bool {
        if namespace == Self.defaultNamespace { return true }
        return try await inStep("read namespace \(namespace) in the cluster") {
            let labels = try await member.find(.namespaces, ObjectKey(name: namespace))?.labels ?? [:]
            return Self.systemLabel.allSatisfy { labels[$0.key] == $0.value }
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

    private func clusterObject(_ identity: ClusterIdentity, _ secrets: [ReportedSecret: Object]) -> Object {
        var object = Object(apiVersion: "cluster.karmada.io/v1alpha1", kind: "Cluster", name: name)
        object.spec = spec
        object.spec["id"] = .string(identity.description)
        for (reported, field) in [(ReportedSecret.credentials, "secretRef"), (.impersonator, "impersonatorSecretRef")] {
            guard let key = secrets[reported]?.key else { continue }
            object.spec[field] = ["namespace": .string(key.namespace), "name": .string(key.name)]
        }
        return object
    }
}
