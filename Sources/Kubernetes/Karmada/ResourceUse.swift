extension ResourceBinding.Spec {
    /// What the workload asks for in all of its clusters together, as quotas count it: the requests of every replica; of a
    /// workload with several pod templates those of each set of them.
    public var resourceUse: ResourceList {
        var use: ResourceList = [:]
        if !components.isEmpty {
            for component in components {
                let replicas = Int64(component.replicas) * Int64(clusters.count)
                use.add(component.replicaRequirements?.resourceRequest ?? [:], times: replicas)
            }
        } else {
            let replicas = clusters.reduce(Int64(0)) { $0 + Int64($1.replicas) }
            use.add(replicaRequirements?.resourceRequest ?? [:], times: replicas)
        }
        return use.filter { !$0.value.isZero }
    }
}

extension ResourceList {
    /// Adds amounts name by name.
    public mutating func add(_ other: ResourceList, times factor: Int64 = 1) {
        for (name, amount) in other { self[name, default: .zero] += amount * factor }
    }

    public var json: JSON { .object(JSONObject(map { ($0.key, .string($0.value.description)) })) }
}
