import Framework

/// The part of a cluster's location that a plugin goes by.
enum TopologyKey: String, Decodable, Sendable, CaseIterable {
    case region, zone, provider

    init(from decoder: any Decoder) throws {
        let name = try String(from: decoder)
        guard let key = Self(rawValue: name) else {
            throw ArgumentError(field: "topologyKey", "must be region, zone or provider, not \(name)")
        }
        self = key
    }

    /// The cluster's regions, zones or providers; empty where it does not say.
    func domains(of cluster: ClusterView) -> [String] {
        switch self {
        case .region: cluster.region.isEmpty ? [] : [cluster.region]
        case .zone: cluster.zones.filter { !$0.isEmpty }
        case .provider: cluster.provider.isEmpty ? [] : [cluster.provider]
        }
    }
}
