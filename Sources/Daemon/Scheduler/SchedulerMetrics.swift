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
    let times: CycleTimes

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
        times = CycleTimes(
            steps: registry.histogram(
                "karmada_scheduler_scheduling_algorithm_duration_seconds", "How long the steps of cycles take, in seconds",
                labels: ["schedule_step"], bounds: Self.bounds),
            points: registry.histogram(
                "karmada_scheduler_framework_extension_point_duration_seconds",
                "How long all plugins of an extension point take, in seconds", labels: ["extension_point", "result"],
                bounds: Histogram.exponentialBounds(from: 0.0001, factor: 2, count: 12)),
            plugins: registry.histogram(
                "karmada_scheduler_plugin_execution_duration_seconds",
                "How long a plugin takes at an extension point, for all clusters at once, in seconds",
                labels: ["plugin", "extension_point", "result"],
                bounds: Histogram.exponentialBounds(from: 0.00001, factor: 1.5, count: 20)))
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

/// Measures extension points and plugins.
struct CycleTimes: CycleObserver {
    /// By `schedule_step`.
    let steps: MetricFamily<Histogram>
    /// By `extension_point` and `result`.
    let points: MetricFamily<Histogram>
    /// By `plugin`, `extension_point` and `result`.
    let plugins: MetricFamily<Histogram>

    /// The codes of Karmada's framework.
    private enum Result: String {
        case success = "Success"
        case unschedulable = "Unschedulable"
    }

    func measure<Value, Failure>(
        _ point: ExtensionPoint, plugin: String?, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let start = ContinuousClock.now
        do throws(Failure) {
            let value = try body()
            observe(.now - start, of: point, plugin: plugin, .success)
            return value
        } catch {
            observe(.now - start, of: point, plugin: plugin, .unschedulable)
            throw error
        }
    }

    private func observe(_ time: Duration, of point: ExtensionPoint, plugin: String?, _ result: Result) {
        guard let label = Self.labels[point] else { return }
        if let plugin { return plugins[plugin, label, result.rawValue].observe(time) }
        points[label, result.rawValue].observe(time)
        switch point {
        case .filter, .score, .select: steps[label].observe(time)
        case .assign: steps["AssignReplicas"].observe(time)
        default: break
        }
    }

    /// As the label `extension_point` has them: `PreFilter`.
    private static let labels = Dictionary(
        uniqueKeysWithValues: ExtensionPoint.allCases.map { ($0, $0.rawValue.prefix(1).uppercased() + $0.rawValue.dropFirst()) })
}

extension ScheduleTrigger {
    /// As the label `schedule_type` has it.
    fileprivate var scheduleType: String { self == .replicasChanged ? "ScaleSchedule" : "ReconcileSchedule" }
}
