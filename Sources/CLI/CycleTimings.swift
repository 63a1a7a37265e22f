import Glibc
import Kubernetes

/// How long scheduling cycles took.
struct CycleTimings: CustomStringConvertible {
    /// Nanoseconds.
    private var cycles: [Int64] = []

    mutating func add(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        cycles.append(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    /// One line of JSON. Times are microseconds where the name says so; the peak of resident memory is the whole process's.
    var description: String {
        let sorted = cycles.sorted()
        let seconds = Double(sorted.reduce(0, +)) / 1e9
        func percentile(_ share: Double) -> Double {
            sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]) / 1000
        }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let json: JSON = [
            "schedules": JSON(sorted.count), "seconds": .number(seconds),
            "perSecond": .number(seconds > 0 ? Double(sorted.count) / seconds : 0),
            "p50Micros": .number(percentile(0.5)), "p99Micros": .number(percentile(0.99)),
            "peakRSSBytes": .integer(Int64(usage.ru_maxrss) * 1024),
        ]
        return json.description
    }
}
