/// How the objects that some selectors pick differ from cluster to cluster: a `policy.karmada.io/v1alpha1` OverridePolicy, or a
/// ClusterOverridePolicy (which has no namespace).
public struct OverridePolicy: Sendable {
    public var key: ObjectKey
    /// Empty: every object.
    public var resourceSelectors: [ResourceSelector]
    public var rules: [OverrideRule]

    public init(_ object: Object) {
        key = object.key
        let spec = object.spec
        resourceSelectors = (spec["resourceSelectors"]?.array ?? []).map(ResourceSelector.init)
        let rules = spec["overrideRules"]?.array ?? []
        // Before there were rules, the spec itself was one.
        self.rules = (rules.isEmpty ? [spec] : rules).map(OverrideRule.init)
    }

    public var isClusterScoped: Bool { key.namespace.isEmpty }

    /// How closely the policy describes the object.
    public func fit(_ object: Object) -> ResourceSelector.Fit {
        resourceSelectors.isEmpty ? .all : resourceSelectors.fit(object)
    }
}

/// What is different in some clusters.
public struct OverrideRule: Sendable {
    /// nil: every cluster.
    public var targetCluster: ClusterAffinity?
    public var overriders: Overriders

    public init(_ json: JSON) {
        targetCluster = json["targetCluster"].flatMap { $0.isNull ? nil : ClusterAffinity($0) }
        overriders = Overriders(json["overriders"] ?? [:])
    }
}

/// The changes of a rule, in the order in which they apply.
public struct Overriders: Sendable {
    public var image: [ImageOverrider]
    public var command: [CommandArgsOverrider]
    public var args: [CommandArgsOverrider]
    public var labels: [LabelAnnotationOverrider]
    public var annotations: [LabelAnnotationOverrider]
    public var field: [FieldOverrider]
    public var plaintext: [PlaintextOverrider]
    /// As the policy has them.
    public var json: JSON

    public init(_ json: JSON) {
        func list(_ field: String) -> [JSON] { json[field]?.array ?? [] }
        image = list("imageOverrider").map(ImageOverrider.init)
        command = list("commandOverrider").map(CommandArgsOverrider.init)
        args = list("argsOverrider").map(CommandArgsOverrider.init)
        labels = list("labelsOverrider").map(LabelAnnotationOverrider.init)
        annotations = list("annotationsOverrider").map(LabelAnnotationOverrider.init)
        field = list("fieldOverrider").map(FieldOverrider.init)
        plaintext = list("plaintext").map { PlaintextOverrider($0, pathField: "path") }
        self.json = json
    }
}

public enum OverriderOperator: String, Sendable {
    case add, remove, replace
}

/// Changes a part of image names: `[registry/]repository[:tag]`.
public struct ImageOverrider: Sendable {
    public enum Component: String, Sendable {
        case registry = "Registry"
        case repository = "Repository"
        case tag = "Tag"
    }

    /// The JSON pointer of the only image to change; nil: the images of all containers of a workload.
    public var predicatePath: String?
    public var component: Component?
    public var operation: OverriderOperator?
    /// Appended by `add`, put in place by `replace`.
    public var value: String

    public init(_ json: JSON) {
        predicatePath = json["predicate", "path"]?.string
        component = json["component"]?.string.flatMap(Component.init)
        operation = json["operator"]?.string.flatMap(OverriderOperator.init)
        value = json["value"]?.string ?? ""
    }
}

/// Appends items to a container's command or arguments, or removes those that equal one of the items.
public struct CommandArgsOverrider: Sendable {
    public var containerName: String
    public var operation: OverriderOperator?
    public var value: [String]

    public init(_ json: JSON) {
        containerName = json["containerName"]?.string ?? ""
        operation = json["operator"]?.string.flatMap(OverriderOperator.init)
        value = json["value"]?.strings ?? []
    }
}

/// Sets labels or annotations, or removes them whatever their value; `replace` and `remove` only where they are.
public struct LabelAnnotationOverrider: Sendable {
    public var operation: OverriderOperator?
    public var value: [String: String]

    public init(_ json: JSON) {
        operation = json["operator"]?.string.flatMap(OverriderOperator.init)
        value = json["value"]?.stringMap ?? [:]
    }
}

/// Changes a JSON or YAML document that is the text of one field.
public struct FieldOverrider: Sendable {
    /// The JSON pointer of the field.
    public var fieldPath: String
    public var json: [PlaintextOverrider]
    /// Takes precedence over `json`.
    public var yaml: [PlaintextOverrider]

    public init(_ json: JSON) {
        fieldPath = json["fieldPath"]?.string ?? ""
        self.json = (json["json"]?.array ?? []).map { PlaintextOverrider($0, pathField: "subPath") }
        yaml = (json["yaml"]?.array ?? []).map { PlaintextOverrider($0, pathField: "subPath") }
    }
}

/// An operation of a JSON patch (RFC 6902): `add`, `remove` or `replace`.
public struct PlaintextOverrider: Sendable {
    public var path: String
    public var operation: String
    public var value: JSON

    /// Puts another value in the place of the one at `path`.
    public init(replacing path: String, with value: JSON) {
        self.path = path
        operation = "replace"
        self.value = value
    }

    init(_ json: JSON, pathField: String) {
        path = json[pathField]?.string ?? ""
        operation = json["operator"]?.string ?? ""
        value = json["value"] ?? .null
    }

    /// As an element of a JSON patch.
    public var patch: JSON { ["op": .string(operation), "path": .string(path), "value": value] }
}
