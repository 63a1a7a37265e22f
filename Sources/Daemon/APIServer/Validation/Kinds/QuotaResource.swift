/// The resources that quotas limit by name (Kubernetes, "Resource Quotas").
enum QuotaResource {
    /// Objects, of which there are whole ones only.
    static let counted: Set = [
        "configmaps", "persistentvolumeclaims", "pods", "replicationcontrollers", "resourcequotas", "secrets", "services",
        "services.loadbalancers", "services.nodeports",
    ]
    private static let measured: Set = [
        "cpu", "ephemeral-storage", "limits.cpu", "limits.ephemeral-storage", "limits.memory", "memory", "requests.cpu",
        "requests.ephemeral-storage", "requests.memory", "requests.storage",
    ]

    static func isStandard(_ name: String) -> Bool { counted.contains(name) || measured.contains(name) }
}
