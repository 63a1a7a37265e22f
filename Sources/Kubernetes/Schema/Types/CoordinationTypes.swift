extension SchemaModule {
    /// Types of `coordination.k8s.io/v1`.
    static let coordination = [
        SchemaModule(
            "coordination.v1", GroupVersion(group: "coordination.k8s.io", version: "v1"),
            #"""
            Lease kind: spec LeaseSpec
            LeaseSpec: acquireTime microTime, holderIdentity string, leaseDurationSeconds int32, leaseTransitions int32,
                preferredHolder string, renewTime microTime, strategy string
            """#),
    ]
}
