import Kubernetes

/// The form in which Kubernetes' own types write objects: they write some fields even when they are empty, and quantities in
/// their canonical spelling. An API server's answers have it; what the interpreter changed is given it, so that the result
/// can be compared with such an answer.
extension Object {
    /// The object with its pod template in native form, and what `change` does to its spec.
    func inNativeForm(podTemplateAt path: String..., also change: (inout JSON) -> Void = { _ in }) -> Object {
        var object = self
        object.json.update("spec") { spec in
            spec.update(path.isEmpty ? ["template"] : path[...]) { $0.toNativePodTemplate() }
            change(&spec)
        }
        return object
    }
}

extension JSON {
    mutating func toNativePodSpec() {
        for list in ["containers", "initContainers", "ephemeralContainers"] {
            update(list) { $0.updateElements { $0.toNativeContainer() } }
        }
        update("overhead") { $0.toCanonicalQuantities() }
    }

    fileprivate mutating func toNativePodTemplate() {
        fill("metadata", with: [:])
        fill("spec", with: ["containers": .null])
        update("spec") { $0.toNativePodSpec() }
    }

    private mutating func toNativeContainer() {
        fill("resources", with: [:])
        update("resources") {
            $0.update("limits") { $0.toCanonicalQuantities() }
            $0.update("requests") { $0.toCanonicalQuantities() }
        }
    }

    private mutating func toCanonicalQuantities() {
        guard case .object(let members) = self else { return }
        for (name, value) in members {
            guard let canonical = try? Quantity(value).description, value.string != canonical else { continue }
            self[name] = .string(canonical)
        }
    }
}
