import Client
import Framework
import Kubernetes
import Logging
import Synchronization
import Telemetry

/// Schedules ResourceBindings and ClusterResourceBindings to clusters, by the profile that each names.
///
/// One loop takes bindings from the queue and runs their cycles, one after the other, over the snapshot of the moment; results
/// are written beside it, many at a time, so that no cycle waits for a write.
public final class SchedulerService: Sendable {
    /// Bindings whose results are being written at a time, at most.
    private static let concurrentWrites = 256
    /// How often a result is written that met another write.
    private static let writeAttempts = 5

    private let client: any ObjectClient
    private let estimator: (any RemoteEstimator)?
    private let profiles: Mutex<Profiles>
    private let logger: Logger
    private let clusters: Informer
    private let bindings: Informer
    private let clusterBindings: Informer
    private let cache = Mutex(ClusterCache())
    private let index = BindingIndex()
    /// Held while a cycle runs.
    private let cycles = Mutex(())
    private let queue: SchedulingQueue
    let events: EventRecorder
    let metrics: SchedulerMetrics

    /// What is in force, and what its plugins have worked out by placement.
    private struct Profiles {
        var configuration: SchedulerConfiguration
        var placements = PlacementCache()
    }

    /// - Parameters:
    ///   - profiles: at least one, as every configuration has.
    ///   - estimator: who answers for plugins that ask outside of the process; nil where nobody does.
    public init(
        client: any ObjectClient, profiles: SchedulerConfiguration, estimator: (any RemoteEstimator)? = nil,
        metrics registry: MetricsRegistry = MetricsRegistry(), logger: Logger
    ) {
        self.client = client
        self.estimator = estimator
        metrics = SchedulerMetrics(registry)
        self.profiles = Mutex(Profiles(configuration: profiles))
        events = EventRecorder(client: client, logger: logger)
        self.logger = logger
        let queue = SchedulingQueue(sort: profiles.profiles[0].queueSort)
        self.queue = queue
        registry.gauge("scheduler_pending_bindings", "Bindings that wait, by part of the queue", labels: ["queue"]) {
            let counts = queue.counts
            return [
                (["active"], Double(counts.active)), (["backoff"], Double(counts.backoff)),
                (["unschedulable"], Double(counts.unschedulable)),
            ]
        }
        clusters = Informer(Cluster.resource, client: client, logger: logger)
        bindings = Informer(ResourceBinding.resource, client: client, logger: logger)
        clusterBindings = Informer(ResourceBinding.clusterResource, client: client, logger: logger)
    }

    /// Puts other profiles in force: for every binding that is taken from the queue from now on. Bindings that are not scheduled
    /// are tried again at once, whatever they wait for; those that are stay where they are until something else concerns them.
    /// What plugins remember, of reservations for instance, begins anew.
    public func reload(_ configuration: SchedulerConfiguration) {
        profiles.withLock { $0 = Profiles(configuration: configuration) }
        queue.reorder(by: configuration.profiles[0].queueSort)
        reconsider(index.unscheduled, because: .configurationChanged)
    }

    /// Schedules until the task is cancelled.
    public func run() async {
        clusters.onChange { [weak self] in self?.clusterChanged($0) }
        bindings.onChange { [weak self] in self?.bindingChanged($0) }
        clusterBindings.onChange { [weak self] in self?.bindingChanged($0) }
        await withDiscardingTaskGroup { group in
            group.addTask { await self.events.run() }
            for informer in [clusters, bindings, clusterBindings] { group.addTask { await informer.run() } }
            for informer in [clusters, bindings, clusterBindings] { await informer.waitUntilSynced() }
            await schedule()
            group.cancelAll()
        }
    }

    // MARK: Events

    private func bindingChanged(_ change: Informer.Change) {
        if case .deleted(let object) = change {
            index.remove(object.key)
            queue.remove(object.key)
            let profiles = profiles.withLock { $0.configuration.profiles }
            for plugin in profiles.flatMap(\.reservePlugins) { plugin.unreserve(object.key) }
            return
        }
        switch index.update(change.object.decoded()) {
        case .none: break
        case .schedule(let priority):
            if case .added = change { metrics.came(.bindingAdd) } else { metrics.came(.bindingUpdate) }
            queue.add(change.key, priority: priority)
        case .drop: queue.remove(change.key)
        }
    }

