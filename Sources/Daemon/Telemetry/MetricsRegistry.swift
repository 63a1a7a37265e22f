import Synchronization

/// All metrics of a process, shown as Prometheus text at `/metrics`. Names and labels are Kubernetes' and Karmada's where these
/// have the metric.
public final class MetricsRegistry: Sendable {
    private struct Entry {
        var help: String
        var source: any MetricSource
    }

    private let entries = Mutex<[String: Entry]>([:])

    public init() {}

    /// The counter of this name; made where nobody asked for it before.
    public func counter(_ name: String, _ help: String, labels: [String] = []) -> MetricFamily<Counter> {
        family(name, help) { MetricFamily(labels: labels) { Counter() } }
    }

    public func gauge(_ name: String, _ help: String, labels: [String] = []) -> MetricFamily<Gauge> {
        family(name, help) { MetricFamily(labels: labels) { Gauge() } }
    }

    /// - Parameter bounds: of the buckets, ascending; the one for everything else comes by itself.
    public func histogram(
        _ name: String, _ help: String, labels: [String] = [], bounds: [Double]
    ) -> MetricFamily<Histogram> {
        family(name, help) { MetricFamily(labels: labels) { Histogram(bounds: bounds) } }
    }

    /// A gauge that is read when somebody asks. Of two with one name the later counts.
    /// - Parameter read: returns at once. The values of the labels, in their order, and the value.
    public func gauge(
        _ name: String, _ help: String, labels: [String],
        reading read: @escaping @Sendable () -> [(labels: [String], value: Double)]
    ) {
        set(name, help, ComputedFamily(type: Gauge.type, labels: labels, read: read))
    }

    /// The same for a gauge without labels; nil where it has no value.
    public func gauge(_ name: String, _ help: String, reading read: @escaping @Sendable () -> Double?) {
        gauge(name, help, labels: []) { read().map { [([], $0)] } ?? [] }
    }

    /// A counter that is kept elsewhere, read when somebody asks.
    public func counter(_ name: String, _ help: String, reading read: @escaping @Sendable () -> Double) {
        set(name, help, ComputedFamily(type: Counter.type, labels: []) { [([], read())] })
    }

    /// By name, then by labels.
    public var text: String {
        var lines: [String] = []
        for (name, entry) in entries.withLock({ $0 }).sorted(by: { $0.key < $1.key }) {
            lines.append("# HELP \(name) \(entry.help)")
            lines.append("# TYPE \(name) \(entry.source.type)")
            let readings = entry.source.readings().sorted { left, right in
                left.labels.lazy.map(\.1).lexicographicallyPrecedes(right.labels.lazy.map(\.1))
            }
            lines += readings.flatMap { $0.lines(of: name) }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private func set(_ name: String, _ help: String, _ source: any MetricSource) {
        entries.withLock { $0[name] = Entry(help: help, source: source) }
    }

    private func family<Value>(
        _ name: String, _ help: String, _ make: () -> MetricFamily<Value>
    ) -> MetricFamily<Value> {
        entries.withLock { entries in
            if let known = entries[name]?.source as? MetricFamily<Value> { return known }
            let family = make()
            entries[name] = Entry(help: help, source: family)
            return family
        }
    }
}
