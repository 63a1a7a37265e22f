import Kubernetes

extension Object {
    /// Removes what an API server fills in: of the control plane's object it means nothing in a member.
    mutating func removeServerMetadata() {
        let fields = [
            "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields",
            "resourceVersion", "selfLink", "uid", "ownerReferences", "finalizers",
        ]
        json.update("metadata") { for field in fields { $0[field] = nil } }
        json["status"] = nil
    }

    /// Removes an annotation, where there is one.
    mutating func removeAnnotation(_ key: String) {
        json.update("metadata") { $0.update("annotations") { $0[key] = nil } }
    }
}
