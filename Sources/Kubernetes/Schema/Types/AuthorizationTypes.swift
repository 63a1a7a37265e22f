extension SchemaModule {
    /// Types of `authorization.k8s.io/v1`.
    static let authorization = [
        SchemaModule(
            "authorization.v1", GroupVersion(group: "authorization.k8s.io", version: "v1"),
            #"""
            LocalSubjectAccessReview kind: spec! SubjectAccessReviewSpec, status SubjectAccessReviewStatus
            SelfSubjectAccessReview kind: spec! SelfSubjectAccessReviewSpec, status SubjectAccessReviewStatus
            SelfSubjectRulesReview kind: spec! SelfSubjectRulesReviewSpec, status SubjectRulesReviewStatus
            SubjectAccessReview kind: spec! SubjectAccessReviewSpec, status SubjectAccessReviewStatus
            FieldSelectorAttributes: rawSelector string, requirements [meta.v1.FieldSelectorRequirement]
            LabelSelectorAttributes: rawSelector string, requirements [meta.v1.LabelSelectorRequirement]
            NonResourceAttributes: path string, verb string
            NonResourceRule: nonResourceURLs [string], verbs! [string]
            ResourceAttributes: fieldSelector FieldSelectorAttributes, group string, labelSelector LabelSelectorAttributes,
                name string, namespace string, resource string, subresource string, verb string, version string
            ResourceRule: apiGroups [string], resourceNames [string], resources [string], verbs! [string]
            SelfSubjectAccessReviewSpec: nonResourceAttributes NonResourceAttributes, resourceAttributes ResourceAttributes
            SelfSubjectRulesReviewSpec: namespace string
            SubjectAccessReviewSpec: extra {[string]}, groups [string], nonResourceAttributes NonResourceAttributes,
                resourceAttributes ResourceAttributes, uid string, user string
            SubjectAccessReviewStatus: allowed! bool, denied bool, evaluationError string, reason string
            SubjectRulesReviewStatus: evaluationError string, incomplete! bool, nonResourceRules! [NonResourceRule],
                resourceRules! [ResourceRule]
            """#),
    ]
}
