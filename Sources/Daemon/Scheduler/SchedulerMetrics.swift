import Framework
import Telemetry

/// What the scheduler counts, under karmada-scheduler's names.
struct SchedulerMetrics: Sendable {
    /// Why bindings come into the queue.
    enum Event: String {
        case bindingAdd = "BindingAdd"
        case bindingUpdate = "BindingUpdate"
        case clusterChanged = "ClusterChanged"
        case scheduleAttemptFailure = "ScheduleAttemptFailure"
        /// Other profiles came into force.
        case configurationChanged = "ConfigurationChanged"
    }

    private enum Result: String { case scheduled, error }

    private let attempts: MetricFamily<Counter>
    private let durations: MetricFamily<Histogram>
    private let incoming: MetricFamily<Counter>
    let reloads: MetricFamily<Counter>
    let steps: StepTimes

    init(_ registry: MetricsRegistry) {
        attempts = registry.counter(
            "karmada_scheduler_schedule_attempts_total",
            "Number of attempts to schedule a ResourceBinding or ClusterResourceBinding", labels: ["result", "schedule_type"])
        durations = registry.histogram(
            "karmada_scheduler_e2e_scheduling_duration_seconds",
            "From the start of a cycle until its result is written, in seconds", labels: ["result", "schedule_type"],
            bounds: Self.bounds)
        incoming = registry.counter(
            "karmada_scheduler_queue_incoming_bindings_total", "Bindings added to the scheduling queue by event type",
            labels: ["event"])
        reloads = registry.counter(
            "flotilla_scheduler_config_reloads_total", "How often the scheduler's configuration was read again, by result",
            labels: ["result"])
        steps = StepTimes(
            registry.histogram(
                "karmada_scheduler_scheduling_algorithm_duration_seconds", "How long the steps of cycles take, in seconds",
                labels: ["schedule_step"], bounds: Self.bounds))
    }

    private static let bounds = Histogram.exponentialBounds(from: 0.001, factor: 2, count: 15)

    func came(_ event: Event, count: Int = 1) { incoming[event.rawValue].increment(by: count) }

    /// That no cluster fits is a result like another; Karmada counts it so.
    func attempted(_ trigger: ScheduleTrigger, _ result: ScheduleResult, isWritten: Bool, took: Duration) {
        let isError = !isWritten || (!result.isSuccess && result.outcome != .done)
        let outcome = (isError ? Result.error : .scheduled).rawValue
        attempts[outcome, trigger.scheduleType].increment()
        durations[outcome, trigger.scheduleType].observe(took)
    }
}

/// Measures the steps of cycles.
struct StepTimes: CycleObserver {
    private let filter: Histogram
    private let score: Histogram
    private let select: Histogram
    private let assign: Histogram

    init(_ family: MetricFamily<Histogram>) {
        filter = family["Filter"]
        score = family["Score"]
        select = family["Select"]
        assign = family["AssignReplicas"]
    }

    func measure<Value, Failure>(
        _ step: CycleStep, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let start = ContinuousClock.now
        defer { histogram(of: step).observe(.now - start) }
        return try body()
    }

    private func histogram(of step: CycleStep) -> Histogram {
        switch step {
        case .filter: filter
        case .score: score
        case .select: select
        case .assign: assign
        }
    }
}

extension ScheduleTrigger {
    /// As the label `schedule_type` has it.
    fileprivate var scheduleType: String { self == .replicasChanged ? "ScaleSchedule" : "ReconcileSchedule" }
}
