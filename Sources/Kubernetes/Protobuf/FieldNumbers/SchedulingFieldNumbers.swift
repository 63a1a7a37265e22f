extension FieldNumbers {
    /// Messages of `scheduling/v1`.
    static let scheduling = [
        FieldNumbers(
            "scheduling.v1",
            """
            PriorityClass: metadata value! globalDefault description preemptionPolicy!
            """),
    ]
}
