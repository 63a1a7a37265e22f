import Client
import Interpreter
import Kubernetes

/// Brings the control plane's namespaces into every member.
struct NamespaceController: Controller {
    static let name = "namespace"

    let plane: ControlPlane
    let overrides: OverrideRules
    let interpreter: Interpreter
    let skipped: SkippedNamespaces
    let writer: WorkWriter
    let workers: Int
    private let queue = WorkQueue<String>()

    init(
        plane: ControlPlane, overrides: OverrideRules, interpreter: Interpreter, skipped: SkippedNamespaces, workers: Int
    ) {
        self.plane = plane
        self.overrides = overrides
        self.interpreter = interpreter
        self.skipped = skipped
        self.workers = workers
        writer = WorkWriter(plane: plane)
    }

    func run() async {
        plane.namespaces.onChange { queue.add($0.key.name) }
        plane.clusters.onChange { change in
            if case .added = change { enqueueAll() }
        }
        plane.clusterOverridePolicies.onChange { change in
            let selectors = change.object.decoded().spec["resourceSelectors"]?.array ?? []
            let isMeant = selectors.contains { $0["apiVersion"]?.string == "v1" && $0["kind"]?.string == "Namespace" }
            if isMeant || selectors.isEmpty { enqueueAll() }
        }
        plane.works.onChange { change in
            if let namespace = Self.namespace(of: change.object) { queue.add(namespace) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func enqueueAll() {
        for namespace in plane.namespaces.list() { queue.add(namespace.key.name) }
    }

    /// The namespace that a Work was made for; nil for a binding's Work.
    private static func namespace(of work: EncodedObject) -> String? {
        guard work.labels[Label.bindingID] == nil, work.labels[Label.clusterBindingID] == nil else { return nil }
        let owner = work.decoded().controller
        return owner?.kind == "Namespace" ? owner?.name : nil
    }

    private func isSynced(_ name: String) -> Bool { name != "default" && !skipped.contains(name) }

    private func reconcile(_ name: String) async throws -> WorkQueue<String>.Outcome {
        guard isSynced(name) else { return .done }
        guard let namespace = plane.namespaces.get(ObjectKey(name: name))?.decoded() else {
            try await removeWorks(of: name)
            return .done
        }
        // What is in it goes first, then the namespace, and its Works last.
        if namespace.isBeingDeleted || namespace.labels[Label.skipAutoPropagation]?.lowercased() == "true" { return .done }
        var errors: [any Error] = []
        for cluster in plane.clusterCache.list() where !cluster.isBeingDeleted {
            do {
                var object = namespace
                let applied = try overrides.current.apply(to: &object, for: cluster)
                var manifest = WorkManifest(object, for: cluster.name, interpreter: interpreter)
                manifest.annotations = applied.annotations
                manifest.ownerReferences = [OwnerReference(controller: namespace)]
                try await writer.write(manifest)
            } catch {
                errors.append(NotYet("sync namespace(\(name)) to cluster(\(cluster.name)) failed due to: \(error)"))
            }
        }
        try AggregateError.throwUnlessEmpty(errors)
        return .done
    }

    /// The garbage collector's part: what the namespace owned goes with it.
    private func removeWorks(of name: String) async throws {
        let workName = Names.work(kind: "Namespace", name: name, namespace: "")
        for cluster in plane.clusterCache.list() {
            let key = ObjectKey(namespace: Work.namespace(of: cluster.name), name: workName)
            guard let work = plane.works.get(key), Self.namespace(of: work) == name else { continue }
            try await plane.client.deleteIfPresent(Work.resource, key, DeleteOptions(uid: work.uid))
        }
    }
}
