import Client
import Interpreter
import Kubernetes

/// Gathers what became of a binding's Works into the binding's status, and adds the members' statuses up in the template's.
struct BindingStatusController: Controller {
    static let name = "bindingStatus"
    private static let component = "resource-binding-status-controller"
    /// How long a binding is left alone whose Works tell something new: what the others tell meanwhile is gathered with it.
    private static let settlingTime = Duration.milliseconds(100)
    /// The same of a binding whose Works are new, and will tell something soon unless their cluster is out of reach.
    private static let patience = Duration.milliseconds(500)

    let plane: ControlPlane
    let templates: Templates
    let interpreter: Interpreter
    let workers: Int
    private let queue = WorkQueue<ObjectKey>()

    init(plane: ControlPlane, templates: Templates, interpreter: Interpreter, workers: Int) {
        self.plane = plane
        self.templates = templates
        self.interpreter = interpreter
        self.workers = workers
    }

    func run() async {
        plane.works.onChange { change in
            let labels = change.object.labels
            guard let id = labels[Label.bindingID] ?? labels[Label.clusterBindingID], let key = plane.binding(id: id) else {
                return
            }
            let isNew = if case .deleted = change { false } else { !change.object.mentions("Applied") }
            queue.add(key, after: isNew ? Self.patience : Self.settlingTime)
        }
        // A binding that was scheduled anew counts other clusters, and a template that changed wants its status compared again.
        plane.onBindingChange { change in
            if case .updated(let old, let new) = change, !new.isRescheduled(since: old) { return }
            queue.add(change.key, after: Self.patience)
        }
        await process(queue, workers: workers, logger: plane.logger) { try await reconcile($0) }
    }

    private func reconcile(_ key: ObjectKey) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let object = plane.binding(key)?.decoded() else { return .done }
        let binding = ResourceBinding(object)
        // Nothing is known of a binding before it is scheduled, or goes where those are that need it.
        let isPlaced = binding.status.lastScheduledTime != nil || binding.spec.placement == nil
        guard !binding.isBeingDeleted, !binding.permanentID.isEmpty, isPlaced else { return .done }
        let works = plane.works(ofBinding: binding.permanentID).map { Work($0.decoded()) }
        let items = works.filter { !$0.isBeingDeleted }.compactMap { AggregatedStatusItem($0, of: binding.spec.resource) }
            .sorted { $0.clusterName < $1.clusterName }
        do {
            try await updateBinding(binding, items)
            try await updateTemplate(binding.spec.resource, items)
        } catch {
            if (error as? APIError)?.reason != .conflict {
                plane.events.record(
                    .warning, EventReason.aggregateStatusFailed, "\(error)", about: object, from: Self.component)
            }
            throw error
        }
        return .done
    }

    private func updateBinding(_ binding: ResourceBinding, _ items: [AggregatedStatusItem]) async throws {
        let condition = fullyApplied(items, in: binding.existingClusters)
        let current = binding.status.conditions[condition.type]
        let isSame = current?.status == condition.status && current?.reason == condition.reason
        guard items != binding.status.aggregatedStatus || !isSame else { return }
        try await plane.client.modifyIfPresent(binding.collection, binding.key, subresource: "status") { object in
            object.status["aggregatedStatus"] = items.isEmpty ? nil : .array(items.map(\.json))
            object.setCondition(condition)
            return true
        }
    }

    private func fullyApplied(_ items: [AggregatedStatusItem], in clusters: Set<String>) -> Condition {
        let isFull =
            !clusters.isEmpty && clusters.count == items.count
            && items.allSatisfy { $0.applied && clusters.contains($0.clusterName) }
        return isFull
            ? Condition(
                type: ResourceBinding.fullyAppliedCondition, status: .true, reason: "FullyAppliedSuccess",
                message: "All works have been successfully applied")
            : Condition(
                type: ResourceBinding.fullyAppliedCondition, status: .false, reason: "FullyAppliedFailed",
                message: "Failed to apply all works, see status.aggregatedStatus for details")
    }

    private func updateTemplate(_ reference: ResourceBinding.ObjectReference, _ items: [AggregatedStatusItem]) async throws {
        let key = TemplateKey(kind: reference.groupVersionKind, key: reference.key)
        guard let template = try await templates.find(key)?.decoded() else { return }
        guard let aggregated = try await interpreter.aggregateStatus(template, items: items),
            aggregated.status != template.status
        else { return }
        let resource = try await plane.mapper.resource(for: key.kind)
        _ = try await plane.client.updateStatus(aggregated, in: resource.resource)
    }
}

extension EncodedObject {
    /// Whether a binding may count other clusters, or another template, than it did.
    fileprivate func isRescheduled(since old: EncodedObject) -> Bool {
        let mask: JSONMask = ["metadata": ["generation": .all], "status": ["lastScheduledTime": .all]]
        let (new, old) = (decoded(only: mask), old.decoded(only: mask))
        return new.generation != old.generation || new.status["lastScheduledTime"] != old.status["lastScheduledTime"]
    }
}

extension AggregatedStatusItem {
    /// What a Work says of the resource in its cluster; nil where the Work does not hold the resource.
    fileprivate init?(_ work: Work, of resource: ResourceBinding.ObjectReference) {
        guard let cluster = Work.cluster(of: work.key.namespace),
            let ordinal = work.spec.manifests.firstIndex(where: {
                $0.groupVersionKind == resource.groupVersionKind && $0.key == resource.key
            })
        else { return nil }
        let condition = work.status.conditions[Work.appliedCondition]
        guard condition?.status == .true else {
            self.init(clusterName: cluster, applied: false, appliedMessage: condition?.message ?? "", health: "Unknown")
            return
        }
        let identifier = Work.ManifestIdentifier(ordinal: ordinal, work.spec.manifests[ordinal])
        let status = work.status.manifestStatuses.first { $0.identifier == identifier }
        self.init(clusterName: cluster, status: status?.status, applied: true, health: status?.health ?? "Unknown")
    }
}
