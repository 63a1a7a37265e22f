import Kubernetes

extension Taint {
    /// Whether the two are one and the same: a cluster has one taint of a key and an effect, whatever its value.
    func matches(_ other: Taint) -> Bool { key == other.key && effect == other.effect }

    /// The taints as Karmada's events list them.
    static func message(for taints: [Taint]) -> String {
        if taints.isEmpty { return "cluster now does not have taints" }
        let list = taints.map { taint in
            let value = taint.value.isEmpty ? "" : "Value:\(taint.value),"
            return "{Key:\(taint.key),\(value)Effect:\(taint.effect.rawValue)}"
        }
        return "cluster now has taints([\(list.joined(separator: ","))])"
    }
}

extension Object {
    /// Replaces a Cluster's taints.
    mutating func setTaints(_ taints: [Taint]) {
        self["spec", "taints"] = taints.isEmpty ? nil : .array(taints.map(\.json))
    }
}
