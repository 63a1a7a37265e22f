import Client
import Kubernetes
import Synchronization

/// How much namespaces may still ask for by their ResourceQuotas. Quotas of cpu, memory and extended resources count, and of the
/// scopes that of priority classes: the protocol does not say more of pods.
final class QuotaRoom: Sendable {
    fileprivate struct Quota {
        /// Any of them; none is every pod.
        var scopes: [Scope]
        /// By resource, in the units of `Quantity.amount(of:)`.
        var free: [String: Int64]
    }

    fileprivate struct Scope {
        var name: String
        var `operator`: String
        var values: [String]
    }

    private let quotas = Mutex<[String: [String: Quota]]>([:])

    func apply(_ change: Informer.Change) {
        var new: Quota?
        if case .deleted = change {} else { new = Quota(change.object.decoded()) }
        quotas.withLock { $0[change.key.namespace, default: [:]][change.key.name] = new }
    }

    /// How many more replicas a namespace may have.
    func replicas(of pod: PodRequirements, in namespace: String, assuming assumed: [AssumedDemand]) -> Int64 {
        room(in: namespace, assuming: assumed) { quota in quota.applies(to: pod) ? Self.amounts(of: pod.resources) : [:] }
    }

    /// How many more whole sets of components a namespace may have.
    func sets(of components: [ComponentRequirements], in namespace: String, assuming assumed: [AssumedDemand]) -> Int64 {
        room(in: namespace, assuming: assumed) { Self.amounts(of: components, in: $0) }
    }

    private func room(
        in namespace: String, assuming assumed: [AssumedDemand], _ demand: (Quota) -> [String: Int64]
    ) -> Int64 {
        let quotas = quotas.withLock { $0[namespace] ?? [:] }
        let waiting = assumed.filter { $0.namespace == namespace }.flatMap(\.components)
        var room = Int64.max
        for quota in quotas.values {
            let taken = Self.amounts(of: waiting, in: quota)
            for (resource, amount) in demand(quota) where amount > 0 {
                guard let free = quota.free[resource] else { continue }
                room = min(room, max(0, free - (taken[resource] ?? 0)) / amount)
            }
        }
        return room
    }

    private static func amounts(of components: [ComponentRequirements], in quota: Quota) -> [String: Int64] {
        var sums: [String: Int64] = [:]
        for component in components where quota.applies(to: component.pod) {
            for (resource, amount) in amounts(of: component.pod.resources) {
                let (product, overflow) = amount.multipliedReportingOverflow(by: component.replicas)
                let (sum, isTooLarge) = sums[resource, default: 0].addingReportingOverflow(product)
                sums[resource] = overflow || isTooLarge ? .max : sum
            }
        }
        return sums
    }

    private static func amounts(of list: ResourceList) -> [String: Int64] {
        Dictionary(
            uniqueKeysWithValues: list.filter { isCounted($0.key) }.map { ($0.key, max(0, $0.value.amount(of: $0.key))) })
    }

    /// `cpu`, `memory`, and what belongs to somebody's domain.
    fileprivate static func isCounted(_ resource: String) -> Bool {
        resource == "cpu" || resource == "memory"
            || (resource.contains("/") && !resource.contains("kubernetes.io/") && !resource.hasPrefix("requests."))
    }
}

extension QuotaRoom.Quota {
    fileprivate init(_ object: Object) {
        scopes = (object.spec["scopes"]?.strings ?? []).map { QuotaRoom.Scope(name: $0, operator: "Exists", values: []) }
        scopes += (object.spec["scopeSelector", "matchExpressions"]?.array ?? []).map { expression in
            QuotaRoom.Scope(
                name: expression["scopeName"]?.string ?? "", operator: expression["operator"]?.string ?? "",
                values: expression["values"]?.strings ?? [])
        }
        let hard = ResourceList(object.status["hard"] ?? .null)
        let used = ResourceList(object.status["used"] ?? .null)
        free = [:]
        // "requests.cpu" means the same as "cpu", and goes after it.
        for (name, limit) in hard.sorted(by: { $0.key < $1.key }) {
            let resource = name.hasPrefix("requests.") ? String(name.dropFirst("requests.".count)) : name
            guard QuotaRoom.isCounted(resource), let used = used[name] else { continue }
            free[resource] = (limit - used).amount(of: resource)
        }
    }

    fileprivate func applies(to pod: PodRequirements) -> Bool {
        scopes.isEmpty
            || scopes.contains { scope in
                guard scope.name == "PriorityClass" else { return false }
                let isListed = scope.values.contains(pod.priorityClassName)
                return switch scope.operator {
                case "Exists": !pod.priorityClassName.isEmpty
                case "DoesNotExist": pod.priorityClassName.isEmpty
                case "In": !pod.priorityClassName.isEmpty && isListed
                case "NotIn": pod.priorityClassName.isEmpty || !isListed
                default: false
                }
            }
    }
}
