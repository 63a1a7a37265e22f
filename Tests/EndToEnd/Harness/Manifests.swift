import Testing

/// Short manifests, as users would write them.
enum Manifest {
    static func namespace(_ name: String) -> String { "apiVersion: v1\nkind: Namespace\nmetadata: {name: \(name)}\n---\n" }

    static func configMap(_ name: String, _ namespace: String, _ value: String = "1") -> String {
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: \(name), namespace: \(namespace), labels: {app: \(name)}}
        data: {key: "\(value)"}
        ---

        """
    }

    static func deployment(_ name: String, _ namespace: String, replicas: Int = 1, _ pod: String = "") -> String {
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: \(name), namespace: \(namespace), labels: {app: \(name)}}
        spec:
          replicas: \(replicas)
          selector: {matchLabels: {app: \(name)}}
          template:
            metadata: {labels: {app: \(name)}}
            spec:
              containers: [{name: main, image: "registry.example.com/web:1.0", command: [serve], args: [--port=80]}]
              \(pod)
        ---

        """
    }

    /// - Parameters:
    ///   - selector: what it selects, in braces.
    ///   - clusters: names, separated by commas.
    ///   - more: further lines of the spec, indented by two.
    static func policy(
        _ name: String, _ namespace: String?, _ selector: String, to clusters: String, _ more: String = ""
    ) -> String {
        """
        apiVersion: policy.karmada.io/v1alpha1
        kind: \(namespace == nil ? "ClusterPropagationPolicy" : "PropagationPolicy")
        metadata: {name: \(name)\(namespace.map { ", namespace: \($0)" } ?? "")}
        spec:
          resourceSelectors: [\(selector)]
          placement: {clusterAffinity: {clusterNames: [\(clusters)]}}
        \(more)
        ---

        """
    }

    /// Lets a ServiceAccount of the namespace `default`, and its groups, through the proxy of a cluster.
    static func proxyRights(_ account: String, in cluster: String) -> String {
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRole
        metadata: {name: \(cluster)-proxy}
        rules:
        - {apiGroups: [cluster.karmada.io], resources: [clusters/proxy], resourceNames: [\(cluster)], verbs: ["*"]}
        ---
        apiVersion: rbac.authorization.k8s.io/v1
        kind: ClusterRoleBinding
        metadata: {name: \(cluster)-proxy}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: \(cluster)-proxy}
        subjects:
        - {kind: ServiceAccount, namespace: default, name: \(account)}
        - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts"}
        - {apiGroup: rbac.authorization.k8s.io, kind: Group, name: "system:serviceaccounts:default"}
        """
    }
}

extension Daemon {
    /// `kubectl apply` of a text; what is wrong is recorded.
    func apply(_ manifests: String, _ location: SourceLocation = #_sourceLocation) async throws {
        let applied = try await kubectl("apply", "-f", "-", input: manifests)
        #expect(applied.status == 0, "\(applied.errors)", sourceLocation: location)
    }

    /// A part of an object, by JSONPath; empty where the object or the part is not there.
    func value(_ path: String, of object: String..., in namespace: String = "default") async throws -> String {
        try await kubectl(["get"] + object + ["-n", namespace, "-o", "jsonpath={\(path)}", "--ignore-not-found"]).output
    }

    /// `REASON MESSAGE` of each event about the objects of a namespace.
    func events(in namespace: String = "default") async throws -> String {
        let template = "{range .items[*]}{.reason} {.involvedObject.name} {.message}{\"\\n\"}{end}"
        return try await kubectl("get", "events", "-n", namespace, "-o", "jsonpath=\(template)").output
    }
}
