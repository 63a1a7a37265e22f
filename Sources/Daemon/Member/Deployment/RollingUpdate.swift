/// The arithmetic of a rolling update (Kubernetes, "Deployments", "Rolling Update Deployment").
struct RollingUpdate: Equatable {
    /// How many replicas there should be in the end.
    var desired: Int
    /// How many there may be above that on the way.
    var maxSurge: Int
    /// How many of them may be unavailable on the way.
    var maxUnavailable: Int

    /// What a ReplicaSet has.
    struct Size: Equatable {
        var replicas: Int
        var available: Int
        /// The most replicas that its Deployment allowed when it was last scaled; nil where nobody noted it.
        var annotatedMaximum: Int?
    }

    init(desired: Int, maxSurge: IntOrPercent, maxUnavailable: IntOrPercent) {
        self.desired = desired
        self.maxSurge = max(0, maxSurge.value(of: desired, roundedUp: true))
        self.maxUnavailable = min(desired, max(0, maxUnavailable.value(of: desired, roundedUp: false)))
        // Without either, nothing could ever move.
        if self.maxSurge == 0, self.maxUnavailable == 0 { self.maxUnavailable = 1 }
    }

    var maximum: Int { desired == 0 ? 0 : desired + maxSurge }
    var minimumAvailable: Int { max(0, desired - maxUnavailable) }

    /// How many replicas the newest ReplicaSet may have now.
    func replicas(new: Size, old: [Size]) -> Int {
        guard new.replicas < desired else { return desired }
        let total = new.replicas + old.reduce(0) { $0 + $1.replicas }
        return new.replicas + max(0, min(desired + maxSurge - total, desired - new.replicas))
    }

    /// How many replicas the older ReplicaSets, oldest first, should have now: unavailable ones go first, as they serve nobody.
    func replicas(ofOld old: [Size], new: Size) -> [Int] {
        var sizes = old
        let total = new.replicas + old.reduce(0) { $0 + $1.replicas }
        var removable = total - minimumAvailable - (new.replicas - new.available)
        guard removable > 0 else { return old.map(\.replicas) }
        for index in sizes.indices where sizes[index].replicas > sizes[index].available {
            let removed = min(removable, sizes[index].replicas - sizes[index].available)
            sizes[index].replicas -= removed
            removable -= removed
        }
        let available = new.available + old.reduce(0) { $0 + $1.available }
        var surplus = available - minimumAvailable
        for index in sizes.indices where surplus > 0 {
            let removed = min(surplus, sizes[index].replicas)
            sizes[index].replicas -= removed
            surplus -= removed
        }
        return sizes.map(\.replicas)
    }

    /// How many replicas each ReplicaSet should have after the Deployment was scaled in the middle of an update: its share of
    /// the change, in proportion to its size, so that the mix of versions stays (Kubernetes, "Proportional scaling").
    /// - Parameter newestFirst: the ReplicaSets that have replicas, from the newest.
    /// - Parameter observed: `status.replicas` of the Deployment, for ReplicaSets without annotation.
    func replicas(scaling newestFirst: [Size], observed: Int) -> [Int] {
        let change = maximum - newestFirst.reduce(0) { $0 + $1.replicas }
        // Growing begins with the largest, of equals with the newest; shrinking with the largest, of equals with the oldest.
        let order = newestFirst.indices.sorted { left, right in
            let (first, second) = (newestFirst[left].replicas, newestFirst[right].replicas)
            if first != second { return first > second }
            return change > 0 ? left < right : left > right
        }
        var sizes = newestFirst.map(\.replicas)
        var distributed = 0
        for index in order where change != 0 {
            let former = newestFirst[index].annotatedMaximum ?? observed
            guard former > 0 else { continue }
            let scaled = (Double(sizes[index]) * Double(maximum) / Double(former)).rounded(.toNearestOrAwayFromZero)
            let share = Int(scaled) - sizes[index]
            let rest = change - distributed
            let part = change > 0 ? min(share, rest) : max(share, rest)
            sizes[index] += part
            distributed += part
        }
        if let first = order.first { sizes[first] = max(0, sizes[first] + change - distributed) }
        return sizes
    }
}
