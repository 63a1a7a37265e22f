import Framework
import Kubernetes

/// Estimates by a cluster's totals, `status.resourceSummary`: what is allocatable and not yet taken, divided by what a replica
/// asks for; and a pod a replica. A cluster without a summary has room for nothing.
public struct ResourceSummary: EstimatePlugin {
    public static let name = "ResourceSummary"

    public init(arguments: NoArguments) {}

    public func estimate(_ cluster: ClusterView, for binding: BindingView, in cycle: Cycle) -> Int64? {
        var estimate = cycle.snapshot.pods[cluster.index]
        for request in binding.requests {
            let available = cycle.snapshot.available(request.resource)?[cluster.index] ?? 0
            estimate = min(estimate, max(available, 0) / request.amount)
        }
        return estimate
    }

    public func estimates(_ candidates: ClusterSet, for binding: BindingView, in cycle: Cycle) -> [Int64] {
        var estimates = cycle.snapshot.pods
        for request in binding.requests {
            guard let available = cycle.snapshot.available(request.resource) else {
                return [Int64](repeating: 0, count: estimates.count)
            }
            let amount = request.amount
            for index in candidates { estimates[index] = min(estimates[index], max(available[index], 0) / amount) }
        }
        return estimates
    }
}

extension BindingView {
    /// What a replica asks for, in the snapshot's units; amounts of nothing are left out.
    var requests: [(resource: String, amount: Int64)] {
        guard let requirements = spec.replicaRequirements else { return [] }
        return requirements.resourceRequest.compactMap { resource, quantity in
            let amount = quantity.amount(of: resource)
            return amount > 0 ? (resource, amount) : nil
        }
    }
}
