import Kubernetes

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
    /// The `matchExpressions` of the object's `labelSelector`.
    public var matchExpressions: [LabelSelector.Requirement] = []

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
        if !matchLabels.isEmpty { json["labelSelector", default: [:]]["matchLabels"] = JSON(matchLabels) }
        if !matchExpressions.isEmpty {
            json["labelSelector", default: [:]]["matchExpressions"] = .array(matchExpressions.compactMap(\.expression))
        }
        return json
    }
}

/// Why an object could not be interpreted: which field holds what it should not, or which user's rule failed.
public struct InterpreterError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The path of the field, such as `spec.replicas`; or the rule, such as
    /// `ResourceInterpreterCustomization workload: InterpretHealth`.
    public var field: String
    public var message: String

    public init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    public var description: String { "\(field): \(message)" }
}
