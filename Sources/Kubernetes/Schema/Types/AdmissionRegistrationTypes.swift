extension SchemaModule {
    /// Types of `admissionregistration.k8s.io/v1`.
    static let admissionRegistration = [
        SchemaModule(
            "admissionregistration.v1", GroupVersion(group: "admissionregistration.k8s.io", version: "v1"),
            #"""
            MutatingAdmissionPolicy kind: spec MutatingAdmissionPolicySpec
            MutatingAdmissionPolicyBinding kind: spec MutatingAdmissionPolicyBindingSpec
            MutatingWebhookConfiguration kind: webhooks [MutatingWebhook] merge(name) map(name)
            ValidatingAdmissionPolicy kind: spec ValidatingAdmissionPolicySpec, status ValidatingAdmissionPolicyStatus
            ValidatingAdmissionPolicyBinding kind: spec! ValidatingAdmissionPolicyBindingSpec
            ValidatingWebhookConfiguration kind: webhooks [ValidatingWebhook] merge(name) map(name)
            ApplyConfiguration: expression string
            AuditAnnotation: key! string, valueExpression! string
            ExpressionWarning: fieldRef! string, warning! string
            JSONPatch: expression string
            MatchCondition: expression! string, name! string
            MatchResources atomic: excludeResourceRules [NamedRuleWithOperations], matchPolicy string,
                namespaceSelector meta.v1.LabelSelector, objectSelector meta.v1.LabelSelector,
                resourceRules [NamedRuleWithOperations]
            MutatingAdmissionPolicyBindingSpec: matchResources MatchResources, paramRef ParamRef, policyName string
            MutatingAdmissionPolicySpec: failurePolicy string, matchConditions [MatchCondition] merge(name) map(name),
                matchConstraints MatchResources, mutations [Mutation], paramKind ParamKind, reinvocationPolicy string,
                variables [Variable]
            MutatingWebhook: admissionReviewVersions! [string], clientConfig! WebhookClientConfig, failurePolicy string,
                matchConditions [MatchCondition] merge(name) map(name), matchPolicy string, name! string,
                namespaceSelector meta.v1.LabelSelector, objectSelector meta.v1.LabelSelector, reinvocationPolicy string,
                rules [RuleWithOperations], sideEffects! string, timeoutSeconds int32
            Mutation: applyConfiguration ApplyConfiguration, jsonPatch JSONPatch, patchType! string
            NamedRuleWithOperations atomic: apiGroups [string], apiVersions [string], operations [string],
                resourceNames [string], resources [string], scope string
            ParamKind atomic: apiVersion string, kind string
            ParamRef atomic: name string, namespace string, parameterNotFoundAction string, selector meta.v1.LabelSelector
            RuleWithOperations: apiGroups [string], apiVersions [string], operations [string], resources [string], scope string
            ServiceReference: name! string, namespace! string, path string, port int32
            TypeChecking: expressionWarnings [ExpressionWarning]
            ValidatingAdmissionPolicyBindingSpec: matchResources MatchResources, paramRef ParamRef, policyName! string,
                validationActions! [string] set
            ValidatingAdmissionPolicySpec: auditAnnotations [AuditAnnotation], failurePolicy string,
                matchConditions [MatchCondition] merge(name) map(name), matchConstraints MatchResources, paramKind ParamKind,
                validations [Validation], variables [Variable] merge(name) map(name)
            ValidatingAdmissionPolicyStatus: conditions [meta.v1.Condition] map(type), observedGeneration int64,
                typeChecking TypeChecking
            ValidatingWebhook: admissionReviewVersions! [string], clientConfig! WebhookClientConfig, failurePolicy string,
                matchConditions [MatchCondition] merge(name) map(name), matchPolicy string, name! string,
                namespaceSelector meta.v1.LabelSelector, objectSelector meta.v1.LabelSelector, rules [RuleWithOperations],
                sideEffects! string, timeoutSeconds int32
            Validation: expression! string, message string, messageExpression string, reason string
            Variable atomic: expression! string, name! string
            WebhookClientConfig: caBundle bytes, service ServiceReference, url string
            """#),
    ]
}