    private func clusterChanged(_ change: Informer.Change) {
        switch change {
        case .deleted(let object):
            let cluster = Cluster(object.decoded())
            _ = cache.withLock { $0.remove(cluster.name) }
            reconsider(index.concerned(by: [], name: cluster.name), because: .clusterChanged)
        case .added(let object), .updated(_, let object):
            let cluster = Cluster(object.decoded())
            switch cache.withLock({ $0.set(cluster) }) {
            case .none, .lessRoom:
                break
            case .moreRoom:
                for id in queue.helpable where index.concerns(cluster, id) {
                    metrics.came(.clusterChanged)
                    queue.help(id)
                }
            case .topology:
                // Placements that meant the cluster as it was lose it; those that mean it as it is may win it.
                var versions = [cluster]
                if case .updated(let old, _) = change { versions.append(Cluster(old.decoded())) }
                reconsider(index.concerned(by: versions, name: cluster.name), because: .clusterChanged)
            }
        }
    }

    private func reconsider(_ concerned: [(id: BindingID, priority: Int32)], because event: SchedulerMetrics.Event) {
        metrics.came(event, count: concerned.count)
        for (id, priority) in concerned { queue.add(id, priority: priority) }
    }

    // MARK: Scheduling

    private func schedule() async {
        await withDiscardingTaskGroup { writes in
            let (slots, freeSlot) = AsyncStream<Void>.makeStream()
            for _ in 0..<Self.concurrentWrites { freeSlot.yield() }
            var free = slots.makeAsyncIterator()
            while !Task.isCancelled {
                for id in await queue.next(limit: Self.concurrentWrites) {
                    if let question = question(about: id) {
                        _ = await free.next()
                        writes.addTask {
                            self.queue.finish(id, await self.ask(question, about: id))
                            freeSlot.yield()
                        }
                        continue
                    }
                    guard let work = consider(id) else {
                        queue.finish(id, .done)
                        continue
                    }
                    _ = await free.next()
                    writes.addTask {
                        self.queue.finish(id, await self.write(work))
                        freeSlot.yield()
                    }
                }
            }
            writes.cancelAll()
        }
    }

    // MARK: Estimators outside of the process

    /// What has to be asked before the binding's cycle.
    private func question(about id: BindingID) -> EstimateQuestion? {
        guard estimator != nil, let candidate = candidate(id), candidate.trigger != nil, let profile = candidate.profile else {
            return nil
        }
        let view = BindingView(
            candidate.binding, placements: candidate.placements, peers: index.peers(of: candidate.binding))
        return profile.question(about: view, over: candidate.snapshot)
    }

    /// Asks, and then schedules what is there by then: it may have changed meanwhile, and clusters that were not asked are
    /// estimated without their word.
    private func ask(_ question: EstimateQuestion, about id: BindingID) async -> SchedulingQueue.Outcome {
        let estimates = await estimator?.estimates(question) ?? [:]
        guard let work = consider(id, remoteEstimates: estimates) else { return .done }
        return await write(work)
    }

    // MARK: Cycles

    /// A result that is to be written.
    private struct Work: Sendable {
        var object: Object
        var binding: ResourceBinding
        var view: BindingView?
        var profile: Profile?
        var result: ScheduleResult
        /// Nil where nothing was to be scheduled.
        var trigger: ScheduleTrigger?
        var start = ContinuousClock.now
    }

    /// A binding and what there is to be known about it.
    private struct Candidate {
        var object: Object
        var binding: ResourceBinding
        /// Nil where its `spec.schedulerName` is no profile's.
        var profile: Profile?
        var placements: PlacementCache
        var snapshot: ClusterSnapshot
        /// Nil where the earlier result stands.
        var trigger: ScheduleTrigger?
    }

    /// Nil where there is nothing to schedule.
    private func candidate(_ id: BindingID) -> Candidate? {
        guard let encoded = (id.namespace.isEmpty ? clusterBindings : bindings).get(id) else { return nil }
        let object = encoded.decoded()
        let binding = ResourceBinding(object)
        guard binding.spec.placement != nil, !binding.isBeingDeleted, binding.spec.suspension?.scheduling != true else {
            return nil
        }
        let (configuration, placements) = profiles.withLock { ($0.configuration, $0.placements) }
        let snapshot = cache.withLock { $0.snapshot() }
        return Candidate(
            object: object, binding: binding, profile: configuration.profile(named: binding.spec.schedulerName),
            placements: placements, snapshot: snapshot, trigger: ScheduleTrigger(binding, over: snapshot))
    }

    /// Runs the binding's cycle; nil where there is nothing to do for it. One at a time, so that each sees what the ones before
    /// it assumed.
    private func consider(_ id: BindingID, remoteEstimates: [String: Int64] = [:]) -> Work? {
        cycles.withLock { _ in
            let start = ContinuousClock.now
            guard let candidate = candidate(id) else { return nil }
            let binding = candidate.binding
            guard let profile = candidate.profile else {
                let result = ScheduleResult(unknownProfile: binding.spec.schedulerName)
                return Work(object: candidate.object, binding: binding, result: result)
            }
            guard let trigger = candidate.trigger else {
                guard binding.generation != binding.status.schedulerObservedGeneration else { return nil }
                return Work(object: candidate.object, binding: binding, profile: profile, result: ScheduleResult.unchanged)
            }
            let view = BindingView(
                binding, placements: candidate.placements, peers: index.peers(of: binding), remoteEstimates: remoteEstimates)
            let work = Work(
                object: candidate.object, binding: binding, view: view, profile: profile,
                result: ScheduleResult(profile.schedule(view, over: candidate.snapshot, observer: metrics.times)),
                trigger: trigger, start: start)
            reserve(work)
            return work
        }
    }

