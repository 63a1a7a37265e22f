import Kubernetes

/// What the kinds mean that Flotilla propagates: how many replicas an object asks for, whether it is healthy, what of it
/// belongs to the member, what its status is when many members run it, and what it needs beside it.
///
/// Karmada's resource interpreter, with its operations. A kind that has no rule for an operation gets the operation's
/// neutral answer, which each method documents.
public struct Interpreter: Sendable {
    private let rules: [GroupVersionKind: KindRules]

    /// The interpreter of Kubernetes' own kinds.
    public init() {
        rules = KindRules.native
    }

    /// InterpretReplica: how many replicas the object asks for, and what each of them needs.
    ///
    /// - Returns: nil where objects of the kind have no replicas.
    public func replicas(_ object: Object) throws(InterpreterError) -> ReplicaDemand? {
        guard let replicas = rules(for: object)?.replicas else { return nil }
        return try replicas(object)
    }

    /// ReviseReplica: the object with its replica count replaced, as one member is to run it. The object itself where its
    /// kind has no replicas to divide or it does not say how many it wants.
    public func revise(_ object: Object, replicas: Int) throws(InterpreterError) -> Object {
        guard let revise = rules(for: object)?.revise else { return object }
        return try revise(object, replicas)
    }

    /// Retain: `desired`, with the fields that the member owns taken from what it has (`observed`). `desired` itself where
    /// the member owns nothing of the kind.
    public func retain(desired: Object, observed: Object) throws(InterpreterError) -> Object {
        guard let retain = rules(for: desired)?.retain else { return desired }
        return try retain(desired, observed)
    }

    /// AggregateStatus: the object with the status that its members' statuses add up to.
    ///
    /// - Parameter items: `status.aggregatedStatus` of its binding, whose statuses ``reflectStatus(_:)`` gave.
    /// - Returns: nil where the kind's statuses cannot be added up; an object equal to the given one where nothing changed.
    public func aggregateStatus(_ object: Object, items: [AggregatedStatusItem]) throws(InterpreterError) -> Object? {
        guard let aggregate = rules(for: object)?.aggregateStatus else { return nil }
        return try aggregate(object, items)
    }

    /// InterpretStatus: what of a member's object goes back to the control plane, in the form that ``aggregateStatus(_:items:)``
    /// reads. The whole `status` where the kind has no rule.
    ///
    /// - Returns: nil where the member has not yet reported a status.
    public func reflectStatus(_ object: Object) throws(InterpreterError) -> JSON? {
        guard let reflect = rules(for: object)?.reflectStatus else { return try object.json.members("status") }
        return try reflect(object)
    }

    /// InterpretHealth: whether a member's object does what it is there for; ``Health/unknown`` where the kind has no rule.
    public func health(_ object: Object) throws(InterpreterError) -> Health {
        guard let isHealthy = rules(for: object)?.isHealthy else { return .unknown }
        return try isHealthy(object) ? .healthy : .unhealthy
    }

    /// InterpretDependency: the objects without which this one does not run, sorted by kind and name. Empty where the kind
    /// needs none.
    public func dependencies(_ object: Object) throws(InterpreterError) -> [DependentObjectReference] {
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

    private func rules(for object: Object) -> KindRules? { rules[object.groupVersionKind] }
}

/// What a workload asks for: so many replicas, each with these needs.
public struct ReplicaDemand: Sendable, Equatable {
    /// 0 or more.
    public var replicas: Int
    /// `spec.replicaRequirements` of a `work.karmada.io/v1alpha2` ResourceBinding (`nodeClaim`, `resourceRequest`); nil
    /// where a replica needs nothing in particular.
    public var requirements: JSON?

    public init(replicas: Int, requirements: JSON?) {
        self.replicas = replicas
        self.requirements = requirements
    }
}

/// Whether an object is well, in the words of `work.karmada.io`'s `ResourceHealth`.
public enum Health: String, Sendable {
    case healthy = "Healthy"
    case unhealthy = "Unhealthy"
    case unknown = "Unknown"
}

/// An object, or the objects that a selector picks, that another object needs: `config.karmada.io/v1alpha1`.
public struct DependentObjectReference: Sendable, Hashable {
    public var apiVersion: String
    public var kind: String
    /// Empty for cluster-scoped objects.
    public var namespace: String
    /// Empty where labels pick the objects.
    public var name: String
    /// The `matchLabels` of the object's `labelSelector`; empty where the name picks it.
    public var matchLabels: [String: String]

    public init(apiVersion: String, kind: String, namespace: String, name: String = "", matchLabels: [String: String] = [:]) {
        self.apiVersion = apiVersion
        self.kind = kind
        self.namespace = namespace
        self.name = name
        self.matchLabels = matchLabels
    }

    public var json: JSON {
        var json: JSON = ["apiVersion": .string(apiVersion), "kind": .string(kind)]
        if !namespace.isEmpty { json["namespace"] = .string(namespace) }
        if !name.isEmpty { json["name"] = .string(name) }
        if !matchLabels.isEmpty { json["labelSelector"] = ["matchLabels": JSON(matchLabels)] }
        return json
    }
}

/// Why an object could not be interpreted: which field holds what it should not.
public struct InterpreterError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the field, such as `spec.replicas`.
    public var field: String
    public var message: String

    public init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}
