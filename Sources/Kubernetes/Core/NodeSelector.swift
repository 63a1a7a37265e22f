/// Which nodes are wanted (`core/v1.NodeSelector`): those that one of its terms matches.
public struct NodeSelector: Sendable, Hashable {
    /// All requirements must hold; a term without any matches nothing.
    public struct Term: Sendable, Hashable {
        public var labels: [Requirement]
        public var fields: [Requirement]

        public init(labels: [Requirement], fields: [Requirement]) {
            self.labels = labels
            self.fields = fields
        }

        public init(_ json: JSON) {
            labels = (json["matchExpressions"]?.array ?? []).map(Requirement.init)
            fields = (json["matchFields"]?.array ?? []).map(Requirement.init)
        }

        /// The node that the term names by `metadata.name`.
        public var nodeName: String? {
            fields.first { $0.key == "metadata.name" && $0.operator == "In" && $0.values.count == 1 }?.values[0]
        }

        func matches(name: String, labels nodeLabels: [String: String]) -> Bool {
            guard !labels.isEmpty || !fields.isEmpty else { return false }
            return labels.allSatisfy { $0.holds(for: nodeLabels[$0.key]) }
                && fields.allSatisfy { $0.holds(for: $0.key == "metadata.name" ? name : nil) }
        }
    }

    /// `core/v1.NodeSelectorRequirement`; an operator that is none of `core/v1`'s matches nothing.
    public struct Requirement: Sendable, Hashable {
        public var key: String
        public var `operator`: String
        public var values: [String]

        public init(key: String, operator: String, values: [String]) {
            self.key = key
            self.operator = `operator`
            self.values = values
        }

        init(_ json: JSON) {
            self.init(
                key: json["key"]?.string ?? "", operator: json["operator"]?.string ?? "", values: json["values"]?.strings ?? [])
        }

        func holds(for value: String?) -> Bool {
            switch `operator` {
            case "In": value.map(values.contains) ?? false
            case "NotIn": value.map { !values.contains($0) } ?? true
            case "Exists": value != nil
            case "DoesNotExist": value == nil
            case "Gt", "Lt":
                if let value = value.flatMap({ Int64($0) }), let bound = values.first.flatMap({ Int64($0) }) {
                    `operator` == "Gt" ? value > bound : value < bound
                } else {
                    false
                }
            default: false
            }
        }
    }

    public var terms: [Term]

    public init(_ terms: [Term]) { self.terms = terms }

    public init(_ json: JSON) { terms = (json["nodeSelectorTerms"]?.array ?? []).map(Term.init) }

    public func matches(name: String, labels: [String: String]) -> Bool {
        terms.contains { $0.matches(name: name, labels: labels) }
    }
}

extension Taint {
    /// The taint that a cordoned node counts as having.
    public static let unschedulable = Taint(key: "node.kubernetes.io/unschedulable", effect: .noSchedule)
}
