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

/// SplitMix64: the same numbers in every run.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
