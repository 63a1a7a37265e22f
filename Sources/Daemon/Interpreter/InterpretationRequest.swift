import Kubernetes

/// A question to the interpreter or to the override policies, written down as JSON: for tools and tests that need no control
/// plane.
///
/// ```json
/// {"id": "1", "op": "ReviseReplica", "object": {…}, "replicas": 3}
/// ```
///
/// `op` is an operation of `config.karmada.io/v1alpha1` (`InterpretReplica`, `InterpretComponent`, `ReviseReplica` with
/// `replicas`, `Retain` with `observed`, `AggregateStatus` with `items`, `InterpretHealth`, `InterpretStatus`,
/// `InterpretDependency`), or `Override` with `cluster`, `overridePolicies` and `clusterOverridePolicies`.
public struct InterpretationRequest: Sendable {
    public enum Operation: String, Sendable {
        case interpretReplica = "InterpretReplica"
        case interpretComponent = "InterpretComponent"
        case reviseReplica = "ReviseReplica"
        case retain = "Retain"
        case aggregateStatus = "AggregateStatus"
        case interpretHealth = "InterpretHealth"
        case interpretStatus = "InterpretStatus"
        case interpretDependency = "InterpretDependency"
        case override = "Override"
    }

    public var id: String
    public var operation: Operation
    public var object: Object
    private let json: JSON

    public init(_ json: JSON) throws(InterpreterError) {
        id = try json.text("id") ?? ""
        let name = try json.text("op") ?? ""
        guard let operation = Operation(rawValue: name) else {
            throw InterpreterError(field: "op", message: "\"\(name)\" is no operation of the interpreter")
        }
        self.operation = operation
        guard let object = try json.members("object") else { throw InterpreterError(field: "object", message: "required") }
        self.object = Object(object)
        self.json = json
    }

    /// The answer under the request's `id`: `replicas` and `requirements`, `object`, `healthy`, `status` or `dependencies`, as
    /// far as there are any; `"error": true` where the object cannot be interpreted, or its kind has no rule for the operation.
    public func answer(by interpreter: Interpreter) async -> JSON {
        var answer: JSON
        do {
            answer = try await evaluate(interpreter)
        } catch {
            answer = ["error": true]
        }
        answer["id"] = .string(id)
        return answer
    }

    private func evaluate(_ interpreter: Interpreter) async throws -> JSON {
        switch operation {
        case .interpretReplica:
            let demand = try await known(interpreter.replicas(object))
            var answer: JSON = ["replicas": JSON(demand.replicas)]
            answer["requirements"] = demand.requirements
            return answer
        case .interpretComponent:
            return ["components": .array(try await known(interpreter.components(object)))]
        case .reviseReplica:
            return ["object": try await interpreter.revise(object, replicas: json.count("replicas") ?? 0).json]
        case .retain:
            return ["object": try await interpreter.retain(desired: object, observed: Object(json["observed"] ?? .null)).json]
        case .aggregateStatus:
            let items = try json.list("items").map(AggregatedStatusItem.init)
            return ["object": try await known(interpreter.aggregateStatus(object, items: items)).json]
        case .interpretHealth:
            let health = try await interpreter.health(object)
            return ["healthy": .bool(try known(health == .unknown ? nil : health == .healthy))]
        case .interpretStatus:
            var answer: JSON = [:]
            answer["status"] = try await interpreter.reflectStatus(object)
            return answer
        case .interpretDependency:
            let dependencies = try await interpreter.dependencies(object)
            return ["dependencies": dependencies.isEmpty ? .null : .array(dependencies.map(\.json))]
        case .override:
            let policies = try json.list("overridePolicies") + json.list("clusterOverridePolicies")
            var object = object
            _ = try Overrides(policies.map { OverridePolicy(Object($0)) })
                .apply(to: &object, for: Cluster(Object(json["cluster"] ?? .null)))
            return ["object": object.json]
        }
    }

    private func known<Answer>(_ answer: Answer?) throws(InterpreterError) -> Answer {
        guard let answer else {
            throw InterpreterError(field: "kind", message: "\(object.groupVersionKind) has no rule for \(operation.rawValue)")
        }
        return answer
    }
}
