import Kubernetes
import Store
import Synchronization

/// Decides who may do what: the group `system:masters` everything, everybody else what roles allow them.
final class Authorizer: Sendable {
    private let store: any ObjectStore
    private let index = Mutex(RoleIndex())

    init(store: any ObjectStore) { self.store = store }

    /// - Throws: `Forbidden` with Kubernetes' message.
    func authorize(_ attributes: AuthorizationAttributes) throws(APIError) {
        guard allows(attributes) else { throw attributes.forbidden }
    }

    func allows(_ attributes: AuthorizationAttributes) -> Bool {
        if attributes.user.groups.contains(UserInfo.mastersGroup) { return true }
        if AgentRestriction.forbids(attributes) { return false }
        return index.withLock { $0.allows(attributes) }
    }

    func rules(for user: UserInfo, namespace: String) -> [RoleIndex.Rule] {
        if user.groups.contains(UserInfo.mastersGroup) {
            return [
                RoleIndex.Rule(["verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]]),
                RoleIndex.Rule(["verbs": ["*"], "nonResourceURLs": ["*"]]),
            ]
        }
        return index.withLock { $0.rules(for: user, namespace: namespace) }
    }

    /// What a role allows; nil where there is no such role.
    func rules(ofRole key: ObjectKey) -> [RoleIndex.Rule]? { index.withLock { $0.rules(ofRole: key) } }

    /// Reads all roles and bindings, so that the first request finds them.
    func load() throws(StoreError) {
        for collection in RoleIndex.collections {
            apply(.reset(try store.list(collection, ListQuery()).items), in: collection)
        }
    }

    /// Keeps the compiled roles current until the task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            for collection in RoleIndex.collections {
                group.addTask { await self.store.follow(collection) { self.apply($0, in: collection) } }
            }
        }
    }

    private func apply(_ event: CollectionEvent, in collection: GroupResource) {
        switch event {
        case .reset(let objects):
            let decoded = objects.map { $0.decoded() }
            index.withLock { $0.replaceAll(in: collection, with: decoded) }
        case .changed(let object):
            let decoded = object.decoded()
            index.withLock { $0.set(decoded, at: object.key, in: collection) }
        case .deleted(let object):
            index.withLock { $0.set(nil, at: object.key, in: collection) }
        }
    }
}
