/// Is shown the extension points of cycles and their plugins as they run, to measure them, say: the framework itself has no clock.
/// Scores and estimates are worked out within the point that asks for them first, which is mostly `select`.
public protocol CycleObserver: Sendable {
    /// - Parameter plugin: nil for the whole point.
    func measure<Value, Failure: Error>(
        _ point: ExtensionPoint, plugin: String?, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value
}
