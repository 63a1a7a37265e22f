import Kubernetes

extension KindRules {
    static let ingress = KindRules(
        aggregateStatus: LoadBalancerStatus.aggregate,
        isHealthy: LoadBalancerStatus.hasAddress,
        dependencies: { object throws(InterpreterError) in
            try object.json.list("spec", "tls").enumerated().map { index, tls throws(InterpreterError) in
                guard let name = try tls.text("secretName", within: "spec.tls[\(index)]."), !name.isEmpty else {
                    throw InterpreterError(field: "spec.tls[\(index)].secretName", message: "required")
                }
                return DependentObjectReference(apiVersion: "v1", kind: "Secret", namespace: object.namespace, name: name)
            }
        })
}
