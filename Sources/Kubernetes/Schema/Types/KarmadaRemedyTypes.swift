extension SchemaModule {
    /// Types of `remedy.karmada.io/v1alpha1`.
    static let karmadaRemedy = [
        SchemaModule(
            "remedy.karmada.v1alpha1", GroupVersion(group: "remedy.karmada.io", version: "v1alpha1"),
            #"""
            Remedy kind: spec! RemedySpec
            ClusterAffinity: clusterNames [string]
            ClusterConditionRequirement: conditionStatus! string, conditionType! string, operator! string in(Equal,NotEqual)
            DecisionMatch: clusterConditionMatch ClusterConditionRequirement
            RemedySpec: actions [string], clusterAffinity ClusterAffinity, decisionMatches [DecisionMatch]
            """#),
    ]
}
