import Client
import Interpreter
import Kubernetes
import Synchronization

/// Renders each binding into Works, one a target cluster, and removes those of clusters that it left.
struct BindingController: Controller {
    static let name = "binding"
    private static let component = "binding-controller"

    let plane: ControlPlane
    let templates: Templates
    let renderer: WorkRenderer
    let writer: WorkWriter
    let workers: Int
    private let rendered = Rendered()
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, templates: Templates, renderer: WorkRenderer, workers: Int) {
        self.plane = plane
        self.templates = templates
        self.renderer = renderer
        writer = WorkWriter(plane: plane)
        self.workers = workers
    }

    /// The generation of each binding that its Works show: a binding's status changes many times for one change of its spec.
    private final class Rendered: Sendable {
        private struct Version: Equatable {
            var uid: String
            var generation: Int64
        }

        private struct State {
            var versions: [ObjectKey: Version] = [:]
            /// Those that are being rendered, and whether they have to be again.
            var underWay: [ObjectKey: Bool] = [:]
        }

        private let state = Mutex(State())

        func isCurrent(_ binding: ResourceBinding) -> Bool {
            state.withLock { $0.versions[binding.key] == Version(uid: binding.uid, generation: binding.generation) }
        }

        func begin(_ key: ObjectKey) { state.withLock { $0.underWay[key] = false } }

        /// - Parameter binding: what was rendered; nil where that failed, or something is waited for.
        func end(_ key: ObjectKey, _ binding: ResourceBinding?) {
            state.withLock { state in
                guard state.underWay.removeValue(forKey: key) == false, let binding else { return }
                state.versions[key] = Version(uid: binding.uid, generation: binding.generation)
            }
        }

        func forget(_ key: ObjectKey) {
            state.withLock { state in
                state.versions[key] = nil
                if state.underWay[key] != nil { state.underWay[key] = true }
            }
        }
    }

    func run() async {
        plane.onBindingChange { change in
            // A binding's status changes many times for one change of its spec.
            if case .updated(let old, let new) = change, new.differsInStatusOnly(from: old) { return }
            queue.add(change.key)
        }
        plane.works.onChange { change in
            // Somebody deleted it, or a rendering waits for it to be gone.
            guard case .deleted(let work) = change, let binding = binding(of: work) else { return }
            renderAgain(binding)
        }
        plane.clusters.onChange { change in
            guard case .added(let cluster) = change else { return }
            let name = cluster.key.name
            for binding in plane.bindings(targeting: name) + plane.bindings(requiredOn: name) { renderAgain(binding.key) }
        }
        for informer in [plane.overridePolicies, plane.clusterOverridePolicies] { informer.onChange(noteOverride) }
        templates.onChange { kind, change in
            // What its binding was rendered from before it was watched may be older.
            guard case .added(let template) = change else { return }
            let key = BindingBuilder.key(of: TemplateKey(kind: kind, key: template.key))
            if plane.binding(key) != nil { renderAgain(key) }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func binding(of work: EncodedObject) -> ObjectKey? {
        (work.labels[Label.bindingID] ?? work.labels[Label.clusterBindingID]).flatMap(plane.binding(id:))
    }

    private func renderAgain(_ key: ObjectKey) {
        rendered.forget(key)
        queue.add(key)
    }

    // MARK: Override policies

    /// Renders anew what the policy's selectors pick now, and what they picked before.
    private func noteOverride(_ change: Informer.Change) {
        var policies = [change.object]
        if case .updated(let old, _) = change { policies.append(old) }
        for policy in policies {
            let selectors = (policy.decoded().spec["resourceSelectors"]?.array ?? []).map(ResourceSelector.init)
            for key in bindings(selectedBy: selectors, in: policy.key.namespace) { renderAgain(key) }
        }
    }

    /// The bindings whose templates the selectors may pick. By name, which tells kind and name: without decoding any.
    /// - Parameters:
    ///   - selectors: empty for everything.
    ///   - namespace: empty for a cluster-wide policy.
    private func bindings(selectedBy selectors: [ResourceSelector], in namespace: String) -> [ObjectKey] {
        if selectors.isEmpty { return bindings(in: namespace) }
        return selectors.flatMap { selector -> [ObjectKey] in
            let space = namespace.isEmpty ? selector.namespace : namespace
            if !selector.name.isEmpty, !space.isEmpty {
                return [ObjectKey(namespace: space, name: Names.binding(kind: selector.kind, name: selector.name))]
            }
            let suffix = "-\(selector.kind.lowercased())"
            return bindings(in: space).filter { $0.name.hasSuffix(suffix) }
        }
    }

    private func bindings(in namespace: String) -> [ObjectKey] {
        let objects =
            namespace.isEmpty
            ? plane.resourceBindings.list() + plane.clusterResourceBindings.list()
            : plane.resourceBindings.objects(index: ControlPlane.Index.namespace, value: namespace)
        return objects.map(\.key)
    }

    // MARK: Reconciling

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let object = plane.binding(key)?.decoded() else {
            rendered.forget(key)
            return .done
        }
        let binding = ResourceBinding(object)
        if binding.isBeingDeleted {
            try await remove(plane.works(ofBinding: binding.permanentID))
            let finalizer = key.namespace.isEmpty ? Finalizer.clusterBinding : Finalizer.binding
            try await plane.client.modifyIfPresent(binding.collection, key) { object in
                object.finalizers.removeAll { $0 == finalizer }
                return true
            }
            return .done
        }
        guard !binding.permanentID.isEmpty else {
            return try await identify(binding)
        }
        guard !rendered.isCurrent(binding) else { return .done }
        rendered.begin(key)
        do {
            let isRendered = try await render(binding, object)
            rendered.end(key, isRendered ? binding : nil)
            if isRendered { try await report(nil, binding) }
            return .done
        } catch {
            rendered.end(key, nil)
            try await report(error, binding)
            for subject in [ObjectReference(object), ObjectReference(binding.spec.resource)] {
                plane.events.record(.warning, EventReason.syncWorkFailed, "\(error)", about: subject, from: Self.component)
            }
            throw error
        }
    }

    /// A binding that somebody else made lacks the id that its Works are found by. The update brings it here again.
    private func identify(_ binding: ResourceBinding) async throws -> WorkQueue<ObjectKey>.Outcome {
        let label = binding.key.namespace.isEmpty ? Label.clusterBindingID : Label.bindingID
        try await plane.client.modifyIfPresent(binding.collection, binding.key) { object in
            if object.labels[label]?.isEmpty ?? true { object.labels[label] = RandomUUID.make() }
            return true
        }
        return .done
    }

    /// - Returns: whether the Works are as they should be; false where there is something to wait for that comes with an event.
    private func render(_ binding: ResourceBinding, _ object: Object) async throws -> Bool {
        let works = plane.works(ofBinding: binding.permanentID)
        let expected = binding.existingClusters
        try await removeOrphans(works.filter { !($0.cluster.map(expected.contains) ?? false) }, of: object)

        // Where the old place is to be emptied first, nothing new is rendered until it is.
        let purged = binding.spec.gracefulEvictionTasks.filter { $0.purgeMode == .directly }.map(\.fromCluster)
        if works.contains(where: { $0.cluster.map(purged.contains) ?? false }) { return false }

        let resource = binding.spec.resource
        guard let template = try await templates.find(TemplateKey(kind: resource.groupVersionKind, key: resource.key))?.decoded()
        else {
            // The garbage collector's part: what the template owned goes with it.
            try await plane.client.deleteIfPresent(binding.collection, binding.key, DeleteOptions(uid: binding.uid))
            return false
        }
        let targets = try renderer.targets(of: binding, template: template)
        // Before it is scheduled there is nothing to render, nor to tell of.
        if targets.isEmpty, works.isEmpty { return true }
        try await write(targets, of: binding, template)
        let title = binding.key.namespace.isEmpty ? "ClusterResourceBinding" : "ResourceBinding"
        for subject in [ObjectReference(object), ObjectReference(template)] {
            plane.events.record(
                .normal, EventReason.syncWorkSucceed, "Sync work of \(title)(\(binding.key)) successful.", about: subject,
                from: Self.component)
        }
        return true
    }

    /// Renders and writes the Works.
    private func write(_ targets: [WorkRenderer.Target], of binding: ResourceBinding, _ template: Object) async throws {
        // A cluster that is leaving gets nothing any more; one that comes (back) has the binding rendered again.
        let clusters = targets.compactMap { target in
            plane.cluster(target.name).flatMap { $0.isBeingDeleted ? nil : (target: target, cluster: $0) }
        }
        _ = try await concurrently(clusters) { target, cluster in
            do {
                let manifest = try await renderer.render(template, of: binding, for: target, in: cluster)
                if try await writer.write(manifest) { tell(of: manifest.overrides, in: target.name, template) }
            } catch {
                if let error = error as? OverrideError { tell(of: error, in: target.name, template) }
                throw error
            }
        }
    }

    /// Says in the binding's status why its Works cannot be made, where waiting alone does not help; and when they can again.
    private func report(_ error: (any Error)?, _ binding: ResourceBinding) async throws {
        let current = binding.status.conditions[ResourceBinding.renderedCondition]
        let condition: Condition
        if let error {
            guard !error.isTransient else { return }
            condition = Condition(
                type: ResourceBinding.renderedCondition, status: .false, reason: EventReason.syncWorkFailed, message: "\(error)")
        } else {
            guard let current, current.status != .true else { return }
            condition = Condition(
                type: ResourceBinding.renderedCondition, status: .true, reason: EventReason.syncWorkSucceed,
                message: "All works have been rendered")
        }
        guard current?.status != condition.status || current?.message != condition.message else { return }
        try await plane.client.modifyIfPresent(binding.collection, binding.key, subresource: "status") { object in
            object.setCondition(condition)
            return true
        }
    }

    // MARK: Overrides that were applied

    private func tell(of applied: AppliedOverrides, in cluster: String, _ template: Object) {
        for item in applied.clusterScoped + applied.namespaced {
            plane.events.record(
                .normal, EventReason.applyOverridePolicySucceed,
                "Apply \(Self.title(of: item.policy)) for cluster(\(cluster)) succeed.", about: template,
                from: OverrideRules.component)
        }
    }

    private func tell(of error: OverrideError, in cluster: String, _ template: Object) {
        plane.events.record(
            .warning, EventReason.applyOverridePolicyFailed,
            "Apply \(Self.title(of: error.policy)) for cluster(\(cluster)) failed: \(error.message)", about: template,
            from: OverrideRules.component)
    }

    private static func title(of policy: ObjectKey) -> String {
        "\(policy.namespace.isEmpty ? "cluster override policy" : "override policy")(\(policy))"
    }

    // MARK: Removing

    private func removeOrphans(_ works: [EncodedObject], of binding: Object) async throws {
        do {
            try await remove(works)
        } catch {
            plane.events.record(.warning, EventReason.cleanupWorkFailed, "\(error)", about: binding, from: Self.component)
            throw error
        }
    }

    private func remove(_ works: [EncodedObject]) async throws {
        var errors: [any Error] = []
        for work in works {
            do {
                try await plane.client.deleteIfPresent(Work.resource, work.key, DeleteOptions(uid: work.uid))
            } catch {
                errors.append(error)
            }
        }
        try AggregateError.throwUnlessEmpty(errors)
    }
}

extension EncodedObject {
    /// Whether a binding is as it was but for its status.
    fileprivate func differsInStatusOnly(from old: EncodedObject) -> Bool {
        let mask: JSONMask = ["metadata": ["generation": .all, "deletionTimestamp": .all]]
        let (new, before) = (decoded(only: mask), old.decoded(only: mask))
        return uid == old.uid && labels == old.labels && new.generation == before.generation
            && new.isBeingDeleted == before.isBeingDeleted
    }

    /// The cluster that a Work is for.
    fileprivate var cluster: String? { Work.cluster(of: key.namespace) }
}
