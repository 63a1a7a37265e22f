import Client
import Interpreter
import Kubernetes

/// Lets what a workload needs (ConfigMaps, Secrets, claims and so on) follow it, where its policy says `propagateDeps`: each
/// dependency gets an attached binding, whose `spec.requiredBy` has the workload's binding and that one's clusters.
struct DependenciesDistributor: Controller {
    static let name = "dependencies-distributor"

    let plane: ControlPlane
    let templates: Templates
    let interpreter: Interpreter
    let attachments: Attachments
    let workers: Int
    private let index = DependencyIndex()
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, templates: Templates, interpreter: Interpreter, workers: Int) {
        self.plane = plane
        self.templates = templates
        self.interpreter = interpreter
        self.workers = workers
        attachments = Attachments(plane: plane)
    }

    func run() async {
        plane.resourceBindings.onChange { change in
            if change.concernsDependencies { queue.add(change.key) }
        }
        templates.onChange { kind, change in
            let followers = index.followers(of: kind, change)
            guard !followers.isEmpty, change.isMoreThanStatus else { return }
            for follower in followers {
                index.disturb(follower)
                queue.add(follower)
            }
        }
        plane.clusters.onChange { change in
            // Whose endpoints which importing clusters get may be something else now.
            guard change.changesNetwork else { return }
            for binding in plane.resourceBindings.list() where binding.key.name.hasSuffix("-serviceimport") {
                index.disturb(binding.key)
                queue.add(binding.key)
            }
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let object = plane.resourceBindings.get(key)?.decoded() else {
            index.remove(key)
            return .done
        }
        let binding = ResourceBinding(object)
        guard !binding.permanentID.isEmpty, !index.isInLine(binding) else { return .done }
        let attached = plane.bindings(dependedBy: binding.permanentID).map { $0.decoded() }
        guard binding.spec.propagateDeps, !binding.isBeingDeleted else {
            try await attachments.remove(attached, from: binding)
            try await removeFinalizer(from: binding)
            index.remove(key)
            return .done
        }
        // Before the workload is anywhere, nothing has to follow it.
        guard !binding.spec.clusters.isEmpty || !attached.isEmpty else { return .done }
        let reference = binding.spec.resource
        let templateKey = TemplateKey(kind: reference.groupVersionKind, key: reference.key)
        // The binding goes with its template.
        guard let template = try await templates.find(templateKey)?.decoded() else { return .done }
        let dependencies = try await self.dependencies(of: template)
        let selectors = dependencies.map { ResourceSelector($0.json) }
        index.follow(selectors, by: binding)
        do {
            try await sync(binding, object, dependencies, selectors, attached)
        } catch {
            index.disturb(key)
            event(.warning, EventReason.syncDependenciesFailed, "\(error)", about: object)
            throw error
        }
        return .done
    }

    private func dependencies(of template: Object) async throws -> [DependentObjectReference] {
        do {
            let dependencies = try await interpreter.dependencies(template) + Self.governingService(of: template)
            if !dependencies.isEmpty {
                let list = JSON.array(dependencies.map(\.json))
                event(.normal, EventReason.getDependenciesSucceed, "Get dependencies(\(list)) succeed.", about: template)
            }
            return dependencies
        } catch {
            event(.warning, EventReason.getDependenciesFailed, "\(error)", about: template)
            throw error
        }
    }

    /// The Service by which the pods of a StatefulSet know each other. Karmada's interpreter leaves it to users, who forget it.
    private static func governingService(of template: Object) -> [DependentObjectReference] {
        guard template.groupVersionKind == GroupVersionKind(group: "apps", version: "v1", kind: "StatefulSet"),
            let name = template.spec["serviceName"]?.string, !name.isEmpty
        else { return [] }
        return [DependentObjectReference(apiVersion: "v1", kind: "Service", namespace: template.namespace, name: name)]
    }

    private func sync(
        _ binding: ResourceBinding, _ object: Object, _ dependencies: [DependentObjectReference],
        _ selectors: [ResourceSelector], _ attached: [Object]
    ) async throws {
        // Most workloads need nothing: that is not worth a note.
        if dependencies.isEmpty, attached.isEmpty, object.annotations[Annotation.dependencies] == nil { return }
        try await record(dependencies, on: object)
        try await attachments.remove(attached.filter { !isSelected($0, by: selectors) }, from: binding)
        var errors: [any Error] = []
        for selector in selectors {
            do {
                for template in try await templates(selector) where !template.isBeingDeleted {
                    try await attachments.add(template, to: binding)
                }
            } catch {
                errors.append(error)
            }
        }
        try AggregateError.throwUnlessEmpty(errors)
        event(
            .normal, EventReason.syncDependenciesSucceed, "Sync schedule results to dependencies succeed.", about: object)
    }

    /// Notes on the binding what it needs, and that others must hear of its end.
    private func record(_ dependencies: [DependentObjectReference], on object: Object) async throws {
        var noted = object
        let text = JSON.array(dependencies.map(\.json)).description
        if noted.annotations[Annotation.dependencies] != text { noted.annotations[Annotation.dependencies] = text }
        if !noted.finalizers.contains(Finalizer.dependencies) { noted.finalizers.append(Finalizer.dependencies) }
        if noted != object { _ = try await plane.client.update(noted, in: ResourceBinding.resource) }
    }

    private func removeFinalizer(from binding: ResourceBinding) async throws {
        try await plane.client.modifyIfPresent(ResourceBinding.resource, binding.key) { object in
            object.finalizers.removeAll { $0 == Finalizer.dependencies }
            return true
        }
    }

    private func isSelected(_ attached: Object, by selectors: [ResourceSelector]) -> Bool {
        let resource = ResourceBinding.ObjectReference(attached.spec["resource"] ?? .null)
        let template = TemplateKey(kind: resource.groupVersionKind, key: resource.key)
        return selectors.contains {
            $0.fit(template.kind, template.key, labels: templates.cached(template)?.labels ?? [:]) != .none
        }
    }

    /// What is there of the objects that the selector means.
    private func templates(_ selector: ResourceSelector) async throws -> [Object] {
        if selector.name.isEmpty {
            return templates.candidates(selector).compactMap { templates.cached($0)?.decoded() }
        }
        let key = TemplateKey(
            kind: GroupVersionKind(apiVersion: selector.apiVersion, kind: selector.kind),
            key: ObjectKey(namespace: selector.namespace, name: selector.name))
        return [try await templates.find(key)?.decoded()].compactMap { $0 }
    }

    private func event(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, about subject: Object) {
        plane.events.record(kind, reason, message, about: subject, from: Self.name)
    }
}

extension Informer.Change {
    /// Whether the binding lets dependencies follow, or has done so.
    fileprivate var concernsDependencies: Bool {
        func concerns(_ binding: EncodedObject) -> Bool {
            binding.mentions("propagateDeps") || binding.mentions("karmada.io/binding-dependencies-distributor")
        }
        if case .updated(let old, let new) = self { return concerns(new) || concerns(old) }
        return concerns(object)
    }

    /// Whether the template changed in what is propagated.
    fileprivate var isMoreThanStatus: Bool {
        guard case .updated(let old, let new) = self else { return true }
        return TemplateFingerprint(old.decoded()) != TemplateFingerprint(new.decoded())
    }
}
