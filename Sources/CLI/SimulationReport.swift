import Kubernetes

/// What a simulation found.
struct SimulationReport: CustomStringConvertible {
    let results: [WhatIf.Result]

    var description: String {
        guard !results.isEmpty else { return "There are no bindings." }
        let rows = results.flatMap { result -> [[String]] in
            let name = "\(result.subject.binding.key)"
            guard !result.moves.isEmpty else { return [[name, "<none>", "-", "-", ""]] }
            let hasReplicas = result.subject.binding.spec.replicas > 0
            return result.moves.enumerated().map { index, move in
                [
                    index == 0 ? name : "", move.cluster, text(move.before, hasReplicas), text(move.after, hasReplicas),
                    text(move, hasReplicas),
                ]
            }
        }
        let failures = results.flatMap { result -> [String] in
            [("before", result.before), ("after", result.after)].compactMap { time, outcome in
                guard case .unschedulable(let message) = outcome else { return nil }
                return "\(result.subject.binding.key) is unschedulable \(time): \(message)"
            }
        }
        let table = Table(["BINDING", "CLUSTER", "BEFORE", "AFTER", "MOVE"], rows)
        return (["\(table)"] + failures + [summary]).joined(separator: "\n")
    }

    private var summary: String {
        let moved = results.count { $0.moves.contains { $0.before != $0.after } }
        let lost = results.count {
            if case .unschedulable = $0.after { true } else { false }
        }
        return "\(results.count) binding(s): \(moved) would move, \(lost) would be unschedulable"
    }

    /// What has no replicas is in a cluster, or it is not.
    private func text(_ replicas: Int32?, _ hasReplicas: Bool) -> String {
        replicas.map { hasReplicas ? "\($0)" : "yes" } ?? "-"
    }

    private func text(_ move: WhatIf.Result.Move, _ hasReplicas: Bool) -> String {
        switch (move.before, move.after) {
        case (nil, _?) where !hasReplicas: return "added"
        case (_?, nil) where !hasReplicas: return "removed"
        default:
            let change = Int(move.after ?? 0) - Int(move.before ?? 0)
            return change == 0 ? "" : change > 0 ? "+\(change)" : "\(change)"
        }
    }

    var json: JSON {
        [
            "bindings": .array(
                results.map { result -> JSON in
                    let binding = result.subject.binding
                    var json: JSON = [
                        "namespace": .string(binding.key.namespace), "name": .string(binding.key.name),
                        "replicas": JSON(binding.spec.replicas), "before": result.before.json, "after": result.after.json,
                        "exists": .bool(result.subject.existing != nil),
                    ]
                    json["policy"] = result.subject.policy.map { .string("\($0)") }
                    let moves = result.moves.filter { $0.before != $0.after }
                    json["moves"] = .array(
                        moves.map { move in
                            [
                                "cluster": .string(move.cluster), "before": move.before.map { JSON($0) } ?? .null,
                                "after": move.after.map { JSON($0) } ?? .null,
                            ]
                        })
                    return json
                })
        ]
    }
}
