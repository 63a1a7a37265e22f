import Kubernetes

/// The status of a kind that is not Kubernetes' own, field by field: what of a member's goes back, and how the members' go
/// together.
struct ReportedStatus: Sendable {
    /// Numbers, which add up.
    var counters: [String] = []
    /// Texts and objects of which the last member's counts that has any.
    var latest: [String] = []
    /// What goes back to the control plane and stays in the binding.
    var others: [String] = []
    /// Whether conditions of the same type, status and reason become one, with what each member says in its message.
    var mergesConditions = false
    /// Whether `observedGeneration` follows the members, by the two generations that each of them reports.
    var tracksGenerations = false

    func reflect(_ object: Object) throws(InterpreterError) -> JSON {
        guard let status = try object.json.members("status") else { return [:] }
        var reflected: JSON = [:]
        for field in counters + latest + others { reflected[field] = status[field] }
        if mergesConditions { reflected["conditions"] = status["conditions"] }
        if tracksGenerations {
            reflected["observedGeneration"] = status["observedGeneration"]
            reflected["generation"] = object.metadata["generation"]
            let template = object.metadata["annotations"]?["resourcetemplate.karmada.io/generation"]?.string
            reflected["resourceTemplateGeneration"] = template.flatMap { Int64($0) }.map(JSON.integer)
        }
        return reflected.withoutEmptyContainers()
    }

    func aggregate(_ object: Object, _ items: [AggregatedStatusItem]) throws(InterpreterError) -> Object {
        var status = try object.json.members("status") ?? [:]
        for field in counters {
            var sum = 0
            for item in items { sum += try item.reported?.count(field, within: item.fieldPrefix) ?? 0 }
            status[field] = JSON(sum)
        }
        for field in latest {
            guard let value = items.reversed().lazy.compactMap({ $0.reported?[field] }).first(where: { !$0.isEmptyValue }) else {
                continue
            }
            status[field] = value
        }
        if mergesConditions { status["conditions"] = .array(try Self.mergedConditions(items)) }
        if tracksGenerations { status["observedGeneration"] = .integer(try Self.observedGeneration(object, items)) }
        return object.with(status: status)
    }

    /// The template's own generation once every member has brought it into force; until then what it was.
    private static func observedGeneration(_ object: Object, _ items: [AggregatedStatusItem]) throws(InterpreterError) -> Int64 {
        let generation = try object.json.generation("metadata", "generation") ?? 0
        for item in items {
            let status = item.reported ?? .null
            let prefix = item.fieldPrefix
            let template = try status.generation("resourceTemplateGeneration", within: prefix) ?? 0
            let own = try status.generation("generation", within: prefix) ?? 0
            let observed = try status.generation("observedGeneration", within: prefix) ?? 0
            guard template == generation, own == observed else {
                return try object.json.generation("status", "observedGeneration") ?? 0
            }
        }
        return generation
    }

    private static func mergedConditions(_ items: [AggregatedStatusItem]) throws(InterpreterError) -> [JSON] {
        var conditions: [JSON] = []
        for item in items {
            for condition in try item.reported?.list("conditions", within: item.fieldPrefix) ?? [] {
                let message = "\(item.clusterName)=\(condition["message"]?.string ?? "")"
                if let index = conditions.firstIndex(where: { $0.isSameState(as: condition) }) {
                    conditions[index]["message"] = .string("\(conditions[index]["message"]?.string ?? ""), \(message)")
                } else {
                    conditions.append(condition)
                    conditions[conditions.count - 1]["message"] = .string(message)
                }
            }
        }
        return conditions
    }
}

// MARK: - What several kinds have in common

extension Object {
    /// The object with another status; equal to the given one where the status says the same.
    func with(status: JSON) -> Object {
        var object = self
        object.status = status.withoutEmptyContainers()
        return object
    }

    /// Whether the status has a condition of this type that is true, for one of these reasons if any are given.
    func hasCondition(_ type: String, reasons: Set<String>? = nil) throws(InterpreterError) -> Bool {
        try json.list("status", "conditions").contains { condition in
            condition["type"]?.string == type && condition["status"]?.string == "True"
                && reasons?.contains(condition["reason"]?.string ?? "") ?? true
        }
    }

    /// ReviseReplica of kinds that default the count where it is missing.
    func replacing(_ field: String, with replicas: Int) -> Object {
        var object = self
        object["spec", field] = JSON(replicas)
        return object
    }

    /// Retain of kinds that members may pause.
    func retaining(_ field: String, of observed: Object) -> Object {
        guard let value = observed["spec", field], !value.isNull else { return self }
        var object = self
        object["spec", field] = value
        return object
    }
}

extension JSON {
    /// Without members and elements that are empty objects, empty arrays or null, at any depth: what a member's own types write
    /// for fields that nobody set.
    func withoutEmptyContainers() -> JSON {
        func kept(_ value: JSON) -> JSON? {
            switch value {
            case .null: return nil
            case .array(let elements): return elements.isEmpty ? nil : .array(elements.compactMap(kept))
            case .object(let members):
                return members.isEmpty
                    ? nil : .object(JSONObject(members.compactMap { key, member in kept(member).map { (key, $0) } }))
            default: return value
            }
        }
        return kept(self) ?? (array == nil ? [:] : [])
    }

    /// Whether two conditions differ in nothing but their times and messages.
    func isSameState(as other: JSON) -> Bool {
        ["type", "status", "reason"].allSatisfy { self[$0] == other[$0] }
    }

    /// A number, also where it is written as text; nil where there is none.
    func number(_ path: String...) -> Double? {
        let value = self[path]
        return value?.double ?? value?.string.flatMap { Double($0) }
    }
}

extension Sequence<AggregatedStatusItem> {
    /// The sum of the members' counts.
    func sum(_ field: String) throws(InterpreterError) -> Int {
        var sum = 0
        for item in self { sum += try item.reported?.count(field, within: item.fieldPrefix) ?? 0 }
        return sum
    }

    /// The texts that members have in a field: of times in RFC 3339 the last is the largest.
    func texts(_ field: String) -> [String] { compactMap { $0.reported?[field]?.string }.filter { !$0.isEmpty } }

    /// The value of a field in the first member that has it.
    func first(_ field: String) -> JSON? {
        lazy.compactMap { $0.reported?[field] }.first { !$0.isNull }
    }
}

/// A condition that the members' statuses come to. It keeps its times while it stays what it was, so that adding up the same
/// statuses again changes nothing.
struct DerivedCondition {
    var type: String
    var status = "True"
    var reason: String
    var message: String

    /// - Parameter timeFields: those that say when the condition came to be, besides `lastTransitionTime`.
    func json(formerly former: JSON?, timeFields: [String]) -> JSON {
        var json: JSON = [
            "type": .string(type), "status": .string(status), "reason": .string(reason), "message": .string(message),
        ]
        let old = (former?.array ?? []).first { $0.isSameState(as: json) && $0["message"] == json["message"] }
        let now = JSON.string(Timestamp.now().description)
        for field in timeFields + ["lastTransitionTime"] { json[field] = old?[field] ?? now }
        return json
    }
}
