import Client
import Interpreter
import Kubernetes
import Synchronization

/// Finds the policy of each template, marks the template as that policy's, and writes the binding that says what goes where.
struct Detector: Controller {
    static let name = "detector"
    private static let component = "resource-detector"

    let plane: ControlPlane
    let templates: Templates
    let builder: BindingBuilder
    let skippedNamespaces: SkippedNamespaces
    let gates: FeatureGates
    let workers: Int
    let policies = PolicyIndex()
    private let memory = Memory()
    private let templateQueue = WorkQueue<TemplateKey>()
    private let policyQueue = WorkQueue<ObjectKey>()

    init(
        plane: ControlPlane, templates: Templates, interpreter: Interpreter, skippedNamespaces: SkippedNamespaces,
        gates: FeatureGates, workers: Int
    ) {
        self.plane = plane
        self.templates = templates
        builder = BindingBuilder(client: plane.client, events: plane.events, interpreter: interpreter, gates: gates)
        self.skippedNamespaces = skippedNamespaces
        self.gates = gates
        self.workers = workers
    }

    /// What templates were like when they were last brought in line, so that a change of status costs nothing.
    private final class Memory: Sendable {
        private let fingerprints = Mutex<[TemplateKey: TemplateFingerprint]>([:])
        let policyChanges = Marks()
        let changes = Marks()

        subscript(template: TemplateKey) -> TemplateFingerprint? {
            get { fingerprints.withLock { $0[template] } }
            set { fingerprints.withLock { $0[template] = newValue } }
        }
    }

    /// Templates that something was noted of until they are looked at.
    private final class Marks: Sendable {
        private let templates = Mutex<Set<TemplateKey>>([])

        func note(_ template: TemplateKey) { _ = templates.withLock { $0.insert(template) } }

        func take(_ template: TemplateKey) -> Bool { templates.withLock { $0.remove(template) != nil } }
    }

    func run() async {
        for informer in [plane.propagationPolicies, plane.clusterPropagationPolicies] {
            informer.onChange { noteChange(ofPolicy: $0) }
        }
        plane.onBindingChange { change in
            // Where the template is still there, somebody else deleted its binding.
            guard case .deleted(let binding) = change else { return }
            let resource = ResourceBinding.ObjectReference(binding.decoded().spec["resource"] ?? .null)
            enqueue([TemplateKey(kind: resource.groupVersionKind, key: resource.key)])
        }
        templates.onChange { kind, change in
            guard isPropagatable(kind, change.key) else { return }
            let template = TemplateKey(kind: kind, key: change.key)
            if case .updated(let old, let new) = change {
                if TemplateFingerprint.areSame(old, new) { return }
                memory.changes.note(template)
            }
            templateQueue.add(template)
        }
        await withDiscardingTaskGroup { group in
            group.addTask {
                await process(policyQueue, workers: 1, logger: plane.logger) { try await reconcile(policy: $0) }
            }
            group.addTask {
                await process(templateQueue, workers: workers, logger: plane.logger) { try await reconcile(template: $0) }
            }
        }
    }

    private func isPropagatable(_ kind: GroupVersionKind, _ key: ObjectKey) -> Bool {
        // kube-apiserver makes this one for itself.
        let isOwnAuthentication =
            kind.kind == "ConfigMap" && key == ObjectKey(namespace: "kube-system", name: "extension-apiserver-authentication")
        return !isOwnAuthentication && !skippedNamespaces.contains(key.namespace)
    }

    // MARK: Templates

    /// Why a template is looked at.
    private struct Look {
        var isPolicyChange: Bool
        /// Whether users changed it since the last look; true at the first.
        var isUsersChange: Bool
        /// Whether its binding is to be one of a new version. When it is found it is not for that alone: whoever leads anew renders
        /// all bindings from the templates as they are, and most templates have only had statuses since.
        var isOfNewContent: Bool
    }

