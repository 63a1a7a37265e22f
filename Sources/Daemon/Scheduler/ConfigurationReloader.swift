import Client
import Framework
import Kubernetes
import Logging
import Synchronization

/// Puts a changed configuration file in force in a running scheduler: whole, or not at all.
///
/// What is wrong with a file is logged, and told by an event, with its place in the file and the field; the profiles before it
/// stay in force.
public final class ConfigurationReloader: Sendable {
    /// How often the file is looked at.
    private static let interval = Duration.seconds(1)

    private struct State {
        /// Of the file that was read last.
        var seen: ConfigurationFile.Stamp?
        /// Of a file that differs from it, and may still be being written.
        var candidate: ConfigurationFile.Stamp?
    }

    private let file: ConfigurationFile
    private let scheduler: SchedulerService
    private let logger: Logger
    private let state: Mutex<State>

    /// - Parameter file: as the scheduler was started with.
    public init(_ file: ConfigurationFile, scheduler: SchedulerService, logger: Logger) {
        self.file = file
        self.scheduler = scheduler
        self.logger = logger
        state = Mutex(State(seen: file.stamp))
    }

    /// Follows the file until the task is cancelled. A change takes effect when the file has been left alone for a second.
    public func run() async {
        while !Task.isCancelled {
            try? await Task.sleep(for: Self.interval)
            if isChanged() { reload() }
        }
    }

    /// Whether the file differs from the one that was read last, and did so in the same way when asked before.
    func isChanged() -> Bool {
        let stamp = file.stamp
        return state.withLock { state in
            defer { state.candidate = stamp }
            return stamp != state.seen && stamp == state.candidate
        }
    }

    /// Reads the file now.
    public func reload() {
        // Locked until it is in force: of two that reload at a time the later wins.
        state.withLock { state in
            state.seen = file.stamp
            do {
                let configuration = try file.load()
                scheduler.reload(configuration)
                scheduler.metrics.reloads["succeeded"].increment()
                let message = "\(file.path): in force are \(configuration.profiles.map(\.schedulerName).joined(separator: ", "))"
                logger.notice("scheduler configuration reloaded: \(message)")
                record(.normal, "SchedulerConfigurationReloaded", message)
            } catch {
                scheduler.metrics.reloads["failed"].increment()
                logger.error("scheduler configuration refused, the one before stays in force: \(error)")
                record(.warning, "SchedulerConfigurationInvalid", "\(error); the configuration before stays in force")
            }
        }
    }

    private func record(_ kind: EventRecorder.Kind, _ reason: String, _ message: String) {
        scheduler.events.record(kind, reason, message, about: Self.subject, from: Profile.defaultName)
    }

    /// The configuration is no object of the API; events name it all the same.
    private static let subject = ObjectReference(
        kind: GroupVersionKind(apiVersion: SchedulerConfiguration.apiVersion, kind: SchedulerConfiguration.kind),
        key: ObjectKey(name: "flotilla-scheduler"), uid: "")
}
