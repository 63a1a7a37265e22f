import Kubernetes

/// InterpretComponent: the pod templates of workloads that have several.
extension Object {
    /// A component whose pods have the template at `path`; it needs nothing in particular where there is no template.
    func component(_ name: String, replicas: Int, podTemplateAt path: [String]) throws(InterpreterError) -> JSON {
        var component: JSON = ["name": .string(name), "replicas": JSON(replicas)]
        if json[path] != nil {
            component["replicaRequirements"] = try PodTemplate.requirements(self, at: path + ["spec"])
        }
        return component
    }

    /// What the pods of the templates at `paths` refer to.
    func dependencies(ofPodTemplatesAt paths: [[String]]) throws(InterpreterError) -> [DependentObjectReference] {
        var references: Set<DependentObjectReference> = []
        for path in paths { references.formUnion(try PodTemplate.dependencies(self, at: path + ["spec"])) }
        return references.sorted()
    }

    /// A replica count, which some kinds' users write as text; `fallback` where there is none.
    func replicaCount(_ path: [String], default fallback: Int) -> Int {
        let value = json[path]
        return (value?.double ?? value?.string.flatMap { Double($0) }).flatMap { Int32(exactly: $0.rounded(.towardZero)) }
            .map(Int.init) ?? fallback
    }
}

/// What a component needs whose kind has fields of its own for that, instead of a pod template.
struct ComponentNeeds {
    private(set) var json: JSON = [:]

    mutating func request(_ resource: String, _ amount: JSON?, at path: String) throws(InterpreterError) {
        guard let amount, !amount.isNull else { return }
        do {
            json["resourceRequest", resource] = .string(try Quantity(amount).description)
        } catch {
            throw InterpreterError(field: path, message: "\(error)")
        }
    }

    /// The nodes that the component may run on and its priority, from what has a pod spec's fields for them.
    mutating func add(podSpec: JSON) throws(InterpreterError) {
        if let claim = try PodTemplate.nodeClaim(podSpec) { json["nodeClaim"] = claim }
        if let priority = try podSpec.text("priorityClassName"), !priority.isEmpty {
            json["priorityClassName"] = .string(priority)
        }
    }
}
