import Kubernetes
import Testing

@testable import Interpreter

/// Members can send anything, and so can users of kinds that no API server checked: the answer may be an error, never a crash.
@Suite struct MalformedObjectTests {
    private static let fields = [
        "active", "clusterIP", "conditions", "containers", "disruptedPods", "env", "generation", "imagePullSecrets", "ingress",
        "initContainers", "ip", "items", "jobTemplate", "labels", "lastScheduleTime", "limits", "loadBalancer", "matchLabels",
        "metadata", "name", "observedGeneration", "overhead", "parallelism", "phase", "ports", "replicas", "requests",
        "resources", "secretName", "secrets", "selector", "spec", "startTime", "status", "template", "tls", "type",
        "volumeClaimTemplates", "volumes", "cpu",
    ]

    private static func value(depth: Int, _ random: inout SeededGenerator) -> JSON {
        switch Int.random(in: 0..<(depth > 0 ? 14 : 8), using: &random) {
        case 0: .null
        case 1: .bool(true)
        case 2: .integer(Int64.random(in: -3...9, using: &random))
        case 3: .integer(random.next() % 2 == 0 ? .max : .min)
        case 4: .number(1.5)
        case 5: .string("")
        case 6: .string("LoadBalancer")
        case 7: .string("9223372036854775807Ei")
        case 8, 9: .array((0..<2).map { _ in value(depth: depth - 1, &random) })
        default: object(depth: depth - 1, &random)
        }
    }

    private static func object(depth: Int, _ random: inout SeededGenerator) -> JSON {
        var object: JSON = [:]
        for _ in 0..<Int.random(in: 0...8, using: &random) {
            object[fields[Int.random(in: fields.indices, using: &random)]] = value(depth: depth, &random)
        }
        return object
    }

    @Test(arguments: KindRules.builtIn.keys.sorted { $0.description < $1.description })
    func anythingIsAnsweredOrRefused(kind: GroupVersionKind) async {
        let interpreter = Interpreter()
        var random = SeededGenerator(seed: 11)
        var answers = 0
        for _ in 0..<60 {
            var objects: [Object] = []
            for _ in 0..<2 {
                var json = Self.object(depth: 4, &random)
                for field in ["spec", "status"] { json[field] = Self.value(depth: 4, &random) }
                json["apiVersion"] = .string(kind.apiVersion)
                json["kind"] = .string(kind.kind)
                objects.append(Object(json))
            }
            let items = objects.map { AggregatedStatusItem(clusterName: "m", status: $0.status, applied: true) }
            let operations: [() async throws -> Void] = [
                { _ = try await interpreter.replicas(objects[0]) },
                { _ = try await interpreter.components(objects[0]) },
                { _ = try await interpreter.revise(objects[0], replicas: 3) },
                { _ = try await interpreter.retain(desired: objects[0], observed: objects[1]) },
                { _ = try await interpreter.aggregateStatus(objects[0], items: items) },
                { _ = try await interpreter.reflectStatus(objects[0]) },
                { _ = try await interpreter.health(objects[0]) },
                { _ = try await interpreter.dependencies(objects[0]) },
                { _ = interpreter.prune(objects[0]) },
            ]
            for operation in operations {
                do {
                    try await operation()
                    answers += 1
                } catch {
                    #expect(error is InterpreterError)
                }
            }
        }
        #expect(answers > 60)
    }
}
