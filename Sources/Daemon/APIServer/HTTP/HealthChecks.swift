import Kubernetes
import Store

/// `/livez`, `/readyz` and `/healthz`: whether the server is alive, and whether it may be sent requests (Kubernetes
/// documentation, "Kubernetes API health endpoints").
struct HealthChecks: Sendable {
    private struct Check: Sendable {
        var name: String
        /// Whether only `/readyz` asks.
        var isForReadinessOnly = false
        var holds: @Sendable () -> Bool
    }

    private let checks: [Check]

    /// - Parameter isEnding: whether the server is shutting down.
    init(store: any ObjectStore, isEnding: @escaping @Sendable () -> Bool) {
        let namespaces = GroupResource.namespaces
        let canRead: @Sendable () -> Bool = { (try? store.list(namespaces, ListQuery(limit: 1))) != nil }
        checks = [
            Check(name: "ping") { true }, Check(name: "log") { true },
            // The store, whichever it is, by the name that monitoring knows.
            Check(name: "etcd", holds: canRead),
            Check(name: "informer-sync", isForReadinessOnly: true) { store.get(namespaces, ObjectKey(name: "default")) != nil },
            Check(name: "poststarthook/rbac/bootstrap-roles") {
                store.get(GroupResource(group: RoleIndex.group, resource: "clusterroles"), ObjectKey(name: "cluster-admin"))
                    != nil
            },
            Check(name: "shutdown", isForReadinessOnly: true) { !isEnding() },
        ]
    }

    private static let roots = ["/healthz", "/livez", "/readyz"]

    static func isHealth(_ path: String) -> Bool { roots.contains { path == $0 || path.hasPrefix($0 + "/") } }

    /// Nil for a path with the name of no check.
    func reply(to path: String, _ query: QueryParameters) -> Reply? {
        guard let root = Self.roots.first(where: { path == $0 || path.hasPrefix($0 + "/") }) else { return nil }
        let checks = checks.filter { root == "/readyz" || !$0.isForReadinessOnly }
        let name = path.dropFirst(root.count + 1)
        guard name.isEmpty else {
            guard let check = checks.first(where: { $0.name == name }) else { return nil }
            return check.holds()
                ? Reply(text: "ok") : Reply(text: "internal server error: \(name) failed\n", .internalServerError)
        }
        let excluded = Set(query.all("exclude"))
        var lines = ""
        var hasFailed = false
        for check in checks {
            if excluded.contains(check.name) {
                lines += "[+]\(check.name) excluded: ok\n"
            } else if check.holds() {
                lines += "[+]\(check.name) ok\n"
            } else {
                hasFailed = true
                lines += "[-]\(check.name) failed: reason withheld\n"
            }
        }
        let title = root.dropFirst()
        if hasFailed { return Reply(text: lines + "\(title) check failed\n", .internalServerError) }
        return Reply(text: query["verbose"] == nil ? "ok" : lines + "\(title) check passed\n")
    }
}
