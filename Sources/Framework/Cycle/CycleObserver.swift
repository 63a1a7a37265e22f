/// The steps of a cycle. Scores are worked out within the step that asks for them first, which is mostly `select`.
public enum CycleStep: Sendable {
    case filter, score, select, assign
}

/// Is shown the steps of cycles as they run, to measure them, say: the framework itself has no clock.
public protocol CycleObserver: Sendable {
    func measure<Value, Failure: Error>(
        _ step: CycleStep, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value
}
