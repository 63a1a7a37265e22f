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
        [ReservedNamespace.system, ReservedNamespace.clusters].map { (namespace($0), Resource.namespaces) } + [
            // As karmadactl's init has it: administrators reach the members through the clusters' proxies.
            (
                role("cluster-proxy-admin", [["apiGroups": ["cluster.karmada.io"], "resources": ["clusters/proxy"], "verbs": ["*"]]]),
                Resource.clusterRoles
            ),
            (binding("cluster-proxy-admin", to: "User", "kubernetes-admin"), Resource.clusterRoleBindings),
        ]
    }

    private static func namespace(_ name: String) -> Object {
        var namespace = Object(apiVersion: "v1", kind: "Namespace", name: name)
        namespace.labels = [Label.system: "true"]
        return namespace
    }

    private static func role(_ name: String, _ rules: [JSON]) -> Object {
        var role = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: name)
        role.labels = [Label.bootstrapping: "rbac-defaults"]
        role["rules"] = .array(rules)
        return role
    }

    private static func binding(_ role: String, to kind: String, _ subject: String) -> Object {
        var binding = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: role)
        binding.labels = [Label.bootstrapping: "rbac-defaults"]
        binding["roleRef"] = ["apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(role)]
        binding["subjects"] = [["apiGroup": "rbac.authorization.k8s.io", "kind": .string(kind), "name": .string(subject)]]
        return binding
    }
}
