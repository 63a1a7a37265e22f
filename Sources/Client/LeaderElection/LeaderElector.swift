import Kubernetes
import Logging

/// Lets one of several replicas do the work, by a `Lease` as client-go's leader election has it; the two take turns at one lease.
///
/// No two replicas work at a time: a leader that cannot renew its lease stops `renewDeadline` after it last could, which is before
/// others may take it, as long as their clocks run at about the same speed.
public struct LeaderElector: Sendable {
    public struct Configuration: Sendable {
        public var namespace: String
        public var name: String
        /// Tells this replica from the others.
        public var identity: String
        /// How long the others wait after the last renewal that they saw.
        public var leaseDuration = Duration.seconds(15)
        /// How long the leader tries to renew before it gives up.
        public var renewDeadline = Duration.seconds(10)
        /// How long to wait between attempts.
        public var retryPeriod = Duration.seconds(2)

        public init(namespace: String, name: String, identity: String) {
            self.namespace = namespace
            self.name = name
            self.identity = identity
        }
    }

    private let client: any ObjectClient
    private let configuration: Configuration
    private let logger: Logger
    private let onStuck: @Sendable () -> Void

    /// - Parameter onStuck: called where the work does not end in time after leadership was lost, so that two replicas might work:
    ///   to end the process.
    public init(
        client: any ObjectClient, configuration: Configuration, logger: Logger, onStuck: @escaping @Sendable () -> Void
    ) {
        self.client = client
        self.configuration = configuration
        self.logger = logger
        self.onStuck = onStuck
    }

    /// Runs `work` whenever this replica leads, until the task is cancelled or `work` ends by itself.
    /// - Parameter work: cancelled when leadership is lost, and started anew when it is won again.
    /// - Throws: what `work` throws while this replica leads.
    public func run(_ work: @escaping @Sendable (Leadership) async throws -> Void) async throws {
        while !Task.isCancelled {
            var lock = LeaseLock(
                client: client, key: ObjectKey(namespace: configuration.namespace, name: configuration.name),
                identity: configuration.identity, duration: configuration.leaseDuration)
            guard let leadership = await acquire(&lock) else { return }
            logger.notice("\(configuration.identity) leads now")
            if try await lead(lock, leadership, work) { return }
            logger.warning("\(configuration.identity) leads no more")
        }
    }

    /// - Returns: nil when the task is cancelled.
    private func acquire(_ lock: inout LeaseLock) async -> Leadership? {
        var holder = ""
        while !Task.isCancelled {
            let begin = ContinuousClock.now
            do {
                if try await lock.acquireOrRenew() { return Leadership(until: begin + configuration.renewDeadline) }
                if lock.holder != holder, !lock.holder.isEmpty {
                    holder = lock.holder
                    logger.notice("\(holder) leads")
                }
            } catch {
                logger.warning("leader election: \(error)")
            }
            // As client-go: a little later than asked for, by chance, so that replicas do not go in step.
            try? await Task.sleep(for: configuration.retryPeriod * Double.random(in: 1...1.2))
        }
        return nil
    }

    private enum Ending: Sendable {
        case workEnded(Result<Void, any Error>)
        case leadershipLost
        case cancelled
    }

    /// - Returns: whether it is over for good; else leadership was lost.
    private func lead(
        _ lock: LeaseLock, _ leadership: Leadership, _ work: @escaping @Sendable (Leadership) async throws -> Void
    ) async throws -> Bool {
        var lock = lock
        // Not a child task: it must be possible to see that it does not end.
        let task = Task {
            let result: Result<Void, any Error>
            do {
                result = .success(try await work(leadership))
            } catch {
                result = .failure(error)
            }
            return result
        }
        let ending = await withTaskGroup(of: Ending.self) { group in
            group.addTask {
                await withTaskCancellationHandler { .workEnded(await task.value) } onCancel: { task.cancel() }
            }
            let renewal = lock
            let (renewed, lastLock) = AsyncStream.makeStream(of: LeaseLock.self, bufferingPolicy: .bufferingNewest(1))
            group.addTask { await renew(renewal, leadership, lastLock) }
            let first = await group.next() ?? .cancelled
            leadership.end()
            let alarm = Task {
                try await Task.sleep(for: configuration.leaseDuration - configuration.renewDeadline)
                logger.critical("the work goes on although leadership was lost")
                onStuck()
            }
            group.cancelAll()
            await group.waitForAll()
            alarm.cancel()
            lastLock.finish()
            for await last in renewed { lock = last }
            return first
        }
        switch ending {
        case .leadershipLost: return false
        case .workEnded, .cancelled:
            do {
                // Detached from the cancellation that ended the work.
                let held = lock
                try await Task.detached {
                    var held = held
                    try await held.release()
                }.value
            } catch {
                logger.warning("the lease was not released: \(error)")
            }
            if case .workEnded(let result) = ending, !Task.isCancelled { try result.get() }
            return true
        }
    }

    /// Renews until the task is cancelled or leadership is lost.
    private func renew(
        _ lock: LeaseLock, _ leadership: Leadership, _ last: AsyncStream<LeaseLock>.Continuation
    ) async -> Ending {
        var lock = lock
        last.yield(lock)
        while true {
            try? await Task.sleep(for: configuration.retryPeriod)
            if Task.isCancelled { return .cancelled }
            let begin = ContinuousClock.now
            do {
                let current = lock
                let (renewed, isHeld) = try await withDeadline(leadership.remaining) {
                    var lock = current
                    let isHeld = try await lock.acquireOrRenew()
                    return (lock, isHeld)
                }
                lock = renewed
                last.yield(lock)
                guard isHeld else { return .leadershipLost }
                if leadership.isHeld { leadership.extend(until: begin + configuration.renewDeadline) }
            } catch {
                if Task.isCancelled { return .cancelled }
                logger.warning("the lease was not renewed: \(error)")
            }
            guard leadership.isHeld else { return .leadershipLost }
        }
    }
}
