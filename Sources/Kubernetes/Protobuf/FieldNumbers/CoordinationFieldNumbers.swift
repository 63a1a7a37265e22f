extension FieldNumbers {
    /// Messages of `coordination/v1`.
    static let coordination = [
        FieldNumbers(
            "coordination.v1",
            """
            Lease: metadata spec
            LeaseSpec: holderIdentity! leaseDurationSeconds! acquireTime! renewTime! leaseTransitions! strategy!
                preferredHolder!
            """),
    ]
}
