import Kubernetes

extension Explanation {
    public var json: JSON {
        var json: JSON = [
            "schedulerName": .string(schedulerName), "clusters": .array(clusters.map(\.json)),
            "steps": .array(steps.map(\.json)),
        ]
        if !affinityName.isEmpty { json["affinityName"] = .string(affinityName) }
        json["failure"] = failure.map(JSON.string)
        return json
    }
}

extension Explanation.Cluster {
    fileprivate var json: JSON {
        var json: JSON = [
            "name": .string(name), "feasible": .bool(isFeasible), "selected": .bool(isSelected), "reason": .string(reason),
        ]
        json["filters"] = .array(
            filters.map { plugin, verdict in
                switch verdict {
                case .passes: ["plugin": .string(plugin), "passes": true]
                case .fails(let reason): ["plugin": .string(plugin), "passes": false, "reason": .string(reason)]
                }
            })
        if isFeasible {
            json["scores"] = .array(scores.map(\.json))
            json["totalScore"] = .integer(totalScore)
            json["estimates"] = .array(
                estimates.map { ["plugin": .string($0), "replicas": $1.map { .integer($0) } ?? .null] })
            json["room"] = room.map(JSON.integer)
            json["rank"] = rank.map { JSON($0) }
        }
        json["previousReplicas"] = previousReplicas.map { JSON($0) }
        json["replicas"] = replicas.map { JSON($0) }
        return json
    }
}

extension Explanation.Score {
    fileprivate var json: JSON {
        [
            "plugin": .string(plugin), "score": .number(normalized), "weight": .integer(weight),
            // JSON has no infinite numbers.
            "raw": raw.isFinite ? .number(raw) : .string("\(raw)"),
        ]
    }
}

extension Explanation.Step {
    fileprivate var json: JSON {
        switch self {
        case .remark(let text): ["remark": .string(text)]
        case .grouping(let grouping): ["grouping": grouping.json]
        case .division(let division): ["division": division.json]
        }
    }
}

extension Explanation.Grouping {
    fileprivate var json: JSON {
        let groups = groups.map { group -> JSON in
            [
                "name": .string(group.name), "clusters": JSON(group.clusters), "score": .integer(group.score),
                "chosen": .bool(group.isChosen),
            ]
        }
        return ["plugin": .string(plugin), "field": .string(field), "rule": .string(rule), "groups": .array(groups)]
    }
}

extension Explanation.Division {
    fileprivate var json: JSON {
        let parties = parties.map { party -> JSON in
            [
                "cluster": .string(party.cluster), "weight": .integer(party.weight), "quota": .number(party.quota),
                "share": JSON(party.share), "kept": JSON(party.kept),
            ]
        }
        return [
            "plugin": .string(plugin), "purpose": .string(purpose), "replicas": JSON(replicas),
            "ties": .string("\(ties)"), "clusters": .array(parties),
        ]
    }
}
