import Client
import Kubernetes
import Logging

/// A loop that brings one kind of object from what it is to what it should be.
protocol Controller: Sendable {
    /// As `--controllers` and log lines call it.
    static var name: String { get }

    /// Watches and works until the task is cancelled. The shared caches have their first lists when it is called.
    func run() async
}

extension Controller {
    /// Works on the queue's keys, and logs what fails.
    func process<Key>(
        _ queue: WorkQueue<Key>, workers: Int, logger: Logger,
        _ work: @escaping @Sendable (Key) async throws -> WorkQueue<Key>.Outcome
    ) async {
        await queue.run(workers: workers, work) { key, error in
            logger.debug("\(Self.name): \(key): \(error)")
        }
    }
}

/// Several things failed; each is told.
struct AggregateError: Error, CustomStringConvertible {
    var errors: [any Error]

    /// As Karmada's messages list errors: one as it is, several in brackets.
    var description: String {
        let messages = errors.map { "\($0)" }
        return messages.count == 1 ? messages[0] : "[\(messages.joined(separator: ", "))]"
    }

    static func throwUnlessEmpty(_ errors: [any Error]) throws {
        if !errors.isEmpty { throw AggregateError(errors: errors) }
    }
}

/// Something that keeps a controller from its work for now, in plain words.
struct NotYet: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

extension Error {
    /// Whether trying again is all that it takes: somebody else wrote at the same time, or something is still under way.
    var isTransient: Bool {
        switch self {
        case is NotYet, is CancellationError: true
        case let error as APIError: error.reason == .conflict || error.code >= 500
        case let error as AggregateError: error.errors.allSatisfy(\.isTransient)
        default: false
        }
    }
}
