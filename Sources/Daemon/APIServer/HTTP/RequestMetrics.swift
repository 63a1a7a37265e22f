import Synchronization
import Telemetry

/// Counts requests and how long they take, under kube-apiserver's names.
final class RequestMetrics: Sendable {
    private struct Key: Hashable {
        var verb: String
        var group: String
        var version: String
        var resource: String
        var subresource: String
        var code: Int
    }

    private struct Values {
        var count: Counter
        var durations: Histogram
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

    private let total: MetricFamily<Counter>
    private let duration: MetricFamily<Histogram>
    private let values = Mutex<[Key: Values]>([:])

    init(_ registry: MetricsRegistry) {
        total = registry.counter(
            "apiserver_request_total", "Requests by verb, group, version, resource, subresource and HTTP response code.",
            labels: ["code", "component", "group", "resource", "subresource", "verb", "version"])
        duration = registry.histogram(
            "apiserver_request_duration_seconds", "How long requests take, in seconds.",
            labels: ["component", "group", "resource", "subresource", "verb", "version"], bounds: Self.bounds)
    }

    func note(_ info: RequestInfo, code: Int, took: Duration) {
        let path = info.resource
        // What is no resource of ours counts under one name, whatever its path: clients do not get to make up labels.
        let isKnown = path != nil && code != 404
        let key = Key(
            verb: Self.verbs[info.verb] ?? "OTHER", group: isKnown ? path?.resource.group ?? "" : "",
            version: isKnown ? path?.resource.version ?? "" : "", resource: isKnown ? path?.resource.resource ?? "" : "",
            subresource: isKnown ? path?.subresource ?? "" : "", code: code)
        let values = values.withLock { values in
            if let known = values[key] { return known }
            let labels = (key.group, key.resource, key.subresource, key.verb, key.version)
            let new = Values(
                count: total[String(code), "apiserver", labels.0, labels.1, labels.2, labels.3, labels.4],
                durations: duration["apiserver", labels.0, labels.1, labels.2, labels.3, labels.4])
            values[key] = new
            return new
        }
        values.count.increment()
        values.durations.observe(took)
    }
}
