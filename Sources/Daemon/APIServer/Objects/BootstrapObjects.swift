import Kubernetes

extension ObjectService {
    /// Creates what every cluster has from the start, where it is missing: namespaces, roles and their bindings. Roles get back
    /// the rules that they have lost, unless their annotation `autoupdate` says otherwise.
    func createBootstrapObjects() async throws(APIError) {
        for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
            try await createIfMissing(Object(apiVersion: "v1", kind: "Namespace", name: name))
        }
        for (name, value) in [("system-node-critical", 2_000_001_000), ("system-cluster-critical", 2_000_000_000)]
            as [(String, Int64)]
        {
            var priority = Object(apiVersion: "scheduling.k8s.io/v1", kind: "PriorityClass", name: name)
            priority["value"] = .integer(value)
            priority["description"] = "Used for system critical pods that must not be moved from their current node."
            try await createIfMissing(priority)
        }
        let isControlPlane = catalog.definition(of: GroupResource(group: "work.karmada.io", resource: "works")) != nil
        for object in DefaultRoles.all + (isControlPlane ? DefaultRoles.karmada : []) {
            try await createIfMissing(object)
            try await restoreRules(of: object)
        }
    }

    private func restoreRules(of role: Object) async throws(APIError) {
        guard let definition = catalog.definition(of: role.groupVersionKind), let wanted = role["rules"]?.array,
            let resource = catalog.stored(definition.groupResource),
            let stored = store.get(resource.collection, role.key)?.decoded(),
            stored.annotations[DefaultRoles.autoupdate] == "true"
        else { return }
        let rules = stored["rules"]?.array ?? []
        let lost = wanted.filter { !rules.contains($0) }
        guard !lost.isEmpty else { return }
        _ = try await update(resource, role.key, subresource: nil, WriteOptions()) { current in
            var changed = current
            changed["rules"] = .array(rules + lost)
            return changed
        }
    }

    private func createIfMissing(_ object: Object) async throws(APIError) {
        guard let definition = catalog.definition(of: object.groupVersionKind),
            let resource = catalog.served(definition.resource(object.groupVersionKind.version)),
            store.get(resource.collection, object.key) == nil
        else { return }
        do {
            let namespace = definition.isNamespaced ? object.namespace : nil
            _ = try await create(resource, object, namespace: namespace, WriteOptions())
        } catch  where error.reason == .alreadyExists {
            // Another server on the same store was quicker.
        }
    }
}
