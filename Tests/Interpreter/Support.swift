import Kubernetes
import Testing

@testable import Interpreter

/// Reads one object from YAML.
func object(_ yaml: String) throws -> Object {
    Object(try value(yaml))
}

/// Reads one value from YAML.
func value(_ yaml: String) throws -> JSON {
    try #require(try YAML.parse(yaml).first).json
}

/// What a member reports, read from YAML; nil: nothing yet.
func item(_ cluster: String, _ status: String?) throws -> AggregatedStatusItem {
    AggregatedStatusItem(clusterName: cluster, status: try status.map(value), applied: true)
}

/// A workload with one container.
func workload(_ kind: String, apiVersion: String = "apps/v1", replicas: Int = 2) throws -> Object {
    try object(
        """
        apiVersion: \(apiVersion)
        kind: \(kind)
        metadata: {name: web, namespace: default, generation: 3}
        spec:
          replicas: \(replicas)
          template: {spec: {containers: [{name: main, image: nginx}]}}
        """)
}
