import Kubernetes

/// Rules that users define for kinds. They go before the built-in ones.
public protocol CustomRules: Sendable {
    /// Whether somebody defined what `operation` is for objects of `kind`.
    func hasRule(for kind: GroupVersionKind, _ operation: InterpreterOperation) -> Bool

    /// The answer of the user's rule, nil where nobody defined one.
    /// - Throws: what the rule failed with, its name and the operation in `field`.
    func answer(_ question: InterpreterQuestion) async throws(InterpreterError) -> InterpreterAnswer?
}

/// What a rule is asked.
public struct InterpreterQuestion: Sendable {
    public var operation: InterpreterOperation
    /// The object in question; of Retain the desired one.
    public var object: Object
    /// Of ReviseReplica.
    public var replicas = 0
    /// Of Retain: what the member has.
    public var observed: Object?
    /// Of AggregateStatus.
    public var items: [AggregatedStatusItem] = []

    public init(_ operation: InterpreterOperation, _ object: Object) {
        self.operation = operation
        self.object = object
    }
}

/// What a rule says, one case for what each operation asks for.
public enum InterpreterAnswer: Sendable {
    case replicas(ReplicaDemand)
    case components([JSON])
    case object(Object)
    case status(JSON?)
    case health(Bool)
    case dependencies([DependentObjectReference])
}

/// Reading what users' rules return, as the typed clients of Karmada's API read it: unknown fields are passed over, a field of
/// the wrong type is an error.
enum CustomAnswer {
    /// A `ReplicaRequirements` of `work.karmada.io/v1alpha2`, its quantities in canonical form.
    static func requirements(_ json: JSON, at path: String) throws(InterpreterError) -> JSON {
        let prefix = path + "."
        var requirements: JSON = [:]
        if let claim = try json.members("nodeClaim", within: prefix) {
            let prefix = prefix + "nodeClaim."
            var kept: JSON = [:]
            kept["hardNodeAffinity"] = try claim.members("hardNodeAffinity", within: prefix)
            kept["nodeSelector"] = try claim.members("nodeSelector", within: prefix)
            let tolerations = try claim.list("tolerations", within: prefix)
            kept["tolerations"] = tolerations.isEmpty ? nil : .array(tolerations)
            requirements["nodeClaim"] = kept
        }
        if let request = try json.members("resourceRequest", within: prefix)?.object {
            var canonical: JSON = [:]
            for (name, amount) in request {
                do {
                    canonical[name] = .string(try Quantity(amount).description)
                } catch {
                    throw InterpreterError(field: "\(prefix)resourceRequest.\(name)", message: "\(error)")
                }
            }
            if !canonical.isEmptyValue { requirements["resourceRequest"] = canonical }
        }
        for field in ["namespace", "priorityClassName"] {
            if let text = try json.text(field, within: prefix), !text.isEmpty { requirements[field] = .string(text) }
        }
        return requirements
    }

    /// `Component`s of `work.karmada.io/v1alpha2`.
    static func components(_ list: [JSON]) throws(InterpreterError) -> [JSON] {
        var components: [JSON] = []
        for (index, component) in list.enumerated() {
            let path = "components[\(index)]"
            var kept: JSON = ["name": .string(try component.text("name", within: path + ".") ?? "")]
            kept["replicas"] = JSON(try component.count("replicas", within: path + ".") ?? 0)
            if let needs = try component.members("replicaRequirements", within: path + ".") {
                kept["replicaRequirements"] = try requirements(needs, at: path + ".replicaRequirements")
            }
            components.append(kept)
        }
        return components
    }

    /// References, each of which must say what it refers to; sorted, none twice.
    static func dependencies(_ list: [JSON]) throws(InterpreterError) -> [DependentObjectReference] {
        var references: Set<DependentObjectReference> = []
        for (index, reference) in list.enumerated() {
            references.insert(try DependentObjectReference(reference, at: "dependencies[\(index)]"))
        }
        return references.sorted()
    }
}

extension Sequence<DependentObjectReference> {
    func sorted() -> [DependentObjectReference] {
        sorted { ($0.apiVersion, $0.kind, $0.namespace, $0.name) < ($1.apiVersion, $1.kind, $1.namespace, $1.name) }
    }
}

extension DependentObjectReference {
    fileprivate init(_ json: JSON, at path: String) throws(InterpreterError) {
        let prefix = path + "."
        guard let apiVersion = try json.text("apiVersion", within: prefix), !apiVersion.isEmpty else {
            throw InterpreterError(field: prefix + "apiVersion", message: "missing required apiVersion")
        }
        guard let kind = try json.text("kind", within: prefix), !kind.isEmpty else {
            throw InterpreterError(field: prefix + "kind", message: "missing required kind")
        }
        let name = try json.text("name", within: prefix) ?? ""
        let selector = try json.members("labelSelector", within: prefix)
        guard !name.isEmpty || selector != nil else {
            throw InterpreterError(field: path, message: "dependency can not leave name and labelSelector all empty")
        }
        self.init(apiVersion: apiVersion, kind: kind, namespace: try json.text("namespace", within: prefix) ?? "", name: name)
        guard let selector else { return }
        do {
            let requirements = try LabelSelector(selector).requirements
            matchLabels = selector["matchLabels"]?.stringMap ?? [:]
            matchExpressions = requirements.filter { $0.operation != .equals }
        } catch {
            throw InterpreterError(field: prefix + "labelSelector", message: error.message)
        }
    }
}
