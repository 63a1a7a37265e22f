import Kubernetes

// Karmada's resources, with the names, subresources and printer columns of its CustomResourceDefinitions.
extension ResourceDefinition {
    static let karmada: [ResourceDefinition] =
        [
            cluster,
            karmada("apps", "WorkloadRebalancer", namespaced: false, categories: [], [.status]),
            karmada(
                "autoscaling", "CronFederatedHPA", short: ["cronfhpa"], [.status],
                columns: [
                    PrinterColumn("REFERENCE-KIND", ".spec.scaleTargetRef.kind"),
                    PrinterColumn("REFERENCE-NAME", ".spec.scaleTargetRef.name"),
                    .upperCaseAge,
                ]),
            karmada(
                "autoscaling", "FederatedHPA", short: ["fhpa"], [.status],
                columns: [
                    PrinterColumn("REFERENCE-KIND", ".spec.scaleTargetRef.kind"),
                    PrinterColumn("REFERENCE-NAME", ".spec.scaleTargetRef.name"),
                    PrinterColumn("MINPODS", type: "integer", ".spec.minReplicas"),
                    PrinterColumn("MAXPODS", type: "integer", ".spec.maxReplicas"),
                    PrinterColumn("REPLICAS", type: "integer", ".status.currentReplicas"), .upperCaseAge,
                ]),
            karmada(
                "config", "ResourceInterpreterCustomization", short: ["ric"], namespaced: false,
                columns: [
                    PrinterColumn("TARGET-API-VERSION", ".spec.target.apiVersion"),
                    PrinterColumn("TARGET-KIND", ".spec.target.kind"),
                    .upperCaseAge,
                ]),
            karmada("config", "ResourceInterpreterWebhookConfiguration", namespaced: false),
            karmada("networking", "MultiClusterIngress", short: ["mci"], [.status]),
            karmada("networking", "MultiClusterService", short: ["mcs"], [.status]),
            karmada("policy", "ClusterOverridePolicy", short: ["cop"], namespaced: false),
            karmada("policy", "ClusterPropagationPolicy", short: ["cpp"], namespaced: false, columns: policyColumns),
            karmada("policy", "ClusterTaintPolicy", namespaced: false, categories: []),
            karmada(
                "policy", "FederatedResourceQuota", [.status],
                columns: [PrinterColumn("OVERALL", ".status.overall"), PrinterColumn("OVERALL_USED", ".status.overallUsed")]),
            karmada("policy", "OverridePolicy", short: ["op"]),
            karmada("policy", "PropagationPolicy", short: ["pp"], columns: policyColumns),
            karmada("remedy", "Remedy", namespaced: false),
            karmada(
                "work", version: "v1alpha2", "ClusterResourceBinding", short: ["crb"], namespaced: false, [.status],
                columns: bindingColumns),
            karmada("work", version: "v1alpha2", "ResourceBinding", short: ["rb"], [.status], columns: bindingColumns),
            karmada(
                "work", "Work", short: ["wk"], [.status],
                columns: [
                    PrinterColumn("WORKLOAD-KIND", ".spec.workload.manifests[*].kind"),
                    PrinterColumn("APPLIED", #".status.conditions[?(@.type=="Applied")].status"#), .upperCaseAge,
                ]),
        ] + searching + multiclusterServices

    /// The Multi-Cluster Services API, which control plane and members serve alike.
    static let multiclusterServices: [ResourceDefinition] = [
        custom(
            "multicluster.x-k8s.io", "v1alpha1", "ServiceExport", short: ["svcex"], categories: [], namespaced: true, [.status],
            columns: [.age]),
        custom(
            "multicluster.x-k8s.io", "v1alpha1", "ServiceImport", short: ["svcim"], categories: [], namespaced: true, [.status],
            columns: [PrinterColumn("Type", ".spec.type"), PrinterColumn("IP", ".spec.ips"), .age]),
    ]

    /// Karmada serves clusters by an API server of its own, so they are read and refused as native kinds are.
    private static let cluster = ResourceDefinition(
        group: "cluster.karmada.io", versions: [ResourceVersion("v1alpha1")], kind: "Cluster", categories: ["karmada-io"],
        isNamespaced: false, subresources: [.status, .proxy], hasGeneration: true)

    /// Served as clusters are.
    private static let searching = [
        ResourceDefinition(
            group: "search.karmada.io", versions: [ResourceVersion("v1alpha1")], kind: "ResourceRegistry",
            plural: "resourceregistries", shortNames: ["rr"], isNamespaced: false, subresources: [.status], hasGeneration: true)
    ]

    private static let policyColumns = [
        PrinterColumn("CONFLICT-RESOLUTION", ".spec.conflictResolution"), PrinterColumn("PRIORITY", ".spec.priority"),
        .upperCaseAge,
    ]

    private static let bindingColumns = [
        PrinterColumn("SCHEDULED", #".status.conditions[?(@.type=="Scheduled")].status"#),
        PrinterColumn("FULLYAPPLIED", #".status.conditions[?(@.type=="FullyApplied")].status"#), .upperCaseAge,
    ]

    private static func karmada(
        _ group: String, version: String = "v1alpha1", _ kind: String, short: [String] = [], namespaced: Bool = true,
        categories: [String] = ["karmada-io"], _ subresources: [Subresource] = [], columns: [PrinterColumn]? = nil
    ) -> ResourceDefinition {
        custom(
            "\(group).karmada.io", version, kind, short: short, categories: categories, namespaced: namespaced, subresources,
            columns: columns)
    }

    private static func custom(
        _ group: String, _ version: String, _ kind: String, short: [String], categories: [String], namespaced: Bool,
        _ subresources: [Subresource], columns: [PrinterColumn]?
    ) -> ResourceDefinition {
        ResourceDefinition(
            group: group, versions: [ResourceVersion(version, columns: columns)], kind: kind, shortNames: short,
            categories: categories, isNamespaced: namespaced, subresources: subresources, style: .custom, hasGeneration: true,
            allowsUnconditionalUpdate: false)
    }
}
