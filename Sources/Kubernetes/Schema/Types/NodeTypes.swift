extension SchemaModule {
    /// Types of `node.k8s.io/v1`.
    static let node = [
        SchemaModule(
            "node.v1", GroupVersion(group: "node.k8s.io", version: "v1"),
            #"""
            RuntimeClass kind: handler! string, overhead Overhead, scheduling Scheduling
            Overhead: podFixed {quantity}
            Scheduling: nodeSelector {string} atomic, tolerations [core.v1.Toleration]
            """#),
    ]
}
