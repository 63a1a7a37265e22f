import Client
import Interpreter
import Kubernetes

/// Brings the manifests of each Work into its member, and takes them out again when the Work goes.
struct ExecutionController: Controller, MemberLoop {
    static let name = "execution"
    private static let component = "execution-controller"

    let plane: ControlPlane
    let members: Members
    let interpreter: Interpreter
    let reflector: StatusReflector
    /// Works under way in one member at a time.
    let workers: Int

    func run() async {
        plane.works.onChange { change in
            guard let cluster = Work.cluster(of: change.key.namespace) else { return }
            members[cluster]?.works.add(change.key)
        }
        await untilCancelled()
    }

    func run(in member: Member) async {
        await withDiscardingTaskGroup { group in
            group.addTask {
                await process(member.works, workers: workers, logger: plane.logger) { try await reconcile($0, in: member) }
            }
            group.addTask {
                await process(member.reports, workers: workers, logger: plane.logger) { try await report($0, of: member) }
            }
        }
    }

    private func reconcile(_ key: ObjectKey, in member: Member) async throws -> WorkQueue<ObjectKey>.Outcome {
        guard let object = plane.works.get(key)?.decoded(), let cluster = plane.cluster(member.name) else {
            member.forget(work: key)
            return .done
        }
        let work = Work(object)
        if work.isBeingDeleted {
            try await remove(work, from: member, cluster)
            return .done
        }
        if work.spec.suspendDispatching {
            try await report(work, [.dispatching(false)])
            member.forget(work: key)
            return .done
        }
        // When the cluster is ready again, the member starts anew with all its Works.
        guard cluster.isReady, member.appliedGeneration(of: key) != work.generation else { return .done }
        let applier = ManifestApplier(plane: plane, member: member, interpreter: interpreter)
        var errors: [any Error] = []
        for manifest in work.spec.manifests {
            do {
                try await applier.apply(manifest, of: key)
                event(
                    .normal, EventReason.syncSucceed,
                    "Successfully applied resource(\(manifest.namespace)/\(manifest.name)) to cluster \(member.name)", manifest)
            } catch {
                errors.append(error)
                event(
                    .warning, EventReason.syncFailed,
                    "Failed to create or update resource(\(manifest.key)) in member cluster(\(member.name)): \(error)", manifest)
            }
        }
        guard errors.isEmpty else {
            let failure = AggregateError(errors: errors)
            let total = work.spec.manifests.count
            try await report(
                work,
                [
                    .dispatching(true),
                    .applied(false, "Failed to apply all manifests (\(total - errors.count)/\(total)): \(failure)"),
                ], await statuses(of: work, by: applier).told)
            throw failure
        }
        member.noteApplied(work.generation, of: key)
        return .done
    }

    /// Tells that a Work is in force, and what its objects are like by now. A new generation tells of itself.
    private func report(_ key: ObjectKey, of member: Member) async throws -> WorkQueue<ObjectKey>.Outcome {
        member.beginReport(of: key)
        var errors: [any Error] = []
        if let work = plane.works.get(key).map({ Work($0.decoded()) }), !work.isBeingDeleted,
            member.appliedGeneration(of: key) == work.generation
        {
            let applier = ManifestApplier(plane: plane, member: member, interpreter: interpreter)
            let statuses = await statuses(of: work, by: applier)
            // Where this fails, the report is still due.
            try await report(
                work, [.dispatching(true), .applied(true, "Manifest has been successfully applied")], statuses.told)
            errors = statuses.errors
        }
        member.endReport(of: key)
        try AggregateError.throwUnlessEmpty(errors)
        return .done
    }

    /// What the manifests' objects are like now, as far as that can be found out.
    private func statuses(
        of work: Work, by applier: ManifestApplier
    ) async -> (told: [Work.ManifestStatus], errors: [any Error]) {
        var told: [Work.ManifestStatus] = []
        var errors: [any Error] = []
        for (ordinal, manifest) in work.spec.manifests.enumerated() {
            do {
                guard let observed = try await applier.observe(manifest) else { continue }
                told.append(try await reflector.status(of: observed, ordinal: ordinal, in: work))
            } catch {
                errors.append(error)
            }
        }
        return (told, errors)
    }

    private func event(_ kind: EventRecorder.Kind, _ reason: String, _ message: String, _ manifest: Object) {
        plane.events.record(kind, reason, message, about: ObjectReference(manifest: manifest), from: Self.component)
    }

    /// Writes the conditions, and what became of manifests, unless the Work says all that already.
    private func report(_ work: Work, _ conditions: [Condition], _ statuses: [Work.ManifestStatus] = []) async throws {
        func isNew(_ condition: Condition) -> Bool {
            let current = work.status.conditions[condition.type]
            return current?.status != condition.status || current?.message != condition.message
        }
        guard conditions.contains(where: isNew) || !statuses.allSatisfy(work.has) else { return }
        // That it is dispatched from the first goes without saying.
        for condition in conditions where condition.type == Work.dispatchingCondition && isNew(condition) {
            guard condition.status == .false || work.status.conditions[condition.type] != nil else { continue }
            plane.events.record(
                .normal, EventReason.workDispatching, condition.message, about: ObjectReference(work), from: Self.component)
        }
        try await plane.client.modifyIfPresent(Work.resource, work.key, subresource: "status") { object in
            let now = Timestamp.now()
            for condition in conditions { object.setCondition(condition, now: now) }
            if !statuses.isEmpty { object.setManifestStatuses(statuses) }
            return true
        }
    }

    // MARK: Removing

    private func remove(_ work: Work, from member: Member, _ cluster: Cluster) async throws {
        let applier = ManifestApplier(plane: plane, member: member, interpreter: interpreter)
        if cluster.isReady {
            var errors: [any Error] = []
            for manifest in work.spec.manifests {
                do {
                    if work.spec.preserveResourcesOnDeletion {
                        try await applier.release(manifest)
                    } else {
                        try await applier.delete(manifest)
                    }
                } catch {
                    errors.append(error)
                    // The template may be gone: the Work is what people look at when it stays.
                    plane.events.record(
                        .warning, EventReason.cleanupWorkFailed,
                        "Failed to clean up resource(\(manifest.key)) in member cluster(\(member.name)): \(error)",
                        about: ObjectReference(work), from: Self.component)
                }
            }
            try AggregateError.throwUnlessEmpty(errors)
        } else if !cluster.isBeingDeleted {
            // Nobody can tell what is left there: the Work stays until the cluster is back, or unjoined for good.
            return
        }
        try await plane.client.removeFinalizer(Finalizer.execution, from: work.key, in: Work.resource)
        member.forget(work: work.key)
    }
}

extension ObjectReference {
    fileprivate init(_ work: Work) { self.init(kind: Work.kind, key: work.key, uid: work.uid) }
}

extension Condition {
    fileprivate static func applied(_ isApplied: Bool, _ message: String) -> Condition {
        Condition(
            type: Work.appliedCondition, status: isApplied ? .true : .false,
            reason: isApplied ? "AppliedSuccessful" : "AppliedFailed", message: message)
    }

    fileprivate static func dispatching(_ isDispatching: Bool) -> Condition {
        isDispatching
            ? Condition(
                type: Work.dispatchingCondition, status: .true, reason: "Dispatching",
                message: "Work is being dispatched to member clusters.")
            : Condition(
                type: Work.dispatchingCondition, status: .false, reason: "SuspendDispatching",
                message: "Work dispatching is in a suspended state.")
    }
}
