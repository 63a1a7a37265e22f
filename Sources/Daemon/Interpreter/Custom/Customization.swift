import Kubernetes

/// A `ResourceInterpreterCustomization`: scripts that say what a kind means.
public struct Customization: Sendable {
    public static let resource = GroupVersionResource(
        group: "config.karmada.io", version: "v1alpha1", resource: "resourceinterpretercustomizations")

    public var name: String
    public var target: GroupVersionKind
    var scripts: [InterpreterOperation: LuaScript] = [:]

    /// Compiles nothing yet: a script that is wrong is an error of whoever asks it.
    public init(_ object: Object) {
        name = object.name
        target = GroupVersionKind(
            apiVersion: object.spec["target", "apiVersion"]?.string ?? "", kind: object.spec["target", "kind"]?.string ?? "")
        for operation in InterpreterOperation.allCases {
            let source = object.spec["customizations", operation.field, "luaScript"]?.string ?? ""
            if !source.isEmpty { scripts[operation] = LuaScript(source, function: operation.function) }
        }
    }

    /// The first script that does not compile, in the words of Karmada's admission; nil where all do.
    public func problem() -> String? {
        for operation in InterpreterOperation.allCases {
            if let problem = problem(with: operation) {
                return "InterpreterOperation(\(operation.rawValue)) Lua script error: \(problem)"
            }
        }
        return nil
    }

    /// What is wrong with the script of an operation; nil where it compiles, or there is none.
    public func problem(with operation: InterpreterOperation) -> String? {
        do {
            try scripts[operation]?.compile()
            return nil
        } catch {
            return error.description
        }
    }

    public func hasScript(for operation: InterpreterOperation) -> Bool { scripts[operation] != nil }
}

extension InterpreterOperation {
    /// The member of `spec.customizations` that holds the operation's script.
    public var field: String {
        switch self {
        case .retain: "retention"
        case .interpretReplica: "replicaResource"
        case .interpretComponent: "componentResource"
        case .reviseReplica: "replicaRevision"
        case .interpretStatus: "statusReflection"
        case .aggregateStatus: "statusAggregation"
        case .interpretHealth: "healthInterpretation"
        case .interpretDependency: "dependencyInterpretation"
        }
    }

    /// The function that the operation's script defines.
    var function: String {
        switch self {
        case .retain: "Retain"
        case .interpretReplica: "GetReplicas"
        case .interpretComponent: "GetComponents"
        case .reviseReplica: "ReviseReplica"
        case .interpretStatus: "ReflectStatus"
        case .aggregateStatus: "AggregateStatus"
        case .interpretHealth: "InterpretHealth"
        case .interpretDependency: "GetDependencies"
        }
    }
}
