extension FieldNumbers {
    /// Messages of `discovery/v1`.
    static let discovery = [
        FieldNumbers(
            "discovery.v1",
            """
            Endpoint: addresses conditions hostname! targetRef! deprecatedTopology nodeName! zone! hints!
            EndpointConditions: ready! serving! terminating!
            EndpointHints: forZones forNodes
            EndpointPort: name! protocol! port! appProtocol!
            EndpointSlice: metadata endpoints ports addressType!
            ForNode: name!
            ForZone: name!
            """),
    ]
}