    private func reconcile(template key: TemplateKey) async throws -> WorkQueue<TemplateKey>.Outcome {
        let isPolicyChange = memory.policyChanges.take(key)
        let isChange = memory.changes.take(key)
        do {
            guard let template = try await templates.find(key)?.decoded() else {
                memory[key] = nil
                try await removeBinding(of: key)
                return .done
            }
            let fingerprint = TemplateFingerprint(template)
            let last = memory[key]
            // A template on its way out keeps the binding that it has until it is gone.
            guard !template.isBeingDeleted, isPolicyChange || fingerprint != last else { return .done }
            let isUsersChange = fingerprint.content != last?.content
            let look = Look(
                isPolicyChange: isPolicyChange, isUsersChange: isUsersChange,
                isOfNewContent: isUsersChange && (last != nil || isChange))
            if let marked = try await propagate(template, look) {
                memory[key] = TemplateFingerprint(marked)
            } else {
                memory[key] = fingerprint
            }
            return .done
        } catch {
            if isPolicyChange { memory.policyChanges.note(key) }
            if isChange { memory.changes.note(key) }
            throw error
        }
    }

    /// Brings the template's mark and binding in line.
    /// - Returns: the template with its mark; nil where no policy governs it.
    private func propagate(_ template: Object, _ look: Look) async throws -> Object? {
        // Something else than policies governs it (a MultiClusterService its Service).
        if template.labels[Label.claimedBy]?.isEmpty == false { return nil }
        if let claim = Claim(of: template) {
            guard let policy = policies.get(claim.policyKey), policy.permanentID == claim.policyID else {
                try await remove(claim, from: template)
                return nil
            }
            if policy.isBeingDeleted { throw NotYet("\(policy.title) is being deleted") }
            guard policy.spec.resourceSelectors.fit(template) != .none else { return template }
            return try await apply(policy, to: template, look)
        }
        guard let policy = policies.match(template) else { return nil }
        var look = look
        look.isUsersChange = look.isUsersChange || !look.isPolicyChange
        return try await apply(policy, to: template, look)
    }

    /// Marks the template as the policy's and writes its binding.
    private func apply(_ policy: PropagationPolicy, to template: Object, _ look: Look) async throws -> Object {
        do {
            try checkDependentOverrides(of: policy)
            guard !policy.permanentID.isEmpty else { throw NotYet("\(policy.title) has no permanent id yet") }
            let template = try await mark(template, by: policy)
            // A lazy policy waits for a user's next change of the template.
            if policy.spec.isLazy, !look.isUsersChange { return template }
            if try await writeBinding(of: template, policy: policy, isOfNewContent: look.isOfNewContent) {
                plane.events.record(
                    .normal, EventReason.applyPolicySucceed, "Apply \(policy.title) succeed", about: template,
                    from: Self.component)
            }
            return template
        } catch {
            if !(error is NotYet) {
                plane.events.record(
                    .warning, EventReason.applyPolicyFailed, "Apply \(policy.title) failed: \(error)", about: template,
                    from: Self.component)
            }
            throw error
        }
    }

    private func checkDependentOverrides(of policy: PropagationPolicy) throws {
        let overrides = policy.isClusterWide ? plane.clusterOverridePolicies : plane.overridePolicies
        for name in policy.spec.dependentOverrides
        where overrides.get(ObjectKey(namespace: policy.key.namespace, name: name)) == nil {
            throw NotYet("waiting for dependent overrides")
        }
    }

    private func mark(_ template: Object, by policy: PropagationPolicy) async throws -> Object {
        var marked = template
        Claim(policy).mark(&marked)
        return try await write(marked, insteadOf: template)
    }

    /// Writes a template whose metadata changed; what others change at the same time stays.
    private func write(_ new: Object, insteadOf old: Object) async throws -> Object {
        guard new != old else { return old }
        let resource = try await plane.mapper.resource(for: new.groupVersionKind)
        return try await plane.client.update(new, in: resource.resource).decoded()
    }

