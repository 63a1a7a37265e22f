import Kubernetes

extension PodTemplate {
    /// InterpretDependency of the kinds with `spec.template`.
    @Sendable static func dependencies(_ object: Object) throws(InterpreterError) -> [DependentObjectReference] {
        try dependencies(object, at: "spec", "template", "spec")
    }

    /// What the pods whose spec is at `path` refer to by name: ConfigMaps, Secrets, a ServiceAccount, claims.
    static func dependencies(_ object: Object, at path: String...) throws(InterpreterError) -> [DependentObjectReference] {
        try dependencies(object, at: path)
    }

    static func dependencies(_ object: Object, at path: [String]) throws(InterpreterError) -> [DependentObjectReference] {
        guard let spec = try object.json.members(path) else { return [] }
        var names = PodReferences()
        try names.visit(spec)
        return names.sorted(namespace: object.namespace)
    }
}

/// The names that a pod spec refers to.
private struct PodReferences {
    private var configMaps: Set<String> = []
    private var secrets: Set<String> = []
    private var serviceAccounts: Set<String> = []
    private var claims: Set<String> = []

    func sorted(namespace: String) -> [DependentObjectReference] {
        let kinds = [
            ("ConfigMap", configMaps), ("Secret", secrets), ("ServiceAccount", serviceAccounts),
            ("PersistentVolumeClaim", claims),
        ]
        return kinds.flatMap { kind, names in
            names.filter { !$0.isEmpty }.sorted().map {
                DependentObjectReference(apiVersion: "v1", kind: kind, namespace: namespace, name: $0)
            }
        }
    }

    mutating func visit(_ spec: JSON) throws(InterpreterError) {
        for reference in try spec.list("imagePullSecrets") { insert(reference["name"], into: &secrets) }
        // Every namespace has an account named default.
        if let account = try spec.text("serviceAccountName"), account != "default" { serviceAccounts.insert(account) }
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            for container in try spec.list(list) {
                for source in try container.list("envFrom") {
                    insert(source["configMapRef", "name"], into: &configMaps)
                    insert(source["secretRef", "name"], into: &secrets)
                }
                for variable in try container.list("env") {
                    insert(variable["valueFrom", "configMapKeyRef", "name"], into: &configMaps)
                    insert(variable["valueFrom", "secretKeyRef", "name"], into: &secrets)
                }
            }
        }
        for volume in try spec.list("volumes") { try visit(volume: volume) }
    }

    private mutating func visit(volume: JSON) throws(InterpreterError) {
        insert(volume["configMap", "name"], into: &configMaps)
        insert(volume["secret", "secretName"], into: &secrets)
        insert(volume["persistentVolumeClaim", "claimName"], into: &claims)
        insert(volume["azureFile", "secretName"], into: &secrets)
        insert(volume["csi", "nodePublishSecretRef", "name"], into: &secrets)
        for source in ["cephfs", "cinder", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos"] {
            insert(volume[source, "secretRef", "name"], into: &secrets)
        }
        for source in try volume.list("projected", "sources") {
            insert(source["configMap", "name"], into: &configMaps)
            insert(source["secret", "name"], into: &secrets)
        }
    }

    private func insert(_ name: JSON?, into names: inout Set<String>) {
        if let name = name?.string { names.insert(name) }
    }
}
