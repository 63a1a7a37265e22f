import Kubernetes

// What the API server does to an object between reading it and storing it, as pure functions: first the defaults, then the
// validation. Objects are in the version that they were sent in.
extension ResourceDefinition {
    /// Fills in what the writer left out: the defaults of the kind, and what Karmada's admission adds to its kinds.
    ///
    /// On creation the status is in place already (empty where the kind starts with none), and so is `metadata.uid`.
    /// - Parameter old: what the store holds, in the same version; nil on creation.
    public func fillDefaults(_ object: inout Object, version: String, old: Object? = nil) {
        if style == .custom { schema(version)?.fillDefaults(&object.json, known: old?.json) }
        KindRules.of(groupResource)?.defaults?(&object, old == nil)
    }

    /// Checks a whole object.
    /// - Parameters:
    ///   - old: what the store holds, in the same version; nil on creation.
    ///   - subresource: `status` and its like check nothing but metadata, what the kind says of its status and, for custom
    ///     resources, the schema.
    /// - Throws: `Invalid` (422) with every fault found; `Forbidden` (403) where Karmada's admission would refuse.
    public func validate(_ object: Object, version: String, old: Object?, subresource: String? = nil) throws(APIError) {
        let rules = KindRules.of(groupResource)
        var errors = FieldErrors()
        if let old {
            MetadataRules.validateUpdate(object, old, &errors)
            if !allowsUnconditionalUpdate, object.resourceVersion.isEmpty {
                errors.invalid(FieldPath.metadata.child("resourceVersion"), 0, "must be specified for an update")
            }
        }
        if object.metadata != old?.metadata {
            MetadataRules.validate(object, old: old, isNamespaced: isNamespaced, name: rules?.name ?? .subdomain, &errors)
            // kube-apiserver's own kinds are stricter about finalizers than those of its extension for custom resources.
            if style == .native, groupResource != CustomResourceDefinition.collection {
                MetadataRules.validateFinalizersAreQualified(object, &errors)
            }
        }
        if style == .custom { validateSchema(object, version: version, old: old, &errors) }
        // The spec of a workload that is as it was, was checked when it was stored.
        let isSpecKept = style == .native && hasGeneration && hasStatus && (old.map { $0["spec"] == object["spec"] } ?? false)
        if subresource != nil {
            rules?.validateStatus?(object, old, &errors)
        } else if !isSpecKept {
            rules?.validate?(object, old, &errors)
        }
        try errors.check(kind(version), name: object.name)
        // Admission comes last, as Karmada's webhooks see only what the schema let pass.
        if subresource == nil { try rules?.admit?(object, old, admission) }
    }

    private func validateSchema(_ object: Object, version: String, old: Object?, _ errors: inout FieldErrors) {
        guard let schema = schema(version) else { return }
        let faults = SchemaValidator.validate(object.json, old: old?.json, schema)
        errors.append(faults)
        guard self.version(version)?.hasRules == true else { return }
        // Expressions may rely on the schema.
        if faults.causes.contains(where: { Self.blockingReasons.contains($0.reason) }) {
            errors.invalid(
                FieldPath(""), nil,
                """
                some validation rules were not checked because the object was invalid; correct the existing errors to complete \
                validation
                """)
        } else {
            errors.append(RuleValidator.validate(object.json, old: old?.json, schema))
        }
    }

    private static let blockingReasons: Set = [
        "FieldValueNotSupported", "FieldValueRequired", "FieldValueTooLong", "FieldValueTooMany", "FieldValueTypeInvalid",
    ]
}

/// What the operator may allow or forbid, by flags of karmada-webhook in Karmada.
public struct AdmissionOptions: Sendable {
    /// `--allow-no-execute-taint-policy`: whether a ClusterTaintPolicy may use the effect `NoExecute`, which evicts workloads.
    public var allowsNoExecuteTaintPolicy = false
    /// Whether objects that are labelled as protected (see ``DeletionProtection``) are kept from being deleted: in a control
    /// plane, not in a member.
    public var protectsFromDeletion = false
    /// Whether bindings must keep within the FederatedResourceQuotas of their namespace (see ``FederatedQuotas``).
    public var enforcesFederatedQuotas = false
    /// Whether the components of bindings must have names, each another: the gate `MultiplePodTemplatesScheduling`.
    public var validatesComponents = false

    public init() {}
}

/// What is particular to one kind.
struct KindRules: Sendable {
    var name = NameRule.subdomain
    var defaults: (@Sendable (_ object: inout Object, _ isCreation: Bool) -> Void)?
    var validate: (@Sendable (_ object: Object, _ old: Object?, _ errors: inout FieldErrors) -> Void)?
    var validateStatus: (@Sendable (_ object: Object, _ old: Object?, _ errors: inout FieldErrors) -> Void)?
    /// A refusal that is no validation: a webhook's, in Karmada.
    var admit: (@Sendable (_ object: Object, _ old: Object?, _ options: AdmissionOptions) throws(APIError) -> Void)?

    static func of(_ resource: GroupResource) -> KindRules? { all[resource] }

    private static let all: [GroupResource: KindRules] = {
        var all: [GroupResource: KindRules] = [:]
        let groups: [(String, [String: KindRules])] = [
            ("", core), ("apps", apps), ("batch", batch), ("autoscaling", autoscaling), ("networking.k8s.io", networking),
            ("policy", policy), ("rbac.authorization.k8s.io", rbac), ("storage.k8s.io", storage),
            ("scheduling.k8s.io", scheduling), ("discovery.k8s.io", discovery), ("coordination.k8s.io", coordination),
            ("admissionregistration.k8s.io", admissionRegistration), ("certificates.k8s.io", certificates),
            ("apiextensions.k8s.io", apiExtensions),
            ("cluster.karmada.io", karmadaCluster), ("config.karmada.io", karmadaConfig), ("policy.karmada.io", karmadaPolicy),
            ("work.karmada.io", karmadaWork),
            ("networking.karmada.io", karmadaNetworking), ("autoscaling.karmada.io", karmadaAutoscaling),
        ]
        for (group, kinds) in groups {
            for (resource, rules) in kinds { all[GroupResource(group: group, resource: resource)] = rules }
        }
        return all
    }()
}

extension JSON {
    /// Sets a member that is not there.
    mutating func fill(_ key: String, _ value: JSON) {
        if self[key] == nil { self[key] = value }
    }

    /// Changes a member that is an object, where it is there.
    mutating func withObject(_ key: String, _ change: (inout JSON) -> Void) {
        guard self[key]?.object != nil else { return }
        change(&self[key, default: [:]])
    }

    /// Changes each element of a list that is a member, where it is there.
    mutating func forEach(in key: String, _ change: (inout JSON) -> Void) {
        guard case .array(var elements)? = self[key] else { return }
        self[key] = .null
        for index in elements.indices { change(&elements[index]) }
        self[key] = .array(elements)
    }

    /// The elements of a list that is a member; none where there is no such list.
    func list(_ key: String) -> [JSON] { self[key]?.array ?? [] }

    /// The text of a member; empty where there is none.
    func text(_ key: String) -> String { self[key]?.string ?? "" }
}

extension Object {
    /// Changes the spec in place; an object without one gets one.
    mutating func withSpec(_ change: (inout JSON) -> Void) { change(&json["spec", default: [:]]) }
}
