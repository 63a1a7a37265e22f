import Kubernetes

extension KindRules {
    /// The Service that Karmada derives from a ServiceImport, and the slices of its endpoints.
    static let serviceImport = KindRules(
        dependencies: { object throws(InterpreterError) in
            let service = "derived-\(object.name)"
            return [
                DependentObjectReference(apiVersion: "v1", kind: "Service", namespace: object.namespace, name: service),
                DependentObjectReference(
                    apiVersion: "discovery.k8s.io/v1", kind: "EndpointSlice", namespace: object.namespace,
                    matchLabels: ["kubernetes.io/service-name": service]),
            ]
        })
}
