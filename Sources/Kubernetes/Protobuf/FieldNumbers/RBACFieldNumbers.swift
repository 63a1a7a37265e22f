extension FieldNumbers {
    /// Messages of `rbac/v1`.
    static let rbac = [
        FieldNumbers(
            "rbac.v1",
            """
            AggregationRule: clusterRoleSelectors
            ClusterRole: metadata rules aggregationRule!
            ClusterRoleBinding: metadata subjects roleRef!
            PolicyRule: verbs apiGroups resources resourceNames nonResourceURLs
            Role: metadata rules
            RoleBinding: metadata subjects roleRef!
            RoleRef: apiGroup! kind! name!
            Subject: kind! apiGroup name! namespace
            """),
    ]
}
