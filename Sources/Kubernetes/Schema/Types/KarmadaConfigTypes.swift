extension SchemaModule {
    /// Types of `config.karmada.io/v1alpha1`.
    static let karmadaConfig = [
        SchemaModule(
            "config.karmada.v1alpha1", GroupVersion(group: "config.karmada.io", version: "v1alpha1"),
            #"""
            ResourceInterpreterCustomization kind: spec! ResourceInterpreterCustomizationSpec
            ResourceInterpreterWebhookConfiguration kind: webhooks! [ResourceInterpreterWebhook]
            ComponentResourceRequirement: luaScript! string
            CustomizationRules: componentResource ComponentResourceRequirement,
                dependencyInterpretation DependencyInterpretation, healthInterpretation HealthInterpretation,
                replicaResource ReplicaResourceRequirement, replicaRevision ReplicaRevision, retention LocalValueRetention,
                statusAggregation StatusAggregation, statusReflection StatusReflection
            CustomizationTarget: apiVersion! string, kind! string
            DependencyInterpretation: luaScript! string
            HealthInterpretation: luaScript! string
            LocalValueRetention: luaScript! string
            ReplicaResourceRequirement: luaScript! string
            ReplicaRevision: luaScript! string
            ResourceInterpreterCustomizationSpec: customizations! CustomizationRules, target! CustomizationTarget
            ResourceInterpreterWebhook: clientConfig! admissionregistration.v1.WebhookClientConfig,
                interpreterContextVersions! [string], name! string, rules [RuleWithOperations], timeoutSeconds int32
            RuleWithOperations: apiGroups! [string], apiVersions! [string], kinds! [string], operations! [string]
            StatusAggregation: luaScript! string
            StatusReflection: luaScript! string
            """#),
    ]
}
