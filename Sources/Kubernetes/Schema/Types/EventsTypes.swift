extension SchemaModule {
    /// Types of `events.k8s.io/v1`.
    static let events = [
        SchemaModule(
            "events.v1", GroupVersion(group: "events.k8s.io", version: "v1"),
            #"""
            Event kind: action string, deprecatedCount int32, deprecatedFirstTimestamp time, deprecatedLastTimestamp time,
                deprecatedSource core.v1.EventSource, eventTime! microTime, note string, reason string,
                regarding core.v1.ObjectReference, related core.v1.ObjectReference, reportingController string,
                reportingInstance string, series EventSeries, type string
            EventSeries: count! int32, lastObservedTime! microTime
            """#),
    ]
}
