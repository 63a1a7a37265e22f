import Kubernetes
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Counts requests, and shows them as Prometheus text with kube-apiserver's names.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        var verb: String
        var group: String
        var version: String
        var resource: String
        var subresource: String
        var code: Int
    }

    private struct Value {
        var count = 0
        var seconds = 0.0
        /// How many requests took at most the time of each of `bounds`, and longer than that before it.
        var buckets = [Int](repeating: 0, count: bounds.count)
    }

    /// Seconds.
    private static let bounds = [
        0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
    ]

    /// As kube-apiserver's metrics call them.
    private static let verbs = [
        "get": "GET", "head": "GET", "list": "LIST", "watch": "WATCH", "create": "POST", "post": "POST", "update": "PUT",
        "put": "PUT", "patch": "PATCH", "delete": "DELETE", "deletecollection": "DELETECOLLECTION",
    ]

    private let values = Mutex<[Key: Value]>([:])
    private let started = Timestamp.now()

    func note(_ info: RequestInfo, code: Int, took: Duration) {
        let path = info.resource
        // What is no resource of ours counts under one name, whatever its path: clients do not get to make up labels.
        let isKnown = path != nil && code != 404
        let key = Key(
            verb: Self.verbs[info.verb] ?? "OTHER",
            group: isKnown ? path?.resource.group ?? "" : "",
            version: isKnown ? path?.resource.version ?? "" : "", resource: isKnown ? path?.resource.resource ?? "" : "",
            subresource: isKnown ? path?.subresource ?? "" : "", code: code)
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        values.withLock { values in
            values[key, default: Value()].count += 1
            values[key, default: Value()].seconds += seconds
            if let bucket = Self.bounds.firstIndex(where: { seconds <= $0 }) { values[key]?.buckets[bucket] += 1 }
        }
    }

    func text(watches: Int, revision: Int64) -> String {
        var lines = ["# TYPE apiserver_request_total counter"]
        let all = values.withLock { $0 }.map { (labels: Self.labels($0.key), value: $0.value) }.sorted { $0.labels < $1.labels }
        for (labels, value) in all { lines.append("apiserver_request_total{\(labels)} \(value.count)") }
        lines.append("# TYPE apiserver_request_duration_seconds histogram")
        for (labels, value) in all {
            var total = 0
            for (bound, count) in zip(Self.bounds, value.buckets) {
                total += count
                lines.append("apiserver_request_duration_seconds_bucket{\(labels),le=\"\(JSON.number(bound))\"} \(total)")
            }
            lines.append("apiserver_request_duration_seconds_bucket{\(labels),le=\"+Inf\"} \(value.count)")
            lines.append("apiserver_request_duration_seconds_sum{\(labels)} \(value.seconds)")
            lines.append("apiserver_request_duration_seconds_count{\(labels)} \(value.count)")
        }
        lines.append("# TYPE apiserver_longrunning_requests gauge")
        lines.append("apiserver_longrunning_requests{verb=\"WATCH\"} \(watches)")
        lines.append("# TYPE flotilla_store_revision counter")
        lines.append("flotilla_store_revision \(revision)")
        lines += Self.process(startedAt: started.seconds)
        return lines.joined(separator: "\n") + "\n"
    }

    private static func labels(_ key: Key) -> String {
        [
            ("code", String(key.code)), ("component", "apiserver"), ("group", key.group), ("resource", key.resource),
            ("subresource", key.subresource),
            ("verb", key.verb), ("version", key.version),
        ].map { "\($0)=\"\($1)\"" }.joined(separator: ",")
    }

    private static func process(startedAt: Int64) -> [String] {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        var lines = [
            "# TYPE process_cpu_seconds_total counter",
            "process_cpu_seconds_total \(Double(time.tv_sec) + Double(time.tv_nsec) / 1e9)",
            "# TYPE process_start_time_seconds gauge", "process_start_time_seconds \(startedAt)",
        ]
        if let resident = residentBytes {
            lines += ["# TYPE process_resident_memory_bytes gauge", "process_resident_memory_bytes \(resident)"]
        }
        return lines
    }

    /// What the kernel says of this process; nil where there is no procfs. Reading it waits for no device.
    private static var residentBytes: Int? {
        guard let file = fopen("/proc/self/statm", "r") else { return nil }
        defer { fclose(file) }
        var line = [UInt8](repeating: 0, count: 128)
        let count = fread(&line, 1, line.count, file)
        let fields = String(decoding: line.prefix(count), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? Int(fields[1]).map { $0 * Int(getpagesize()) } : nil
    }
}
