import Client
import Kubernetes
import Logging
import Synchronization

/// Reads the ready replicas of a Deployment in every member, ten times a second, past the control plane.
struct ReplicaSampler {
    /// What was seen of a Deployment over a time.
    struct Report: CustomStringConvertible {
        var minimum: Int
        /// How long there were fewer ready replicas than wanted.
        var belowFull = Duration.zero
        /// How often the Deployment came to a member where it had no ready replica before.
        var moves = 0

        var description: String {
            "at least \(minimum) ready, \(belowFull / .seconds(1)) s below full strength, \(moves) moves"
        }
    }

    private static let interval = Duration.milliseconds(100)

    let deployment: String
    /// How many replicas are wanted.
    let full: Int
    private let clients: [HTTPObjectClient]

    init(_ deployment: String, full: Int, in members: [Daemon]) throws {
        self.deployment = deployment
        self.full = full
        clients = try members.map { member in
            var configuration = try Kubeconfig.load(member.kubeconfig).configuration()
            configuration.requestTimeout = .seconds(5)
            configuration.maximumAttempts = 1
            return try HTTPObjectClient(configuration, logger: Logger(label: "sampler") { _ in SwiftLogNoOpLogHandler() })
        }
    }

    /// Samples for as long as `body` takes.
    func sample(during body: @Sendable () async throws -> Void) async throws -> Report {
        let readings = Readings(members: clients.count)
        let report = try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, client) in clients.enumerated() {
                group.addTask {
                    while !Task.isCancelled {
                        readings.set(index, await read(client))
                        try await Task.sleep(for: Self.interval)
                    }
                }
            }
            try await eventually("every member was read") { readings.areComplete }
            let total = Mutex(Report(minimum: readings.values.reduce(0, +)))
            group.addTask {
                var last = readings.values
                while !Task.isCancelled {
                    try await Task.sleep(for: Self.interval)
                    let values = readings.values
                    let ready = values.reduce(0, +)
                    let moves = zip(last, values).count { $0 == 0 && $1 > 0 }
                    last = values
                    total.withLock { report in
                        report.minimum = min(report.minimum, ready)
                        report.moves += moves
                        if ready < full { report.belowFull += Self.interval }
                    }
                }
            }
            defer { group.cancelAll() }
            try await body()
            // What came last is sampled, too.
            try await Task.sleep(for: Self.interval * 4)
            return total.withLock { $0 }
        }
        for client in clients { await client.shutdown() }
        return report
    }

    /// Nil where the member does not answer.
    private func read(_ client: HTTPObjectClient) async -> Int? {
        let deployments = GroupVersionResource(group: "apps", version: "v1", resource: "deployments")
        do {
            let found = try await client.find(deployments, ObjectKey(namespace: "default", name: deployment))
            return found?.decoded().status["readyReplicas"]?.int ?? 0
        } catch {
            return nil
        }
    }

    /// The latest that is known of each member. One that fails to answer once may merely be slow.
    private final class Readings: Sendable {
        private struct Reading {
            var value: Int?
            var failures = 0
        }

        private let readings: Mutex<[Reading]>

        init(members: Int) { readings = Mutex(Array(repeating: Reading(), count: members)) }

        func set(_ index: Int, _ value: Int?) {
            readings.withLock { readings in
                readings[index].failures = value == nil ? readings[index].failures + 1 : 0
                if let value { readings[index].value = value } else if readings[index].failures > 1 { readings[index].value = 0 }
            }
        }

        var areComplete: Bool { readings.withLock { $0.allSatisfy { $0.value != nil } } }
        var values: [Int] { readings.withLock { $0.map { $0.value ?? 0 } } }
    }
}
