extension FieldNumbers {
    /// Messages of `policy/v1`.
    static let policy = [
        FieldNumbers(
            "policy.v1",
            """
            Eviction: metadata deleteOptions!
            PodDisruptionBudget: metadata spec status
            PodDisruptionBudgetSpec: minAvailable! selector! maxUnavailable! unhealthyPodEvictionPolicy!
            PodDisruptionBudgetStatus: observedGeneration disruptedPods disruptionsAllowed! currentHealthy! desiredHealthy!
                expectedPods! conditions
            """),
    ]
}
