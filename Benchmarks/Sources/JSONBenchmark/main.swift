import Foundation
import Kubernetes

// Parses and encodes typical API objects for a second of CPU time each, and prints MB/s of the encoded form: our parser and tree
// beside Foundation's, and beside JSONDecoder into an enum, which is how a JSON value is commonly written in Swift.

/// A Deployment as kubectl sends and the API server stores it, status and managed annotations included.
let deployment = """
    {"apiVersion":"apps/v1","kind":"Deployment","metadata":{"annotations":{"deployment.kubernetes.io/revision":"1",\
    "example.com/description":"The shop's front end; answers on 8080."},"creationTimestamp":"2026-01-02T03:04:05Z",\
    "generation":3,"labels":{"app.kubernetes.io/component":"front","app.kubernetes.io/name":"shop"},"name":"shop-front",\
    "namespace":"production","resourceVersion":"184467","uid":"0b1f7c5e-6a54-4a0e-9c2c-5cbb1c7f1e11"},"spec":{\
    "progressDeadlineSeconds":600,"replicas":12,"revisionHistoryLimit":10,"selector":{"matchLabels":{\
    "app.kubernetes.io/name":"shop"}},"strategy":{"rollingUpdate":{"maxSurge":"25%","maxUnavailable":"25%"},\
    "type":"RollingUpdate"},"template":{"metadata":{"labels":{"app.kubernetes.io/name":"shop"}},"spec":{"containers":[{\
    "env":[{"name":"LOG_LEVEL","value":"info"},{"name":"POD_NAME","valueFrom":{"fieldRef":{"apiVersion":"v1",\
    "fieldPath":"metadata.name"}}}],"image":"registry.example.com/shop/front:4.2.1","imagePullPolicy":"IfNotPresent",\
    "livenessProbe":{"failureThreshold":3,"httpGet":{"path":"/healthz","port":8080,"scheme":"HTTP"},"periodSeconds":10,\
    "successThreshold":1,"timeoutSeconds":1},"name":"front","ports":[{"containerPort":8080,"name":"http","protocol":"TCP"}],\
    "resources":{"limits":{"cpu":"2","memory":"1Gi"},"requests":{"cpu":"250m","memory":"512Mi"}},\
    "terminationMessagePath":"/dev/termination-log","terminationMessagePolicy":"File"}],"dnsPolicy":"ClusterFirst",\
    "restartPolicy":"Always","schedulerName":"default-scheduler","securityContext":{},"terminationGracePeriodSeconds":30}}},\
    "status":{"availableReplicas":12,"conditions":[{"lastTransitionTime":"2026-01-02T03:04:09Z","lastUpdateTime":\
    "2026-01-02T03:04:09Z","message":"Deployment has minimum availability.","reason":"MinimumReplicasAvailable",\
    "status":"True","type":"Available"}],"observedGeneration":3,"readyReplicas":12,"replicas":12,"updatedReplicas":12}}
    """

/// Runs `work` on `bytes` bytes again and again for a second of CPU time, and prints the throughput.
func measure(_ name: String, bytes: Int, _ work: () throws -> Void) rethrows {
    try work()
    let begin = clock()
    var rounds = 0
    while clock() - begin < CLOCKS_PER_SEC {
        for _ in 0..<max(1, 100_000 / bytes) { try work() }
        rounds += max(1, 100_000 / bytes)
    }
    let taken = Double(clock() - begin) / Double(CLOCKS_PER_SEC)
    let padded = name.padding(toLength: 54, withPad: " ", startingAt: 0)
    let (throughput, each) = (Double(bytes * rounds) / taken / 1e6, taken / Double(rounds) * 1e6)
    print(padded, String(format: "%8.1f MB/s  %8.2f µs each", throughput, each))
}

/// A JSON value as Codable makes it.
enum DecodedValue: Decodable {
    case null, bool(Bool), integer(Int64), number(Double), string(String), array([DecodedValue]), object([String: DecodedValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([DecodedValue].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: DecodedValue].self))
        }
    }
}

let one = Array(deployment.utf8)
let list = Array("{\"items\":[\((0..<200).map { _ in deployment }.joined(separator: ","))]}".utf8)
for (name, bytes) in [("a Deployment, \(one.count) B", one), ("a list of 200, \(list.count) B", list)] {
    let value = try JSON(parsing: bytes)
    try measure("parse \(name)", bytes: bytes.count) { _ = try JSON(parsing: bytes) }
    measure("encode \(name)", bytes: bytes.count) { _ = value.encoded() }
    let data = Data(bytes)
    try measure("JSONSerialization, parse \(name)", bytes: bytes.count) {
        _ = try JSONSerialization.jsonObject(with: data)
    }
    try measure("JSONDecoder into an enum, \(name)", bytes: bytes.count) {
        _ = try JSONDecoder().decode(DecodedValue.self, from: data)
    }
}
