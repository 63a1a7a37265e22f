import Kubernetes

// What Karmada's admission webhooks do to its kinds, built in: they fill in, and they refuse.
extension KindRules {
    static let karmadaCluster: [String: KindRules] = [
        "clusters": KindRules(
            name: .clusterName, defaults: ClusterRules.fill(_:isCreation:), validate: ClusterRules.validate(_:old:_:))
    ]

    private static let propagationPolicy = KindRules(
        defaults: PolicyAdmission.fill(policy:isCreation:),
        admit: { policy, old, _ throws(APIError) in try PolicyAdmission.admit(policy: policy, old: old) })

    static let karmadaPolicy: [String: KindRules] = [
        "propagationpolicies": propagationPolicy,
        "clusterpropagationpolicies": propagationPolicy,
        "overridepolicies": KindRules(
            defaults: OverrideAdmission.fill(_:isCreation:),
            admit: { policy, old, _ throws(APIError) in try OverrideAdmission.admit(policy, old: old) }),
        "clusteroverridepolicies": KindRules(
            admit: { policy, old, _ throws(APIError) in try OverrideAdmission.admit(policy, old: old) }),
        "clustertaintpolicies": KindRules(
            admit: { policy, _, options throws(APIError) in
                try ClusterRules.admit(taintPolicy: policy, allowsNoExecute: options.allowsNoExecuteTaintPolicy)
            }),
        "federatedresourcequotas": KindRules(
            admit: { quota, old, _ throws(APIError) in try QuotaAdmission.admit(quota, old: old) }),
    ]

    static let karmadaConfig: [String: KindRules] = [
        "resourceinterpretercustomizations": KindRules(
            admit: { object, _, _ throws(APIError) in try CustomizationAdmission.admit(object) }),
        "resourceinterpreterwebhookconfigurations": KindRules(
            admit: { object, _, _ throws(APIError) in try InterpreterWebhookAdmission.admit(object) }),
    ]

    static let karmadaWork: [String: KindRules] = [
        "works": KindRules(defaults: WorkAdmission.fill(work:isCreation:)),
        "resourcebindings": KindRules(
            defaults: { object, _ in object.fillPermanentID("resourcebinding.karmada.io/permanent-id") },
            admit: { object, _, options throws(APIError) in
                try BindingAdmission.admit(object, validatesComponents: options.validatesComponents)
            }),
        "clusterresourcebindings": KindRules(
            defaults: { object, _ in object.fillPermanentID("clusterresourcebinding.karmada.io/permanent-id") }),
    ]

    static let karmadaNetworking: [String: KindRules] = [
        "multiclusteringresses": KindRules(
            admit: { object, _, _ throws(APIError) in
                var errors = FieldErrors()
                IngressValidation.validate(spec: object.spec, &errors)
                try errors.deny("multiclusteringress.karmada.io")
            }),
        "multiclusterservices": KindRules(
            defaults: { object, _ in object.fillPermanentID("multiclusterservice.karmada.io/permanent-id") },
            admit: { object, old, _ throws(APIError) in try ServiceAdmission.admit(object, old: old) }),
    ]

    static let karmadaAutoscaling: [String: KindRules] = [
        "federatedhpas": KindRules(
            defaults: KindDefaults.fill(autoscaler:isCreation:),
            admit: { object, old, _ throws(APIError) in
                var errors = FieldErrors()
                AutoscalerValidation.validate(object, sources: ["ContainerResource", "Object", "Pods", "Resource"], &errors)
                try errors.deny("federatedhpa.karmada.io")
            }),
        "cronfederatedhpas": KindRules(
            admit: { autoscaler, old, _ throws(APIError) in try CronAutoscalerAdmission.admit(autoscaler, old: old) }),
    ]
}

extension FieldErrors {
    /// Throws what kube-apiserver answers when a validating webhook denies a request.
    func deny(_ webhook: String) throws(APIError) {
        guard !causes.isEmpty else { return }
        let texts = causes.map { "\($0.field): \($0.message)" }
        throw .denied(webhook, texts.count == 1 ? texts[0] : "[\(texts.joined(separator: ", "))]")
    }
}

extension APIError {
    static func denied(_ webhook: String, _ why: String) -> APIError {
        APIError(code: 403, reason: .forbidden, message: "admission webhook \"\(webhook)\" denied the request: \(why)")
    }
}

extension Object {
    /// Gives the object an identity that outlives renaming and re-creation, unless it has one.
    mutating func fillPermanentID(_ label: String) {
        if metadata["labels"]?[label]?.string?.isEmpty != false {
            json["metadata", default: [:]]["labels", default: [:]][label] = .string(RandomUUID.make())
        }
    }
}

/// Refuses to delete resource templates that are labelled as protected.
enum DeletionProtection {
    private static let label = "resourcetemplate.karmada.io/deletion-protected"

    /// - Throws: `Forbidden`, as Karmada's webhook denies it. For a control plane only: members have no such rule.
    static func check(_ object: Object) throws(APIError) {
        guard object.metadata["labels"]?[label]?.string == "Always" else { return }
        throw .denied(
            "resourcedeletionprotection.karmada.io",
            "This resource is protected, please make sure to remove the label: \(label)")
    }
}
