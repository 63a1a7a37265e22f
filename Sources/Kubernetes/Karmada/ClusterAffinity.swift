/// Which clusters are meant (`policy.karmada.io/v1alpha1`, `ClusterAffinity`): those that meet all that is given.
public struct ClusterAffinity: Sendable {
    /// Empty allows every name.
    public var clusterNames: [String]
    public var exclude: [String]
    private let labels: Predicate
    private let fields: Predicate
    private let zones: [ZoneRequirement]

    /// A selector that may be absent (all match) or malformed (none matches, as nobody can say what was meant).
    private enum Predicate: Sendable {
        case all
        case selector(LabelSelector)
        case none

        init(_ json: JSON?) {
            guard let json, !json.isNull else {
                self = .all
                return
            }
            if let selector = try? LabelSelector(json) { self = .selector(selector) } else { self = .none }
        }

        func matches(_ values: @autoclosure () -> [String: String]) -> Bool {
            switch self {
            case .all: true
            case .selector(let selector): selector.matches(values())
            case .none: false
            }
        }
    }

    /// A requirement on the field `zone`, of which a cluster may have several.
    private struct ZoneRequirement: Sendable {
        var `operator`: String
        var values: [String]

        func matches(_ zones: [String]) -> Bool {
            switch `operator` {
            case "In": zones.contains(where: values.contains)
            case "NotIn": !zones.contains(where: values.contains)
            case "Exists": !zones.isEmpty
            case "DoesNotExist": zones.isEmpty
            default: false
            }
        }
    }

    public init(_ json: JSON) {
        clusterNames = json["clusterNames"]?.strings ?? []
        exclude = json["exclude"]?.strings ?? []
        labels = Predicate(json["labelSelector"])
        let expressions = json["fieldSelector", "matchExpressions"]?.array ?? []
        zones = expressions.filter { $0["key"]?.string == "zone" }.map {
            ZoneRequirement(operator: $0["operator"]?.string ?? "", values: $0["values"]?.strings ?? [])
        }
        let others = expressions.filter { $0["key"]?.string != "zone" }
        fields = Predicate(others.isEmpty ? nil : ["matchExpressions": .array(others)])
    }

    /// Whether the cluster is meant.
    public func matches(_ cluster: Cluster) -> Bool {
        guard !exclude.contains(cluster.name), clusterNames.isEmpty || clusterNames.contains(cluster.name) else { return false }
        return labels.matches(cluster.labels) && zones.allSatisfy { $0.matches(cluster.spec.zones) }
            && fields.matches(cluster.fields)
    }
}

extension Cluster {
    /// What a field selector sees, apart from the zones. A field that is empty is not there.
    fileprivate var fields: [String: String] {
        var fields: [String: String] = [:]
        if !spec.provider.isEmpty { fields["provider"] = spec.provider }
        if !spec.region.isEmpty { fields["region"] = spec.region }
        return fields
    }
}
