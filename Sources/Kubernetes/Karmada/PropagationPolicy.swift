/// Which resources go to which clusters, and how (`policy.karmada.io/v1alpha1`, `PropagationPolicy` and
/// `ClusterPropagationPolicy`).
public struct PropagationPolicy: Sendable {
    public static let resource = GroupVersionResource(
        group: "policy.karmada.io", version: "v1alpha1", resource: "propagationpolicies")
    public static let clusterResource = GroupVersionResource(
        group: "policy.karmada.io", version: "v1alpha1", resource: "clusterpropagationpolicies")

    /// The namespace is empty for a `ClusterPropagationPolicy`.
    public var key: ObjectKey
    public var uid: String
    public var generation: Int64
    public var labels: [String: String]
    public var isBeingDeleted: Bool
    public var spec: Spec

    public init(_ object: Object) {
        key = object.key
        uid = object.uid
        generation = object.generation
        labels = object.labels
        isBeingDeleted = object.isBeingDeleted
        spec = Spec(object.spec)
    }

    public struct Spec: Sendable {
        /// What it was read from.
        public let json: JSON
        public var resourceSelectors: [ResourceSelector]
        public var propagateDeps: Bool
        /// Higher wins. 0 where the policy does not say.
        public var priority: Int32
        /// Whether the policy takes resources from policies of lower priority.
        public var preempts: Bool
        /// Names of OverridePolicies (in the policy's namespace) or ClusterOverridePolicies that must be there first.
        public var dependentOverrides: [String]
        /// Whether a change of the policy waits for the next change of the resource.
        public var isLazy: Bool

        public init(_ json: JSON) {
            self.json = json
            resourceSelectors = (json["resourceSelectors"]?.array ?? []).map(ResourceSelector.init)
            propagateDeps = json["propagateDeps"]?.bool ?? false
            priority = Int32(clamping: json["priority"]?.integer ?? 0)
            preempts = json["preemption"]?.string == "Always"
            dependentOverrides = json["dependentOverrides"]?.strings ?? []
            isLazy = json["activationPreference"]?.string == "Lazy"
        }
    }

    /// Whether this policy rather than `other` gets a resource that both select (Karmada, "Resource Propagating", "Configure
    /// PropagationPolicy/ClusterPropagationPolicy priority"): by priority, then by how closely they select, then by name.
    public func precedes(_ other: PropagationPolicy, fit: ResourceSelector.Fit, otherFit: ResourceSelector.Fit) -> Bool {
        if spec.priority != other.spec.priority { return spec.priority > other.spec.priority }
        if fit != otherFit { return fit > otherFit }
        return key.name < other.key.name
    }
}
