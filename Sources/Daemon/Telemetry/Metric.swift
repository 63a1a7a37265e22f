import Synchronization

/// A value that is shown to Prometheus. What it counts is cheap to note: a few nanoseconds, from any task.
public protocol Metric: Sendable {
    /// The type of its family: `counter`, `gauge` or `histogram`.
    static var type: String { get }

    /// What follows the family's name in each of its lines, the labels that it adds itself, and the value.
    var samples: [Sample] { get }
}

public struct Sample: Sendable {
    /// `_sum`; mostly empty.
    var suffix = ""
    /// `le` of a bucket.
    var label: (name: String, value: String)?
    var value: Double
}

/// Only goes up.
public final class Counter: Metric {
    public static let type = "counter"

    private let count = Atomic<Int>(0)

    public func increment(by amount: Int = 1) { count.wrappingAdd(amount, ordering: .relaxed) }

    public var value: Int { count.load(ordering: .relaxed) }

    public var samples: [Sample] { [Sample(value: Double(value))] }
}

/// Goes up and down.
public final class Gauge: Metric {
    public static let type = "gauge"

    private let bits = Atomic<UInt64>(0)

    public func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }

    public var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }

    public var samples: [Sample] { [Sample(value: value)] }
}

/// How many of the values that were seen are up to each of some bounds.
public final class Histogram: Metric {
    public static let type = "histogram"

    private struct State {
        /// By bucket; the last is for what is beyond all bounds.
        var counts: [Int]
        var sum = 0.0
    }

    private let bounds: [Double]
    private let state: Mutex<State>

    /// - Parameter bounds: ascending.
    init(bounds: [Double]) {
        self.bounds = bounds
        state = Mutex(State(counts: [Int](repeating: 0, count: bounds.count + 1)))
    }

    public func observe(_ value: Double) {
        let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
        state.withLock { state in
            state.counts[bucket] += 1
            state.sum += value
        }
    }

    /// In seconds.
    public func observe(_ duration: Duration) { observe(duration / .seconds(1)) }

    public var count: Int { state.withLock { $0.counts.reduce(0, +) } }

    public var samples: [Sample] {
        let (counts, sum) = state.withLock { ($0.counts, $0.sum) }
        var total = 0
        var samples: [Sample] = []
        for (bound, count) in zip(bounds + [.infinity], counts) {
            total += count
            samples.append(Sample(suffix: "_bucket", label: ("le", bound.sampleText), value: Double(total)))
        }
        return samples + [Sample(suffix: "_sum", value: sum), Sample(suffix: "_count", value: Double(total))]
    }

    /// `count` bounds, each `factor` times the one before.
    public static func exponentialBounds(from first: Double, factor: Double, count: Int) -> [Double] {
        var bound = first
        return (0..<count).map { _ in
            defer { bound *= factor }
            return bound
        }
    }
}

extension Double {
    /// As Prometheus' text format has it.
    var sampleText: String {
        if self == .infinity { return "+Inf" }
        return Int(exactly: self).map(String.init) ?? description
    }
}
