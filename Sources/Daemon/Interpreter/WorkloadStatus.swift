import Kubernetes

/// The status of a kind that counts replicas: how a member's goes back to the control plane, and how the members' add up.
struct WorkloadStatus: Sendable {
    /// The counters, which add up.
    var counters: [String]
    /// Those of the counters that Kubernetes writes even when they are 0.
    var alwaysWritten: Set<String> = []
    /// Whether the template's `observedGeneration` follows the members'. Karmada's StatefulSets do not report theirs, and
    /// measure the template's generation that a member has seen against the member's own.
    var reportsObservedGeneration = true

    /// The counters with the two generations that tell whether they speak of the newest template: the member object's own and,
    /// from its annotation, that of the template it was made from.
    func reflect(_ object: Object) throws(InterpreterError) -> JSON? {
        guard let status = try object.json.members("status") else { return nil }
        var reflected: JSON = [:]
        try reflected.set(counters, from: status, within: "status.", alwaysWritten: alwaysWritten)
        if reportsObservedGeneration {
            try reflected.setGeneration("observedGeneration", status.generation("observedGeneration", within: "status."))
        }
        try reflected.setGeneration("generation", object.json.generation("metadata", "generation"))
        try reflected.setGeneration("resourceTemplateGeneration", object.templateGeneration)
        if reflected.isEmptyValue { return nil }
        return reflected
    }

    /// The sums of the members' counters. `observedGeneration` is the template's own once every member has brought the newest
    /// template into force, and stays what it was until then.
    func aggregate(_ object: Object, _ items: [AggregatedStatusItem]) throws(InterpreterError) -> Object {
        let generation = try object.json.generation("metadata", "generation") ?? 0
        let old = try object.json.members("status") ?? [:]
        var sums = [Int](repeating: 0, count: counters.count)
        var upToDate = 0
        for item in items {
            guard let status = item.reported else { continue }
            let prefix = item.fieldPrefix
            for (index, counter) in counters.enumerated() { sums[index] += try status.count(counter, within: prefix) ?? 0 }
            let own = try status.generation("generation", within: prefix) ?? 0
            let template = try status.generation("resourceTemplateGeneration", within: prefix) ?? 0
            let observed = try status.generation("observedGeneration", within: prefix) ?? 0
            if observed >= own, template >= (reportsObservedGeneration ? generation : own) { upToDate += 1 }
        }
        let oldObserved = try old.generation("observedGeneration", within: "status.") ?? 0
        let observed = upToDate == items.count ? generation : oldObserved

        var new = old
        for (counter, sum) in zip(counters, sums) { new[counter] = JSON(sum) }
        new["observedGeneration"] = .integer(observed)
        var unchanged = observed == oldObserved
        for (counter, sum) in zip(counters, sums) where unchanged {
            unchanged = try sum == old.count(counter, within: "status.") ?? 0
        }
        if unchanged { return object }

        new = new.omittingEmpty()
        for counter in alwaysWritten { new.fill(counter, with: 0) }
        var result = object
        result.status = new
        return result
    }
}

extension AggregatedStatusItem {
    /// The member's status, if it has told one.
    var reported: JSON? {
        guard let status, !status.isNull else { return nil }
        return status
    }

    /// Where an error says a member's status is wrong.
    var fieldPrefix: String { "status of member \(clusterName): " }
}

extension Object {
    /// The generation of the template that a member's object was made from: Karmada notes it in an annotation.
    fileprivate var templateGeneration: Int64 {
        get throws(InterpreterError) {
            let key = "resourcetemplate.karmada.io/generation"
            let text = metadata["annotations"]?[key]?.string ?? ""
            guard let generation = Int64(text) else {
                throw InterpreterError(
                    field: "metadata.annotations[\(key)]", message: text.isEmpty ? "required" : "\"\(text)\" is no integer")
            }
            return generation
        }
    }
}

extension JSON {
    /// Copies counters; one that is 0 or absent is left out unless it is always written.
    mutating func set(
        _ counters: [String], from status: JSON, within prefix: String, alwaysWritten: Set<String> = []
    ) throws(InterpreterError) {
        for counter in counters {
            let count = try status.count(counter, within: prefix) ?? 0
            if count != 0 || alwaysWritten.contains(counter) { self[counter] = JSON(count) }
        }
    }

    fileprivate mutating func setGeneration(_ key: String, _ generation: Int64?) {
        if let generation, generation != 0 { self[key] = .integer(generation) }
    }
}
