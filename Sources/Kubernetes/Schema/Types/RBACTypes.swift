extension SchemaModule {
    /// Types of `rbac.authorization.k8s.io/v1`.
    static let rbac = [
        SchemaModule(
            "rbac.v1", GroupVersion(group: "rbac.authorization.k8s.io", version: "v1"),
            #"""
            ClusterRole kind: aggregationRule AggregationRule, rules [PolicyRule]
            ClusterRoleBinding kind: roleRef! RoleRef, subjects [Subject]
            Role kind: rules [PolicyRule]
            RoleBinding kind: roleRef! RoleRef, subjects [Subject]
            AggregationRule: clusterRoleSelectors [meta.v1.LabelSelector]
            PolicyRule: apiGroups [string], nonResourceURLs [string], resourceNames [string], resources [string],
                verbs! [string]
            RoleRef atomic: apiGroup string, kind! string, name! string
            Subject atomic: apiGroup string, kind! string, name! string, namespace string
            """#),
    ]
}
