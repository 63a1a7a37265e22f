import Kubernetes

/// Labels that Karmada's API fixes.
enum Label {
    static let propagationPolicyID = "propagationpolicy.karmada.io/permanent-id"
    static let clusterPropagationPolicyID = "clusterpropagationpolicy.karmada.io/permanent-id"
    static let bindingID = "resourcebinding.karmada.io/permanent-id"
    static let clusterBindingID = "clusterresourcebinding.karmada.io/permanent-id"
    static let workID = "work.karmada.io/permanent-id"
    /// On every object in a member that the control plane manages.
    static let managed = "karmada.io/managed"
    /// On the namespaces that belong to the control plane itself.
    static let system = "karmada.io/system"
    /// On the roles that every control plane has from the start.
    static let bootstrapping = "karmada.io/bootstrapping"
    /// On a template that something other than a policy propagates.
    static let claimedBy = "resourcetemplate.karmada.io/claimed-by"
    static let skipAutoPropagation = "namespace.karmada.io/skip-auto-propagation"
    /// On an attached binding, with the hash of the binding that needs it as suffix and that one's permanent id as value.
    static let dependedByPrefix = "resourcebinding.karmada.io/depended-by-"
    static let quotaNamespace = "federatedresourcequota.karmada.io/namespace"
    static let quotaName = "federatedresourcequota.karmada.io/name"
}

/// Annotations that Karmada's API fixes.
enum Annotation {
    static let policyNamespace = "propagationpolicy.karmada.io/namespace"
    static let policyName = "propagationpolicy.karmada.io/name"
    static let clusterPolicyName = "clusterpropagationpolicy.karmada.io/name"
    static let bindingNamespace = "resourcebinding.karmada.io/namespace"
    static let bindingName = "resourcebinding.karmada.io/name"
    static let clusterBindingName = "clusterresourcebinding.karmada.io/name"
    static let workNamespace = "work.karmada.io/namespace"
    static let workName = "work.karmada.io/name"
    static let conflictResolution = "work.karmada.io/conflict-resolution"
    static let templateUID = "resourcetemplate.karmada.io/uid"
    static let templateGeneration = "resourcetemplate.karmada.io/generation"
    /// The keys of the labels and annotations that came from the control plane, so that those it drops are dropped in the
    /// member too.
    static let managedLabels = "resourcetemplate.karmada.io/managed-labels"
    static let managedAnnotations = "resourcetemplate.karmada.io/managed-annotations"
    /// What a binding's resource needs, as a JSON list of `DependentObjectReference`.
    static let dependencies = "resourcebinding.karmada.io/dependencies"
    static let appliedPlacement = "policy.karmada.io/applied-placement"
}

/// Finalizers that Karmada's API fixes.
enum Finalizer {
    static let propagationPolicy = "karmada.io/propagation-policy-controller"
    static let clusterPropagationPolicy = "karmada.io/cluster-propagation-policy-controller"
    static let binding = "karmada.io/binding-controller"
    static let clusterBinding = "karmada.io/cluster-resource-binding-controller"
    static let dependencies = "karmada.io/binding-dependencies-distributor"
    static let execution = "karmada.io/execution-controller"
    static let cluster = "karmada.io/cluster-controller"
}

/// Taints that tell schedulers of a cluster's state.
enum ClusterTaint {
    static let notReady = Taint(key: "cluster.karmada.io/not-ready", effect: .noSchedule)
    static let unreachable = Taint(key: "cluster.karmada.io/unreachable", effect: .noSchedule)
}

/// Resources that controllers use and that have no typed view.
enum Resource {
    static let namespaces = GroupVersionResource(group: "", version: "v1", resource: "namespaces")
    static let services = GroupVersionResource(group: "", version: "v1", resource: "services")
    static let secrets = GroupVersionResource(group: "", version: "v1", resource: "secrets")
    static let leases = GroupVersionResource(group: "coordination.k8s.io", version: "v1", resource: "leases")
    static let clusterRoles = GroupVersionResource(
        group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterroles")
    static let clusterRoleBindings = GroupVersionResource(
        group: "rbac.authorization.k8s.io", version: "v1", resource: "clusterrolebindings")
    static let nodes = GroupVersionResource(group: "", version: "v1", resource: "nodes")
    static let pods = GroupVersionResource(group: "", version: "v1", resource: "pods")
    static let priorityClasses = GroupVersionResource(group: "scheduling.k8s.io", version: "v1", resource: "priorityclasses")
    static let customResourceDefinitions = GroupVersionResource(
        group: "apiextensions.k8s.io", version: "v1", resource: "customresourcedefinitions")
    static let overridePolicies = GroupVersionResource(
        group: "policy.karmada.io", version: "v1alpha1", resource: "overridepolicies")
    static let clusterOverridePolicies = GroupVersionResource(
        group: "policy.karmada.io", version: "v1alpha1", resource: "clusteroverridepolicies")
    static let clusterTaintPolicies = GroupVersionResource(
        group: "policy.karmada.io", version: "v1alpha1", resource: "clustertaintpolicies")
    static let federatedResourceQuotas = GroupVersionResource(
        group: "policy.karmada.io", version: "v1alpha1", resource: "federatedresourcequotas")
    static let remedies = GroupVersionResource(group: "remedy.karmada.io", version: "v1alpha1", resource: "remedies")
    static let cronFederatedHPAs = GroupVersionResource(
        group: "autoscaling.karmada.io", version: "v1alpha1", resource: "cronfederatedhpas")
    static let workloadRebalancers = GroupVersionResource(
        group: "apps.karmada.io", version: "v1alpha1", resource: "workloadrebalancers")
}

/// Namespaces that the control plane keeps for itself: nothing in them is propagated.
enum ReservedNamespace {
    static let system = "karmada-system"
    /// Holds the clusters' Secrets and the Leases of agents.
    static let clusters = "karmada-cluster"

    static func contains(_ namespace: String) -> Bool {
        namespace == system || namespace == clusters || namespace.hasPrefix(Work.namespacePrefix)
    }
}
