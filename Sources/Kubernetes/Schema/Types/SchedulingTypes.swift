extension SchemaModule {
    /// Types of `scheduling.k8s.io/v1`.
    static let scheduling = [
        SchemaModule(
            "scheduling.v1", GroupVersion(group: "scheduling.k8s.io", version: "v1"),
            #"""
            PriorityClass kind: description string, globalDefault bool, preemptionPolicy string, value int32
            """#),
    ]
}
