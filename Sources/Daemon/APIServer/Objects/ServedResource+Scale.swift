import Kubernetes

/// The `scale` subresource (`autoscaling/v1.Scale`): the replicas of any kind that has them, in one shape.
extension ServedResource {
    private var paths: Subresource.Scale? { definition.subresource("scale")?.scale }

    func scale(of object: Object) throws(APIError) -> Object {
        guard let paths else { throw .noSuchResource }
        var scale = Object(apiVersion: "autoscaling/v1", kind: "Scale", namespace: object.namespace, name: object.name)
        for field in ["uid", "resourceVersion", "creationTimestamp"] { scale.metadata[field] = object.metadata[field] }
        scale.spec = [:]
        // A count of 0 is left out of spec, as Go's `omitempty` does, and kept in status.
        let replicas = object.json[paths.specReplicasPath]?.integer ?? 0
        if replicas != 0 { scale.spec["replicas"] = .integer(replicas) }
        scale.status = ["replicas": .integer(object.json[paths.statusReplicasPath]?.integer ?? 0)]
        if let selector = try selectorText(of: object, paths.selector) { scale.status["selector"] = .string(selector) }
        return scale
    }

    private func selectorText(of object: Object, _ selector: Subresource.Scale.Selector) throws(APIError) -> String? {
        switch selector {
        case .none: return nil
        case .text(let path): return object.json[path]?.string
        case .labels(let path):
            return object.json[path]?.stringMap.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: ",")
        case .labelSelector(let path):
            do {
                return try object.json[path].map { "\(try LabelSelector($0))" }
            } catch {
                throw .internalError("\(error)")
            }
        }
    }

    func apply(scale: Object, to object: inout Object) throws(APIError) {
        guard let paths else { throw .noSuchResource }
        let kind = GroupVersionKind(group: "autoscaling", version: "v1", kind: "Scale")
        guard scale.groupVersionKind == kind else {
            throw .badRequest("the API version and kind of the body must be \(kind)")
        }
        let replicas = scale.spec["replicas"] ?? 0
        guard let count = replicas.integer else {
            throw .badRequest("Scale in version \"v1\" cannot be handled as a Scale: spec.replicas must be an integer")
        }
        guard (0...Int64(Int32.max)).contains(count) else {
            throw .invalid(
                kind, name: object.name,
                [
                    .init(
                        reason: "FieldValueInvalid", message: "Invalid value: \(count): must be greater than or equal to 0",
                        field: "spec.replicas")
                ])
        }
        object.json[paths.specReplicasPath] = .integer(count)
    }
}
