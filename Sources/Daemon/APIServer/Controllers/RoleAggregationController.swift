import Client
import Kubernetes
import Logging
import Store

/// Writes into ClusterRoles that aggregate others what those allow, for their readers: decisions do not wait for it.
final class RoleAggregationController: Sendable {
    private static let collection = GroupResource(group: RoleIndex.group, resource: "clusterroles")

    private let objects: ObjectService
    private let logger: Logger
    /// One key for all: whichever role changes, any may be a part of any.
    private let queue = WorkQueue<GroupResource>()

    init(objects: ObjectService, logger: Logger) {
        self.objects = objects
        self.logger = logger
    }

    func run() async {
        await objects.store.reconcile(
            Self.collection, queue, workers: 1, keys: { _ in [Self.collection] }, { _ in try await self.reconcile() }
        ) { _, error in
            self.logger.warning("aggregated cluster roles: \(error)")
        }
    }

    private func reconcile() async throws -> WorkQueue<GroupResource>.Outcome {
        guard let resource = objects.catalog.stored(Self.collection) else { return .done }
        let roles = try objects.store.list(Self.collection, ListQuery()).items.map { $0.decoded() }
        for role in roles where role["aggregationRule"] != nil {
            let rules = Self.rules(of: role, among: roles)
            guard rules != role["rules"]?.array ?? [] else { continue }
            _ = try await objects.update(resource, role.key, subresource: nil, WriteOptions()) { current in
                var changed = current
                changed["rules"] = .array(rules)
                return changed
            }
        }
        return .done
    }

    /// The rules of the selected roles, in the order of their names, each once.
    private static func rules(of role: Object, among roles: [Object]) -> [JSON] {
        let selectors = (role["aggregationRule", "clusterRoleSelectors"]?.array ?? []).compactMap { try? LabelSelector($0) }
        var rules: [JSON] = []
        for other in roles where other.name != role.name && selectors.contains(where: { $0.matches(other.labels) }) {
            for rule in other["rules"]?.array ?? [] where !rules.contains(rule) { rules.append(rule) }
        }
        return rules
    }
}
