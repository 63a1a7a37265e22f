extension FieldNumbers {
    /// Messages of `events/v1`.
    static let events = [
        FieldNumbers(
            "events.v1",
            """
            Event: metadata! eventTime! series! reportingController reportingInstance action reason regarding related! note type
                deprecatedSource deprecatedFirstTimestamp deprecatedLastTimestamp deprecatedCount
            EventSeries: count! lastObservedTime!
            """),
    ]
}
