/// Which labels are wanted: every requirement must hold. Without requirements it matches everything.
///
/// Written as an object (`meta/v1.LabelSelector`: `matchLabels` and `matchExpressions`) or as a query (`tier in (a, b), !old`).
public struct LabelSelector: Sendable, Hashable {
    /// Sorted by key.
    public let requirements: [Requirement]

    public init(_ requirements: [Requirement]) {
        self.requirements = requirements.sorted { $0.key < $1.key }
    }

    public var isEmpty: Bool { requirements.isEmpty }

    public func matches(_ labels: [String: String]) -> Bool {
        requirements.allSatisfy { $0.matches(labels[$0.key]) }
    }

    /// One condition on the value of one label.
    public struct Requirement: Sendable, Hashable {
        public let key: String
        public let operation: Operator
        /// Sorted and unique.
        public let values: [String]

        /// Checks the combination as `labels.NewRequirement` does.
        public init(key: String, operation: Operator, values: [String]) throws(SelectorError) {
            var problems: [String] = []
            let keyProblems = LabelSyntax.problems(ofKey: key)
            if !keyProblems.isEmpty { problems.append(SelectorError.invalid("key", .string(key), keyProblems)) }
            if let problem = operation.problem(with: values) {
                problems.append(SelectorError.invalid("values", JSON(values), [problem]))
            }
            for (index, value) in values.enumerated() {
                if operation.isNumeric, Int64(value) == nil {
                    problems.append(
                        SelectorError.invalid(
                            "values[\(index)]", .string(value), ["for 'Gt', 'Lt' operators, the value must be an integer"]))
                }
                let valueProblems = LabelSyntax.problems(ofValue: value)
                if !valueProblems.isEmpty {
                    problems.append(SelectorError.invalid("values[\(index)][\(key)]", .string(value), valueProblems))
                }
            }
            guard problems.isEmpty else { throw SelectorError(problems) }
            self.key = key
            self.operation = operation
            self.values = values.count < 2 ? values : Array(Set(values)).sorted()
        }

        /// Whether a label of this value (nil: no such label) is wanted.
        public func matches(_ value: String?) -> Bool {
            switch operation {
            case .equals, .in: value.map(values.contains) ?? false
            case .notEquals, .notIn: !(value.map(values.contains) ?? false)
            case .exists: value != nil
            case .doesNotExist: value == nil
            case .greaterThan, .lessThan: compare(value)
            }
        }

        private func compare(_ value: String?) -> Bool {
            guard let number = value.flatMap(Int64.init), let bound = values.first.flatMap(Int64.init) else { return false }
            return operation == .greaterThan ? number > bound : number < bound
        }
    }

    public enum Operator: Sendable, Hashable {
        case equals, notEquals, `in`, notIn, exists, doesNotExist, greaterThan, lessThan

        fileprivate var isNumeric: Bool { self == .greaterThan || self == .lessThan }

        fileprivate func problem(with values: [String]) -> String? {
            switch self {
            case .in, .notIn: values.isEmpty ? "for 'in', 'notin' operators, values set can't be empty" : nil
            case .equals, .notEquals: values.count == 1 ? nil : "exact-match compatibility requires one single value"
            case .exists, .doesNotExist: values.isEmpty ? nil : "values set must be empty for exists and does not exist"
            case .greaterThan, .lessThan: values.count == 1 ? nil : "for 'Gt', 'Lt' operators, exactly one value is required"
            }
        }
    }
}

// MARK: - The object form

extension LabelSelector {
    /// Reads `matchLabels` and `matchExpressions`. An empty object (and null) matches everything; where a missing selector shall
    /// match nothing, that is for the caller to decide.
    public init(_ json: JSON) throws(SelectorError) {
        var requirements: [Requirement] = []
        for (key, value) in json["matchLabels"]?.object ?? JSONObject() {
            guard let value = value.string else {
                throw SelectorError([SelectorError.invalid("matchLabels[\(key)]", value, ["must be a string"])])
            }
            requirements.append(try Requirement(key: key, operation: .equals, values: [value]))
        }
        for expression in json["matchExpressions"]?.array ?? [] {
            let name = expression["operator"]?.string ?? ""
            guard let operation = Self.operators[name] else {
                throw SelectorError("\(JSON.string(name)) is not a valid label selector operator")
            }
            requirements.append(
                try Requirement(
                    key: expression["key"]?.string ?? "", operation: operation, values: expression["values"]?.strings ?? []))
        }
        self.init(requirements)
    }

    fileprivate static let operators: [String: Operator] = [
        "In": .in, "NotIn": .notIn, "Exists": .exists, "DoesNotExist": .doesNotExist,
    ]
}

// MARK: - Writing

extension LabelSelector.Requirement {
    /// As an element of `matchExpressions`; nil for what only queries can say.
    public var expression: JSON? {
        guard let name = LabelSelector.operators.first(where: { $0.value == operation })?.key else { return nil }
        var expression: JSON = ["key": .string(key), "operator": .string(name)]
        if !values.isEmpty { expression["values"] = JSON(values) }
        return expression
    }
}

extension LabelSelector: CustomStringConvertible {
    /// As a query.
    public var description: String { requirements.map(\.description).joined(separator: ",") }
}

extension LabelSelector.Requirement: CustomStringConvertible {
    public var description: String {
        let list = values.joined(separator: ",")
        return switch operation {
        case .equals: "\(key)=\(list)"
        case .notEquals: "\(key)!=\(list)"
        case .in: "\(key) in (\(list))"
        case .notIn: "\(key) notin (\(list))"
        case .exists: key
        case .doesNotExist: "!\(key)"
        case .greaterThan: "\(key)>\(list)"
        case .lessThan: "\(key)<\(list)"
        }
    }
}

/// Why a selector is none, in Kubernetes' words.
public struct SelectorError: Error, Equatable, CustomStringConvertible {
    public let message: String

    public init(_ message: String) { self.message = message }

    /// Several problems in one error, as `field.ErrorList` prints them.
    init(_ problems: [String]) {
        message = problems.count == 1 ? problems[0] : "[\(problems.joined(separator: ", "))]"
    }

    public var description: String { message }

    /// As `field.Invalid` prints it.
    static func invalid(_ field: String, _ value: JSON, _ problems: [String]) -> String {
        "\(field): Invalid value: \(value): \(problems.joined(separator: "; "))"
    }
}
