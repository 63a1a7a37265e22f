import Client
import Interpreter
import Kubernetes
import Synchronization

/// Lets those who may use the clusters' proxies reach the members under their own names: it gives each member a ClusterRole by
/// which the control plane may impersonate just them.
struct UnifiedAuthController: Controller {
    static let name = "unifiedAuth"
    private static let component = "unified-auth-controller"
    private static let roleName = "karmada-impersonator"

    let plane: ControlPlane
    let workers: Int
    private let interpreter: Interpreter
    private let writer: WorkWriter
    private let roles: Informer
    private let bindings: Informer
    private let grants = ProxyGrants()
    private let queue = WorkQueue<String>()

    init(plane: ControlPlane, interpreter: Interpreter, workers: Int) {
        self.plane = plane
        self.interpreter = interpreter
        self.workers = workers
        writer = WorkWriter(plane: plane)
        roles = Informer(Resource.clusterRoles, client: plane.client, logger: plane.logger)
        bindings = Informer(Resource.clusterRoleBindings, client: plane.client, logger: plane.logger)
    }

    func run() async {
        plane.clusters.onChange { change in
            switch change {
            case .added: queue.add(change.key.name)
            // Clusters change with each report of theirs.
            case .updated(let old, let new): if new.impersonator != old.impersonator { queue.add(change.key.name) }
            case .deleted: break
            }
        }
        plane.namespaces.onChange { change in
            if case .added = change, let cluster = Work.cluster(of: change.key.name) { queue.add(cluster) }
        }
        roles.onChange { change in if grants.note(role: change) { enqueueAll() } }
        bindings.onChange { change in if grants.note(binding: change) { enqueueAll() } }
        await withDiscardingTaskGroup { group in
            group.addTask { await roles.run() }
            group.addTask { await bindings.run() }
            group.addTask {
                await roles.waitUntilSynced()
                await bindings.waitUntilSynced()
                await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
            }
        }
    }

    private func enqueueAll() {
        for cluster in plane.clusters.list() { queue.add(cluster.key.name) }
    }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard let cluster = plane.clusters.get(ObjectKey(name: name))?.decoded(), !cluster.isBeingDeleted,
            let secret = Cluster(cluster).spec.impersonatorSecretRef,
            // A cluster that is new has it soon, and comes here again with it.
            plane.namespaces.get(ObjectKey(name: Work.namespace(of: name))) != nil
        else { return .done }
        do {
            for object in [role(for: name), binding(to: secret)] {
                var manifest = WorkManifest(object, for: name, interpreter: interpreter)
                manifest.ownerReferences = [OwnerReference(controller: cluster)]
                try await writer.write(manifest)
            }
        } catch {
            event(.warning, EventReason.syncImpersonationConfigFailed, "\(error)", cluster)
            throw error
        }
        event(.normal, EventReason.syncImpersonationConfigSucceed, "Sync impersonation config succeed.", cluster)
        return .done
    }

    private func event(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, _ cluster: Object) {
        plane.events.record(kind, reason, message, about: cluster, from: Self.component)
    }

    private func role(for cluster: String) -> Object {
        var role = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: Self.roleName)
        role.labels = [Label.system: "true"]
        role["rules"] = .array(grants.impersonationRules(for: cluster))
        return role
    }

    private func binding(to secret: Cluster.SecretReference) -> Object {
        var binding = Object(apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", name: Self.roleName)
        binding.labels = [Label.system: "true"]
        binding["subjects"] = [
            ["kind": "ServiceAccount", "namespace": .string(secret.namespace), "name": .string(Self.roleName)]
        ]
        binding["roleRef"] = [
            "apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": .string(Self.roleName),
        ]
        return binding
    }
}

extension EncodedObject {
    /// Of a Cluster: the Secret of the account that acts for others.
    fileprivate var impersonator: JSON? {
        decoded(only: ["spec": ["impersonatorSecretRef": .all]]).spec["impersonatorSecretRef"]
    }
}

/// Who may use which cluster's proxy, by ClusterRoles and their bindings.
final class ProxyGrants: Sendable {
    /// The clusters that a role opens.
    private enum Reach {
        case all
        case only(Set<String>)

        func contains(_ cluster: String) -> Bool {
            switch self {
            case .all: true
            case .only(let clusters): clusters.contains(cluster)
            }
        }
    }

    private struct Subject: Hashable {
        var kind: String
        var name: String
    }

    private struct State {
        /// Those that open any.
        var roles: [String: Reach] = [:]
        var bindings: [String: (role: String, subjects: [Subject])] = [:]
    }

    private let state = Mutex(State())

    /// - Returns: whether the role says, or said, anything about proxies.
    func note(role change: Informer.Change) -> Bool {
        let reach: Reach?
        if case .deleted = change { reach = nil } else { reach = Self.reach(of: change.object.decoded()) }
        return state.withLock { state in
            let old = state.roles[change.key.name]
            state.roles[change.key.name] = reach
            return old != nil || reach != nil
        }
    }

    /// - Returns: whether the binding is of a role that opens proxies.
    func note(binding change: Informer.Change) -> Bool {
        var binding: (role: String, subjects: [Subject])?
        if case .deleted = change {
        } else {
            let object = change.object.decoded()
            if object["roleRef", "kind"]?.string == "ClusterRole", let role = object["roleRef", "name"]?.string {
                binding = (
                    role,
                    (object["subjects"]?.array ?? []).map {
                        Subject(kind: $0["kind"]?.string ?? "", name: $0["name"]?.string ?? "")
                    }
                )
            }
        }
        return state.withLock { state in
            let old = state.bindings[change.key.name]
            state.bindings[change.key.name] = binding
            return [old, binding].contains { $0.map { state.roles[$0.role] != nil } ?? false }
        }
    }

    private static func reach(of role: Object) -> Reach? {
        func names(_ rule: JSON, _ field: String, _ wanted: String) -> Bool {
            let values = rule[field]?.strings ?? []
            return values.contains("*") || values.contains(wanted)
        }
        var clusters: Set<String> = []
        for rule in role["rules"]?.array ?? [] {
            if names(rule, "apiGroups", "search.karmada.io"), names(rule, "resources", "proxying/proxy") { return .all }
            guard names(rule, "apiGroups", "cluster.karmada.io"), names(rule, "resources", "clusters/proxy") else { continue }
            let restriction = rule["resourceNames"]?.strings ?? []
            if restriction.isEmpty { return .all }
            clusters.formUnion(restriction)
        }
        return clusters.isEmpty ? nil : .only(clusters)
    }

    /// Rules that allow to act as each subject that may use the cluster's proxy.
    func impersonationRules(for cluster: String) -> [JSON] {
        let subjects = state.withLock { state in
            state.bindings.values.flatMap { binding in
                state.roles[binding.role]?.contains(cluster) == true ? binding.subjects : []
            }
        }
        return [("User", "users"), ("ServiceAccount", "serviceaccounts"), ("Group", "groups")].compactMap { kind, resource in
            let names = Set(subjects.filter { $0.kind == kind }.map(\.name)).sorted()
            if names.isEmpty { return nil }
            return [
                "verbs": ["impersonate"], "apiGroups": [""], "resources": [.string(resource)], "resourceNames": JSON(names),
            ]
        }
    }
}
