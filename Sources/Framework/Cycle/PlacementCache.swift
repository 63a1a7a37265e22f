import Kubernetes
import Synchronization

/// Remembers placements, so that what follows from one is worked out once for all bindings that have it.
public final class PlacementCache: Sendable {
    private let limit: Int
    private let placements = Mutex<[[UInt8]: SharedPlacement]>([:])

    /// - Parameter limit: how many placements are remembered; when there are more, all are forgotten.
    public init(limit: Int = 16384) { self.limit = limit }

    func shared(for placement: Placement) -> SharedPlacement {
        let key = placement.json.encoded()
        return placements.withLock { placements in
            if let known = placements[key] { return known }
            if placements.count >= limit { placements = [:] }
            let shared = SharedPlacement()
            placements[key] = shared
            return shared
        }
    }
}

/// What follows from a placement and the clusters' topology (``ClusterSnapshot/topologyVersion``).
public final class SharedPlacement: Sendable {
    private struct State {
        var topologyVersion: UInt64 = 0
        var values: [String: any Sendable] = [:]
    }

    private let state = Mutex(State())

    /// The value called `name`, made by `make` where it is not known for this topology.
    ///
    /// - Parameter name: unique among plugins and per type of value: `TaintToleration`, `StaticWeight.weights`.
    public func value<Value: Sendable>(_ name: String, in snapshot: ClusterSnapshot, _ make: () -> Value) -> Value {
        let known = state.withLock { state -> Value? in
            guard state.topologyVersion == snapshot.topologyVersion else { return nil }
            return state.values[name] as? Value
        }
        if let known { return known }
        // Made outside of the lock: two cycles may both make it, and both make the same.
        let value = make()
        state.withLock { state in
            if state.topologyVersion != snapshot.topologyVersion {
                state = State(topologyVersion: snapshot.topologyVersion)
            }
            state.values[name] = value
        }
        return value
    }
}