    /// Before the next binding is considered.
    private func reserve(_ work: Work) {
        guard let decision = work.result.decision, let view = work.view, work.result.moves(work.binding.spec.clusters) else {
            return
        }
        index.assume(decision, for: work.binding)
        for plugin in work.profile?.reservePlugins ?? [] { plugin.reserve(decision, for: view) }
    }

    // MARK: Writing

    private func write(_ work: Work) async -> SchedulingQueue.Outcome {
        let outcome = await attemptToWrite(work)
        if outcome != .done { metrics.came(.scheduleAttemptFailure) }
        if let trigger = work.trigger {
            let isWritten = outcome == work.result.outcome
            metrics.attempted(trigger, work.result, isWritten: isWritten, took: .now - work.start)
        }
        return outcome
    }

    private func attemptToWrite(_ work: Work) async -> SchedulingQueue.Outcome {
        let id = work.binding.key
        do {
            let isChanged = try await writeResult(of: work)
            if let decision = work.result.decision, let view = work.view, isChanged {
                for plugin in work.profile?.postBindPlugins ?? [] { plugin.postBind(decision, for: view) }
            }
            recordEvent(work)
            logger.debug("scheduled \(id): \(work.result.condition.reason) \(work.result.condition.message)")
            return work.result.outcome
        } catch {
            index.forget(id)
            for plugin in work.profile?.reservePlugins ?? [] { plugin.unreserve(id) }
            if error.reason == .notFound { return .done }
            if error.reason == .quotaExceeded {
                return await write(ScheduleResult(quotaExceeded: error.message), insteadOf: work)
            }
            logger.warning("cannot write the schedule of \(id): \(error)")
            return .failed
        }
    }

    /// Says that the binding stays where it is, as there is no quota for what it was to get.
    private func write(_ result: ScheduleResult, insteadOf work: Work) async -> SchedulingQueue.Outcome {
        let id = work.binding.key
        _ = try? await client.modify(id.resource, id, subresource: "status") { current in
            guard current.uid == work.object.uid, current.generation == work.object.generation else { return false }
            return result.applyStatus(to: &current, generation: current.generation, isNew: false, now: .now())
        }
        var work = work
        work.result = result
        recordEvent(work)
        return result.outcome
    }

    /// Writes the clusters and the status together. After a conflict both go into what is there now, as long as the spec is still
    /// that which was scheduled; where it is not, nothing is written, as the binding waits to be scheduled anew.
    /// - Returns: whether the clusters, or what they are for, changed.
    private func writeResult(of work: Work) async throws(APIError) -> Bool {
        let id = work.binding.key
        let now = Timestamp.now()
        var current = work.object
        var attempts = 0
        while true {
            attempts += 1
            var new = current
            let isSpecChanged = work.binding.spec.placement.map { work.result.applySpec(to: &new, placement: $0) } ?? false
            let isNew = isSpecChanged || work.binding.spec.isRescheduleRequired(work.binding.status)
            // The write makes a new generation where the spec differs, and the status is about that one.
            let generation = new.spec == current.spec ? current.generation : current.generation + 1
            let isStatusChanged = work.result.applyStatus(to: &new, generation: generation, isNew: isNew, now: now)
            do {
                if isSpecChanged {
                    _ = try await client.updateWithStatus(new, in: id.resource)
                } else if isStatusChanged {
                    _ = try await client.updateStatus(new, in: id.resource)
                }
                return isSpecChanged
            } catch where error.reason == .conflict && attempts < Self.writeAttempts {
                current = try await client.get(id.resource, id).decoded()
                guard current.uid == work.object.uid, current.generation == work.object.generation else { return false }
            }
        }
    }

    /// Tells of the result on the binding and its template, in Karmada's words.
    private func recordEvent(_ work: Work) {
        let subjects = [ObjectReference(work.binding), ObjectReference(work.binding.spec.resource)]
        let name = work.binding.spec.schedulerName
        guard let (kind, reason, message) = work.result.event(isNamespaced: !work.binding.key.namespace.isEmpty) else { return }
        for subject in subjects {
            events.record(kind, reason, message, about: subject, from: name.isEmpty ? Profile.defaultName : name)
        }
    }
}
