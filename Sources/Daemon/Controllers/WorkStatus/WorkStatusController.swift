import Client
import Kubernetes

/// Reflects what becomes of objects in the members into their Works, and has drifted or vanished objects put right.
struct WorkStatusController: Controller, MemberLoop {
    static let name = "workStatus"

    let plane: ControlPlane
    let reflector: StatusReflector
    /// Objects of one member under way at a time.
    let workers: Int

    /// All the work is in the members.
    func run() async { await untilCancelled() }

    func run(in member: Member) async {
        await process(member.observations, workers: workers, logger: plane.logger) { try await reconcile($0, in: member) }
    }

    private func reconcile(
        _ key: MemberObjectKey, in member: Member
    ) async throws -> WorkQueue<MemberObjectKey>.Outcome {
        let applied = member.applied(key)
        guard let object = member.cached(key) else {
            // Somebody deleted it, unless its Work is on its way out too.
            if let applied, let work = plane.works.get(applied.work), !Work(work.decoded()).isBeingDeleted {
                member.forget(key)
                member.applyAgain(applied.work)
            }
            return .done
        }
        let observed = object.decoded(only: ObjectMarks.mask)
        guard let workKey = observed.work, workKey.namespace == Work.namespace(of: member.name),
            let encoded = plane.works.get(workKey)
        else { return .done }
        let work = Work(encoded.decoded())
        if work.isBeingDeleted { return .done }
        if let applied, applied.version != observed.resourceVersion, ObjectMarks(observed).mayDiffer(from: applied.marks) {
            member.applyAgain(workKey)
        }
        if !member.leavesToReport(key, of: workKey) { try await reflect(object.decoded(), in: work) }
        return .done
    }

    private func reflect(_ observed: Object, in work: Work) async throws {
        guard
            let ordinal = work.spec.manifests.firstIndex(where: {
                $0.groupVersionKind == observed.groupVersionKind && $0.key == observed.key
            })
        else { return }
        let status = try await reflector.status(of: observed, ordinal: ordinal, in: work)
        guard !work.has(status) else { return }
        try await plane.client.modifyIfPresent(Work.resource, work.key, subresource: "status") { object in
            object.setManifestStatuses([status])
            return true
        }
    }
}

extension Object {
    /// The Work that brought the object into the member.
    fileprivate var work: ObjectKey? {
        guard let annotations = metadata["annotations"], let namespace = annotations[Annotation.workNamespace]?.string,
            let name = annotations[Annotation.workName]?.string
        else { return nil }
        return ObjectKey(namespace: namespace, name: name)
    }
}