    /// - Returns: whether anything had to be written.
    private func writeBinding(
        of template: Object, policy: PropagationPolicy, isOfNewContent: Bool
    ) async throws -> Bool {
        let templateKey = TemplateKey(kind: template.groupVersionKind, key: template.key)
        let key = BindingBuilder.key(of: templateKey)
        guard let current = plane.binding(key)?.decoded() else {
            let binding = try await builder.build(template, policy: policy, current: nil)
            guard try await plane.client.createIfAbsent(binding, in: collection(of: key)) != nil else {
                throw NotYet("the cache does not have binding \(key) yet")
            }
            return true
        }
        // A binding of an earlier template of this name must be gone before there is a new one.
        if let owner = current.controller, owner.uid != template.uid {
            try await remove(current)
            throw NotYet("binding \(key) still belongs to an earlier \(template.kind) \(template.key)")
        }
        if current.isBeingDeleted { throw NotYet("binding \(key) is being deleted") }
        let binding = try await builder.build(template, policy: policy, current: current)
        guard binding != current, isOfNewContent || !binding.differsInTemplateVersionOnly(from: current) else { return false }
        _ = try await plane.client.update(binding, in: collection(of: key))
        return true
    }

    private func collection(of key: ObjectKey) -> GroupVersionResource {
        key.namespace.isEmpty ? ResourceBinding.clusterResource : ResourceBinding.resource
    }

    /// Removes the binding of a template that is gone.
    private func removeBinding(of template: TemplateKey) async throws {
        let key = BindingBuilder.key(of: template)
        guard let binding = plane.binding(key)?.decoded(), !binding.isBeingDeleted else { return }
        let resource = ResourceBinding.ObjectReference(binding.spec["resource"] ?? .null)
        guard resource.groupVersionKind == template.kind, resource.key == template.key else { return }
        try await remove(binding)
    }

    private func remove(_ binding: Object) async throws {
        try await plane.client.deleteIfPresent(
            collection(of: binding.key), binding.key, DeleteOptions(uid: binding.uid))
    }

    /// Takes a policy's mark off a template and its binding. The binding stays, and so does what runs in the members, until
    /// another policy governs the template or the template goes.
    private func remove(_ claim: Claim, from template: Object) async throws {
        // The binding first: it is found by the template's mark, so the mark must outlast a failure here.
        let key = BindingBuilder.key(of: TemplateKey(kind: template.groupVersionKind, key: template.key))
        if plane.binding(key) != nil {
            try await plane.client.modifyIfPresent(collection(of: key), key) { binding in
                claim.unmark(&binding)
                return true
            }
        }
        var unmarked = template
        claim.unmark(&unmarked)
        _ = try await write(unmarked, insteadOf: template)
    }

    // MARK: Policies

    private func noteChange(ofPolicy change: Informer.Change) {
        let old = policies.apply(change)
        switch change {
        case .added:
            policyQueue.add(change.key)
        case .updated:
            guard let new = policies.get(change.key) else { return }
            if let old, old.generation == new.generation, old.permanentID == new.permanentID { return }
            policyQueue.add(change.key)
            // A policy that lost priority may have to give up templates to those that were below it before.
            if gates[.policyPreemption], let old, new.spec.priority < old.spec.priority {
                let others = policies.preempting(beside: new, above: new.spec.priority, below: old.spec.priority)
                for other in others.sorted(by: { $0.spec.priority > $1.spec.priority }) { policyQueue.add(other.key) }
            }
        case .deleted:
            if let old { enqueue(templates.claimed(by: old.permanentID)) }
        }
    }

    private func enqueue(_ keys: [TemplateKey]) {
        for key in keys where isPropagatable(key.kind, key.key) {
            memory.policyChanges.note(key)
            templateQueue.add(key)
        }
    }

