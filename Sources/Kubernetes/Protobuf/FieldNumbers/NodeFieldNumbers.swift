extension FieldNumbers {
    /// Messages of `node/v1`.
    static let node = [
        FieldNumbers(
            "node.v1",
            """
            Overhead: podFixed
            RuntimeClass: metadata handler! overhead! scheduling!
            Scheduling: nodeSelector tolerations
            """),
    ]
}
