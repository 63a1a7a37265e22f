import Kubernetes

@testable import APIServer

extension ResourceDefinition {
    /// Validates an object, or a change of one, of which tests say only what matters to them: names, kind and defaults come by
    /// themselves.
    func validateCompleted(_ json: JSON, old: JSON?) throws(APIError) {
        let version = versions[0].name
        func complete(_ json: JSON) -> Object {
            var object = Object(json)
            object.json["kind"] = .string(kind)
            object.json["apiVersion"] = .string(self.kind(version).apiVersion)
            if object.name.isEmpty { object.name = "x" }
            if isNamespaced { object.namespace = "n" }
            object.resourceVersion = "1"
            fillDefaults(&object, version: version, old: old.map { _ in Object([:]) })
            return object
        }
        try validate(complete(json), version: version, old: old.map(complete))
    }
}