    private func reconcile(policy key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let policy = policies.get(key) else { return .done }
        let claimed = templates.claimed(by: policy.permanentID)
        if policy.isBeingDeleted {
            try await release(claimed, from: policy) { _ in true }
            try await plane.client.modifyIfPresent(policy.collection, key) { object in
                object.finalizers.removeAll { $0 == policy.finalizer }
                return true
            }
            return .done
        }
        if policy.permanentID.isEmpty {
            // The update that this makes brings the policy here again.
            try await plane.client.modifyIfPresent(policy.collection, key) { object in
                if object.labels[policy.permanentIDLabel]?.isEmpty ?? true {
                    object.labels[policy.permanentIDLabel] = RandomUUID.make()
                }
                if !object.finalizers.contains(policy.finalizer) { object.finalizers.append(policy.finalizer) }
                return true
            }
            return .done
        }
        try await release(claimed, from: policy) { policy.spec.resourceSelectors.fit($0) == .none }
        let candidates = policy.spec.resourceSelectors.flatMap(templates.candidates).filter { candidate in
            (policy.isClusterWide || candidate.key.namespace == policy.key.namespace)
                && isPropagatable(candidate.kind, candidate.key)
        }
        enqueue(claimed + candidates)
        tell(of: candidates, selectedBy: policy)
        if gates[.policyPreemption], policy.spec.preempts { try await preempt(candidates, for: policy) }
        return .done
    }

    /// Tells users of policies that do nothing, or less than they say.
    private func tell(of candidates: [TemplateKey], selectedBy policy: PropagationPolicy) {
        let subject = ObjectReference(kind: policy.kind, key: policy.key, uid: policy.uid)
        if candidates.isEmpty {
            plane.events.record(
                .normal, EventReason.nothingSelected, "There is no resource yet that the resourceSelectors match", about: subject,
                from: Self.component)
            return
        }
        let claimed = candidates.filter { candidate in
            let owners = templates.cached(candidate)?.policyIDs ?? []
            return !owners.isEmpty && !owners.contains(policy.permanentID)
        }
        guard !claimed.isEmpty else { return }
        let names = claimed.prefix(3).map { "\($0)" }.joined(separator: ", ")
        plane.events.record(
            .normal, EventReason.resourceClaimedByOther,
            "Another policy has claimed \(claimed.count) of the resources that the resourceSelectors match: "
                + "\(names)\(claimed.count > 3 ? ", ..." : "")", about: subject, from: Self.component)
    }

    /// Takes the policy's mark off those of the templates that it no longer governs.
    private func release(
        _ claimed: [TemplateKey], from policy: PropagationPolicy, where isReleased: (Object) -> Bool
    ) async throws {
        var errors: [any Error] = []
        for key in claimed {
            do {
                guard let template = try await templates.find(key)?.decoded(), isReleased(template) else { continue }
                try await remove(Claim(policy), from: template)
            } catch {
                errors.append(error)
            }
        }
        try AggregateError.throwUnlessEmpty(errors)
    }

    /// Takes templates from policies of lower priority; a namespace's policy takes them from any cluster-wide one.
    private func preempt(_ candidates: [TemplateKey], for policy: PropagationPolicy) async throws {
        var errors: [any Error] = []
        for key in candidates {
            guard let template = templates.cached(key)?.decoded(), !template.isBeingDeleted,
                let claim = Claim(of: template), claim != Claim(policy), let owner = policies.get(claim.policyKey)
            else { continue }
            let outranks = owner.isClusterWide && !policy.isClusterWide || policy.spec.priority > owner.spec.priority
            guard outranks, owner.isClusterWide || !policy.isClusterWide else { continue }
            do {
                _ = try await mark(template, by: policy)
                plane.events.record(
                    .normal, EventReason.preemptPolicySucceed,
                    "\(policy.sentenceStart) preempted \(owner.fullTitle) successfully", about: template,
                    from: Self.component)
            } catch {
                plane.events.record(
                    .warning, EventReason.preemptPolicyFailed,
                    "\(policy.sentenceStart) failed to preempt \(owner.fullTitle): \(error)", about: template,
                    from: Self.component)
                errors.append(error)
            }
        }
        try AggregateError.throwUnlessEmpty(errors)
    }
}
