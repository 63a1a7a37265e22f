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
        object.labels[Label.managed] = "true"
        var annotations = object.annotations
        annotations[Annotation.templateUID] = template.uid
        annotations[Annotation.workName] = key.name
        annotations[Annotation.workNamespace] = key.namespace
        object.annotations = annotations
    }

    /// The object with the Work's id, and the lists of those labels and annotations that the control plane gave it.
    func object(workID: String) -> Object {
        var object = object
        var labels = object.labels
        labels[Label.workID] = workID
        object.labels = labels
        var annotations = object.annotations
        let keys = Set(annotations.keys).union([Annotation.managedAnnotations, Annotation.managedLabels])
        annotations[Annotation.managedAnnotations] = keys.sorted().joined(separator: ",")
        annotations[Annotation.managedLabels] = labels.keys.sorted().joined(separator: ",")
        object.annotations = annotations
        return object
    }

    /// The Work, from what it is now (nil for a new one). What others wrote into its metadata stays.
    func work(current: Object?) -> Object {
        var work =
            current ?? Object(apiVersion: Work.kind.apiVersion, kind: Work.kind.kind, namespace: key.namespace, name: key.name)
        let id = work.labels[Label.workID].flatMap { $0.isEmpty ? nil : $0 } ?? PermanentID.make()
        var labels = work.labels.merging(self.labels) { _, new in new }
        labels[Label.workID] = id
        work.labels = labels
        if !self.annotations.isEmpty { work.annotations = work.annotations.merging(self.annotations) { _, new in new } }
        if !work.finalizers.contains(Finalizer.execution) { work.finalizers.append(Finalizer.execution) }
        if !ownerReferences.isEmpty { work.ownerReferences = ownerReferences }
        var spec: JSON = ["workload": ["manifests": [object(workID: id).json]]]
        if let suspendDispatching { spec["suspendDispatching"] = .bool(suspendDispatching) }
        if let preserveResourcesOnDeletion { spec["preserveResourcesOnDeletion"] = .bool(preserveResourcesOnDeletion) }
        work.spec = spec
        return work
    }
}
