import Telemetry
import Testing

struct MetricsRegistryTests {
    private let registry = MetricsRegistry()

    @Test func showsCountersByLabel() {
        let requests = registry.counter("requests_total", "How many.", labels: ["verb", "code"])
        requests["GET", "200"].increment()
        requests["GET", "200"].increment(by: 2)
        requests["DELETE", "404"].increment()
        #expect(
            registry.text == """
                # HELP requests_total How many.
                # TYPE requests_total counter
                requests_total{verb="DELETE",code="404"} 1
                requests_total{verb="GET",code="200"} 3

                """)
    }

    @Test func showsHistogramsCumulatively() {
        let seconds = registry.histogram("seconds", "How long.", bounds: [0.1, 1])
        for value in [0.1, 0.05, 0.7, 30] { seconds[].observe(value) }
        #expect(
            registry.text == """
                # HELP seconds How long.
                # TYPE seconds histogram
                seconds_bucket{le="0.1"} 2
                seconds_bucket{le="1"} 3
                seconds_bucket{le="+Inf"} 4
                seconds_sum 30.85
                seconds_count 4

                """)
    }

    @Test func readsWhatIsKeptElsewhere() {
        registry.gauge("depth", "Waiting.", labels: ["queue"]) { [(["b"], 2.5), (["a"], 1)] }
        registry.gauge("absent", "Nothing.") { nil }
        #expect(registry.text.contains("depth{queue=\"a\"} 1\ndepth{queue=\"b\"} 2.5\n"))
        #expect(!registry.text.contains("\nabsent"))
    }

    @Test func escapesLabels() {
        registry.gauge("odd", "", labels: ["name"])["a\"b\\c\nd"].set(-1)
        #expect(registry.text.contains(#"odd{name="a\"b\\c\nd"} -1"#))
    }

    @Test func oneNameIsOneFamily() {
        registry.counter("same", "", labels: ["a"])["x"].increment()
        registry.counter("same", "", labels: ["a"])["x"].increment()
        #expect(registry.text.contains("same{a=\"x\"} 2\n"))
    }

    @Test func countsFromManyTasks() async {
        let counter = registry.counter("many", "")[]
        let histogram = registry.histogram("spread", "", bounds: [1])[]
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    for _ in 0..<1000 {
                        counter.increment()
                        histogram.observe(0.5)
                    }
                }
            }
        }
        #expect(counter.value == 8000)
        #expect(histogram.count == 8000)
    }

    @Test func growsBoundsByAFactor() {
        #expect(Histogram.exponentialBounds(from: 0.001, factor: 2, count: 4) == [0.001, 0.002, 0.004, 0.008])
    }

    @Test func tellsOfTheProcess() {
        registry.addProcessMetrics()
        for name in ["process_cpu_seconds_total", "process_start_time_seconds", "process_resident_memory_bytes"] {
            #expect(registry.text.split(separator: "\n").contains { $0.hasPrefix("\(name) ") })
        }
    }
}
