import Client
import Kubernetes

/// What every control plane has from the start: the namespaces it keeps for itself, and the roles of those who use it.
struct ControlPlaneObjects {
    let plane: ControlPlane

    /// Creates what is missing; tries again until it is there or the task is cancelled.
    func create() async {
        let backoff = Backoff(initial: .milliseconds(100), maximum: .seconds(30))
        var failures = 0
        while !Task.isCancelled {
            do {
                for (object, resource) in Self.objects { _ = try await plane.client.createIfAbsent(object, in: resource) }
                return
            } catch {
                failures += 1
                plane.logger.debug("cannot create the control plane's own objects: \(error)")
                try? await Task.sleep(for: backoff.delay(afterFailures: failures))
            }
        }
    }

    private static var objects: [(Object, GroupVersionResource)] {
        [ReservedNamespace.system, ReservedNamespace.clusters].map { (namespace($0), Resource.namespaces) }
            + proxying + registering
    }

    /// As karmadactl's init has it: administrators reach the members through the clusters' proxies.
    private static var proxying: [(Object, GroupVersionResource)] {
        let rule: JSON = ["apiGroups": ["cluster.karmada.io"], "resources": ["clusters/proxy"], "verbs": ["*"]]
        return [
            (role("ClusterRole", "cluster-proxy-admin", [rule]), Resource.clusterRoles),
            (
                binding("ClusterRole", "cluster-proxy-admin", to: "cluster-proxy-admin", "User", "kubernetes-admin"),
                Resource.clusterRoleBindings
            ),
        ]
    }

    /// Whoever has a bootstrap token may ask for an agent's certificate; everybody may learn whom to trust.
    private static var registering: [(Object, GroupVersionResource)] {
        let info = "system:karmada:bootstrap-signer-clusterinfo"
        let rule: JSON = [
            "apiGroups": [""], "resources": ["configmaps"], "resourceNames": ["cluster-info"], "verbs": ["get"],
        ]
        return [
            (role("Role", info, in: "kube-public", [rule]), .roles),
            (binding("Role", info, in: "kube-public", to: info, "User", "system:anonymous"), .roleBindings),
            (
                binding(
                    "ClusterRole", "system:karmada:agent-bootstrap", to: "system:node-bootstrapper", "Group",
                    "system:bootstrappers:karmada:default-cluster-token"),
                Resource.clusterRoleBindings
            ),
        ]
    }

    private static func namespace(_ name: String) -> Object {
        var namespace = Object(apiVersion: "v1", kind: "Namespace", name: name)
        namespace.labels = [Label.system: "true"]
        return namespace
    }

    private static func role(_ kind: String, _ name: String, in namespace: String = "", _ rules: [JSON]) -> Object {
        var role = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: kind, namespace: namespace, name: name)
        role.labels = [Label.bootstrapping: "rbac-defaults"]
        role["rules"] = .array(rules)
        return role
    }

    private static func binding(
        _ kind: String, _ name: String, in namespace: String = "", to role: String, _ subjectKind: String, _ subject: String
    ) -> Object {
        var binding = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "\(kind)Binding", namespace: namespace, name: name)
        binding.labels = [Label.bootstrapping: "rbac-defaults"]
        binding["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": .string(kind), "name": .string(role)]
        binding["subjects"] = [
            ["apiGroup": "rbac.authorization.k8s.io", "kind": .string(subjectKind), "name": .string(subject)]
        ]
        return binding
    }
}
