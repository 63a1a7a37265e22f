/// What can be asked of a kind (`config.karmada.io/v1alpha1`, `InterpreterOperation`).
public enum InterpreterOperation: String, Sendable, Hashable, CaseIterable {
    case retain = "Retain"
    case interpretReplica = "InterpretReplica"
    case interpretComponent = "InterpretComponent"
    case reviseReplica = "ReviseReplica"
    case interpretStatus = "InterpretStatus"
    case aggregateStatus = "AggregateStatus"
    case interpretHealth = "InterpretHealth"
    case interpretDependency = "InterpretDependency"
}
