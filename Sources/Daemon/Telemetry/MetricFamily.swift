import Synchronization

/// One metric by name: a value for each combination of its labels' values.
public final class MetricFamily<Value: Metric>: Sendable {
    private let labels: [String]
    private let make: @Sendable () -> Value
    private let values = Mutex<[[String]: Value]>([:])

    init(labels: [String], make: @escaping @Sendable () -> Value) {
        self.labels = labels
        self.make = make
    }

    /// The value for these labels' values, in the order of the labels. Values of labels come from the program, or from a bounded
    /// set: each combination is kept for as long as the process runs. On a hot path the value is kept, not looked up.
    public subscript(_ labelValues: String...) -> Value {
        precondition(labelValues.count == labels.count, "a value for each of \(labels)")
        return values.withLock { values in
            if let value = values[labelValues] { return value }
            let value = make()
            values[labelValues] = value
            return value
        }
    }
}

extension MetricFamily: MetricSource {
    var type: String { Value.type }

    func readings() -> [Reading] {
        values.withLock { $0 }.map { labelValues, value in
            Reading(labels: Array(zip(labels, labelValues)), samples: value.samples)
        }
    }
}

/// Where a family's values come from.
protocol MetricSource: Sendable {
    var type: String { get }
    func readings() -> [Reading]
}

struct Reading {
    var labels: [(String, String)]
    var samples: [Sample]

    func lines(of name: String) -> [String] {
        samples.map { sample in
            let all = labels + [sample.label].compactMap { $0 }
            let text = all.map { "\($0)=\"\(Self.escaped($1))\"" }.joined(separator: ",")
            return "\(name)\(sample.suffix)\(text.isEmpty ? "" : "{\(text)}") \(sample.value.sampleText)"
        }
    }

    private static func escaped(_ value: String) -> String {
        var result = ""
        for character in value.unicodeScalars {
            switch character {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

/// A family whose values are looked at only when somebody asks.
struct ComputedFamily: MetricSource {
    let type: String
    let labels: [String]
    let read: @Sendable () -> [(labels: [String], value: Double)]

    func readings() -> [Reading] {
        read().map { Reading(labels: Array(zip(labels, $0.labels)), samples: [Sample(value: $0.value)]) }
    }
}
