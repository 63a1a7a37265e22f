import Kubernetes

/// What the kinds mean that Flotilla propagates: how many replicas an object asks for, whether it is healthy, what of it
/// belongs to the member, what its status is when many members run it, and what it needs beside it.
///
/// Karmada's resource interpreter, with its operations. Users' rules go before the built-in ones; a kind that has no rule for an
/// operation gets the operation's neutral answer, which each method documents.
public struct Interpreter: Sendable {
    /// The first that has a rule for a kind and an operation decides.
    private let custom: [any CustomRules]

    /// - Parameter custom: users' rules, those that count first before the others. None by default: the interpreter of
    ///   Kubernetes' own kinds and of those that many clusters know.
    public init(custom: [any CustomRules] = []) {
        self.custom = custom
    }

    /// Whether there is a rule, of a user or built in, for what `operation` is of objects of `kind`.
    public func hasRule(for kind: GroupVersionKind, _ operation: InterpreterOperation) -> Bool {
        custom.contains { $0.hasRule(for: kind, operation) } || KindRules.builtIn[kind]?.has(operation) ?? false
    }

    /// InterpretReplica: how many replicas the object asks for, and what each of them needs.
    ///
    /// - Returns: nil where objects of the kind have no replicas.
    public func replicas(_ object: Object) async throws(InterpreterError) -> ReplicaDemand? {
        if case .replicas(let demand) = try await answer(InterpreterQuestion(.interpretReplica, object)) { return demand }
        guard let replicas = rules(for: object)?.replicas else { return nil }
        return try replicas(object)
    }

    /// InterpretComponent: the pod templates of a workload that has several, each a `Component` of `work.karmada.io/v1alpha2`
    /// with the replicas and what each of them needs.
    ///
    /// - Returns: nil where the kind has no rule.
    public func components(_ object: Object) async throws(InterpreterError) -> [JSON]? {
        if case .components(let list) = try await answer(InterpreterQuestion(.interpretComponent, object)) { return list }
        guard let components = rules(for: object)?.components else { return nil }
        return try components(object)
    }

    /// ReviseReplica: the object with its replica count replaced, as one member is to run it. The object itself where its
    /// kind has no replicas to divide or it does not say how many it wants.
    public func revise(_ object: Object, replicas: Int) async throws(InterpreterError) -> Object {
        var question = InterpreterQuestion(.reviseReplica, object)
        question.replicas = replicas
        if case .object(let revised) = try await answer(question) { return revised }
        guard let revise = rules(for: object)?.revise else { return object }
        return try revise(object, replicas)
    }

    /// Retain: `desired`, with the fields that the member owns taken from what it has (`observed`). `desired` itself where
    /// the member owns nothing of the kind.
    public func retain(desired: Object, observed: Object) async throws(InterpreterError) -> Object {
        var question = InterpreterQuestion(.retain, desired)
        question.observed = observed
        if case .object(let retained) = try await answer(question) { return retained }
        guard let retain = rules(for: desired)?.retain else { return desired }
        return try retain(desired, observed)
    }

    /// AggregateStatus: the object with the status that its members' statuses add up to.
    ///
    /// - Parameter items: `status.aggregatedStatus` of its binding, whose statuses ``reflectStatus(_:)`` gave.
    /// - Returns: nil where the kind's statuses cannot be added up; an object equal to the given one where nothing changed.
    public func aggregateStatus(_ object: Object, items: [AggregatedStatusItem]) async throws(InterpreterError) -> Object? {
        var question = InterpreterQuestion(.aggregateStatus, object)
        question.items = items
        if case .object(let aggregated) = try await answer(question) { return aggregated }
        guard let aggregate = rules(for: object)?.aggregateStatus else { return nil }
        return try aggregate(object, items)
    }

    /// InterpretStatus: what of a member's object goes back to the control plane, in the form that ``aggregateStatus(_:items:)``
    /// reads. The whole `status` where the kind has no rule.
    ///
    /// - Returns: nil where the member has not yet reported a status.
    public func reflectStatus(_ object: Object) async throws(InterpreterError) -> JSON? {
        if case .status(let status) = try await answer(InterpreterQuestion(.interpretStatus, object)) { return status }
        guard let reflect = rules(for: object)?.reflectStatus else { return try object.json.members("status") }
        return try reflect(object)
    }

    /// InterpretHealth: whether a member's object does what it is there for; ``Health/unknown`` where the kind has no rule.
    public func health(_ object: Object) async throws(InterpreterError) -> Health {
        if case .health(let isHealthy) = try await answer(InterpreterQuestion(.interpretHealth, object)) {
            return isHealthy ? .healthy : .unhealthy
        }
        guard let isHealthy = rules(for: object)?.isHealthy else { return .unknown }
        return try isHealthy(object) ? .healthy : .unhealthy
    }

    /// InterpretDependency: the objects without which this one does not run, sorted by kind and name. Empty where the kind
    /// needs none.
    public func dependencies(_ object: Object) async throws(InterpreterError) -> [DependentObjectReference] {
        if case .dependencies(let list) = try await answer(InterpreterQuestion(.interpretDependency, object)) { return list }
        guard let dependencies = rules(for: object)?.dependencies else { return [] }
        return try dependencies(object)
    }

    /// The template without what the control plane's API server or controllers filled in and no member must receive:
    /// identity, status, owners, finalizers, and the fields of its kind that each cluster allocates for itself.
    public func prune(_ template: Object) -> Object {
        var template = template
        template.removeServerMetadata()
        rules(for: template)?.prune?(&template)
        return template
    }

    private func rules(for object: Object) -> KindRules? { KindRules.builtIn[object.groupVersionKind] }

    private func answer(_ question: InterpreterQuestion) async throws(InterpreterError) -> InterpreterAnswer? {
        for rules in custom {
            if let answer = try await rules.answer(question) { return answer }
        }
        return nil
    }
}
