extension SchemaModule {
    /// Types of `discovery.k8s.io/v1`.
    static let discovery = [
        SchemaModule(
            "discovery.v1", GroupVersion(group: "discovery.k8s.io", version: "v1"),
            #"""
            EndpointSlice kind: addressType! string, endpoints [Endpoint], ports [EndpointPort]
            Endpoint: addresses! [string] set, conditions EndpointConditions, deprecatedTopology {string}, hints EndpointHints,
                hostname string, nodeName string, targetRef core.v1.ObjectReference, zone string
            EndpointConditions: ready bool, serving bool, terminating bool
            EndpointHints: forNodes [ForNode], forZones [ForZone]
            EndpointPort atomic: appProtocol string, name string, port int32, protocol string
            ForNode: name! string
            ForZone: name! string
            """#),
    ]
}
