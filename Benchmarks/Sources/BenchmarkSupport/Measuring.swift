import Foundation

/// Times in milliseconds, of many things of one kind.
public struct Timings: Sendable {
    public private(set) var values: [Double] = []

    public init() {}

    public mutating func add(_ duration: Duration) { values.append(duration.milliseconds) }
    public mutating func add(_ other: Timings) { values += other.values }

    /// - Parameter share: 0.5 for the median, 0.99 for what all but a hundredth stay under.
    public func quantile(_ share: Double) -> Double {
        let sorted = values.sorted()
        return sorted.isEmpty ? .nan : sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
    }

    public var summary: String {
        "p50 \(format(quantile(0.5))) ms, p99 \(format(quantile(0.99))) ms, max \(format(values.max() ?? .nan)) ms"
    }
}

extension Duration {
    public var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
    public var milliseconds: Double { seconds * 1000 }
}

/// Three significant digits or so.
public func format(_ value: Double) -> String {
    String(format: abs(value) >= 100 ? "%.0f" : abs(value) >= 10 ? "%.1f" : "%.2f", value)
}

/// One line of a report: what, and the figures.
public func report(_ what: String, _ figures: String) {
    print(what.padding(toLength: max(52, what.count), withPad: " ", startingAt: 0), figures)
    fflush(nil)
}

/// The value after `name` on the command line.
public func option(_ name: String, default fallback: String) -> String {
    let arguments = CommandLine.arguments
    guard let index = arguments.firstIndex(of: name), index + 1 < arguments.count else { return fallback }
    return arguments[index + 1]
}

/// Runs `count` things, `workers` at a time; each worker has a connection of its own.
/// - Returns: how long each took.
public func inParallel(
    _ count: Int, workers: Int, connect: @escaping @Sendable () async throws -> Connection,
    _ body: @escaping @Sendable (Int, Connection) async throws -> Void
) async throws -> Timings {
    try await withThrowingTaskGroup(of: Timings.self) { group in
        for worker in 0..<workers {
            group.addTask {
                let connection = try await connect()
                var timings = Timings()
                for index in stride(from: worker, to: count, by: workers) {
                    let begin = ContinuousClock.now
                    try await body(index, connection)
                    timings.add(ContinuousClock.now - begin)
                }
                try await connection.close()
                return timings
            }
        }
        return try await group.reduce(into: Timings()) { $0.add($1) }
    }
}

/// Looks ten times a second until the condition holds.
/// - Throws: ``BenchmarkError`` where it does not within the limit.
public func eventually(
    _ what: String, within limit: Duration, isolation: isolated (any Actor)? = #isolation,
    _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw BenchmarkError("not within \(limit): \(what)") }
        try await Task.sleep(for: .milliseconds(100))
    }
}
