import Kubernetes

/// The mark that a policy leaves on the templates and bindings it governs.
enum Claim: Hashable, Sendable {
    case policy(key: ObjectKey, id: String)
    case clusterPolicy(name: String, id: String)

    init(_ policy: PropagationPolicy) {
        self =
            policy.isClusterWide
            ? .clusterPolicy(name: policy.key.name, id: policy.permanentID) : .policy(key: policy.key, id: policy.permanentID)
    }

    /// Reads the mark on a template. A namespaced policy's goes before a cluster-wide one's.
    init?(of object: Object) {
        let labels = object.labels
        let annotations = object.annotations
        if let id = labels[Label.propagationPolicyID], let namespace = annotations[Annotation.policyNamespace],
            let name = annotations[Annotation.policyName], !id.isEmpty, !namespace.isEmpty, !name.isEmpty
        {
            self = .policy(key: ObjectKey(namespace: namespace, name: name), id: id)
        } else if let id = labels[Label.clusterPropagationPolicyID], let name = annotations[Annotation.clusterPolicyName],
            !id.isEmpty, !name.isEmpty
        {
            self = .clusterPolicy(name: name, id: id)
        } else {
            return nil
        }
    }

    var policyID: String {
        switch self {
        case .policy(_, let id), .clusterPolicy(_, let id): id
        }
    }

    var policyKey: ObjectKey {
        switch self {
        case .policy(let key, _): key
        case .clusterPolicy(let name, _): ObjectKey(name: name)
        }
    }

    /// Marks the object, and takes off the other sort's mark.
    func mark(_ object: inout Object) {
        switch self {
        case .policy(let key, let id):
            Self.removeClusterPolicyMark(from: &object)
            object[label: Label.propagationPolicyID] = id
            object[annotation: Annotation.policyNamespace] = key.namespace
            object[annotation: Annotation.policyName] = key.name
        case .clusterPolicy(let name, let id):
            object[label: Label.clusterPropagationPolicyID] = id
            object[annotation: Annotation.clusterPolicyName] = name
        }
    }

    /// Takes the mark off, provided that it is still this one: a policy of the same name may have claimed the object since.
    func unmark(_ object: inout Object) {
        switch self {
        case .policy(_, let id):
            guard object[label: Label.propagationPolicyID] == id else { return }
            Self.removePolicyMark(from: &object)
        case .clusterPolicy(_, let id):
            guard object[label: Label.clusterPropagationPolicyID] == id else { return }
            Self.removeClusterPolicyMark(from: &object)
        }
    }

    static func removePolicyMark(from object: inout Object) {
        object[label: Label.propagationPolicyID] = nil
        object[annotation: Annotation.policyNamespace] = nil
        object[annotation: Annotation.policyName] = nil
    }

    static func removeClusterPolicyMark(from object: inout Object) {
        object[label: Label.clusterPropagationPolicyID] = nil
        object[annotation: Annotation.clusterPolicyName] = nil
    }
}

extension PropagationPolicy {
    var isClusterWide: Bool { key.namespace.isEmpty }

    var collection: GroupVersionResource { isClusterWide ? PropagationPolicy.clusterResource : PropagationPolicy.resource }

    var permanentID: String { labels[isClusterWide ? Label.clusterPropagationPolicyID : Label.propagationPolicyID] ?? "" }

    var permanentIDLabel: String { isClusterWide ? Label.clusterPropagationPolicyID : Label.propagationPolicyID }

    var finalizer: String { isClusterWide ? Finalizer.clusterPropagationPolicy : Finalizer.propagationPolicy }

    var kind: GroupVersionKind {
        GroupVersionKind(
            group: "policy.karmada.io", version: "v1alpha1",
            kind: isClusterWide ? "ClusterPropagationPolicy" : "PropagationPolicy")
    }

    /// As Karmada's messages call it.
    var title: String { isClusterWide ? "cluster policy(\(key.name))" : "policy(\(key))" }

    /// As Karmada's messages about preemption call it.
    var fullTitle: String { isClusterWide ? "cluster propagation policy(\(key.name))" : "propagation policy(\(key))" }

    /// The same at the beginning of a sentence.
    var sentenceStart: String { fullTitle.prefix(1).uppercased() + fullTitle.dropFirst() }
}
