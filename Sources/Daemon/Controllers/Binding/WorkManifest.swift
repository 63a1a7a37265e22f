import Interpreter
import Kubernetes

/// A Work as it is to be written: an object for one cluster, and what the Work itself says about it.
struct WorkManifest: Sendable {
    var key: ObjectKey
    var labels: [String: String] = [:]
    var annotations: [String: String] = [:]
    var ownerReferences: [OwnerReference] = []
    /// The object without what the Work adds to it (see `object(workID:)`).
    var object: Object
    var suspendDispatching: Bool?
    var preserveResourcesOnDeletion: Bool?
    /// The override policies that made the object what it is.
    var overrides = AppliedOverrides()

    /// - Parameters:
    ///   - template: the control plane's object as the cluster is to have it, its uid still in it.
    init(_ template: Object, for cluster: String, interpreter: Interpreter) {
        key = ObjectKey(
            namespace: Work.namespace(of: cluster),
            name: Names.work(kind: template.kind, name: template.name, namespace: template.namespace))
        object = interpreter.prune(template)
        // Jobs that a member's own controller deletes when their time is up would be made again and again.
        if object.kind == "Job" { object["spec", "ttlSecondsAfterFinished"] = nil }
        object[label: Label.managed] = "true"
        object[annotation: Annotation.templateUID] = template.uid
        object[annotation: Annotation.workName] = key.name
        object[annotation: Annotation.workNamespace] = key.namespace
    }

    /// The object with the Work's id, and the lists of those labels and annotations that the control plane gave it.
    func object(workID: String) -> Object {
        var object = object
        object[label: Label.workID] = workID
        // JSON keeps the keys in order; these two are among them.
        object[annotation: Annotation.managedAnnotations] = ""
        object[annotation: Annotation.managedLabels] = object.metadata["labels"]?.object?.keys.joined(separator: ",")
        object[annotation: Annotation.managedAnnotations] = object.metadata["annotations"]?.object?.keys.joined(separator: ",")
        return object
    }

    /// The Work, from what it is now (nil for a new one). What others wrote into its metadata stays.
    func work(current: Object?) -> Object {
        var work =
            current ?? Object(apiVersion: Work.kind.apiVersion, kind: Work.kind.kind, namespace: key.namespace, name: key.name)
        let id = work[label: Label.workID].flatMap { $0.isEmpty ? nil : $0 } ?? RandomUUID.make()
        for (key, value) in labels { work[label: key] = value }
        work[label: Label.workID] = id
        for (key, value) in annotations { work[annotation: key] = value }
        if !work.finalizers.contains(Finalizer.execution) { work.finalizers.append(Finalizer.execution) }
        if !ownerReferences.isEmpty { work.ownerReferences = ownerReferences }
        var spec: JSON = ["workload": ["manifests": [object(workID: id).json]]]
        if let suspendDispatching { spec["suspendDispatching"] = .bool(suspendDispatching) }
        if let preserveResourcesOnDeletion { spec["preserveResourcesOnDeletion"] = .bool(preserveResourcesOnDeletion) }
        work.spec = spec
        return work
    }
}
