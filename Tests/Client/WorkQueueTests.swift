import Kubernetes
import Synchronization
import Testing

@testable import Client

@Suite(.timeLimit(.minutes(1)))
struct WorkQueueTests {
    /// What was worked on, and how much of it at a time.
    final class Record: Sendable {
        struct State {
            var keys: [String] = []
            var running: [String: Int] = [:]
            var mostOfOneKey = 0
            var mostAtATime = 0
        }

        let state = Mutex(State())

        var keys: [String] { state.withLock { $0.keys } }

        func perform(_ key: String, _ work: () async throws -> Void) async throws {
            state.withLock { state in
                state.keys.append(key)
                state.running[key, default: 0] += 1
                state.mostOfOneKey = max(state.mostOfOneKey, state.running[key, default: 0])
                state.mostAtATime = max(state.mostAtATime, state.running.values.reduce(0, +))
            }
            defer { state.withLock { $0.running[key, default: 0] -= 1 } }
            try await work()
        }
    }

    private let queue = WorkQueue<String>(backoff: Backoff(initial: .milliseconds(4), maximum: .milliseconds(16)))
    private let record = Record()

    /// Runs the queue until `condition` holds.
    private func run(
        workers: Int = 1, _ work: @escaping @Sendable (String) async throws -> WorkQueue<String>.Outcome,
        until condition: () async -> Bool
    ) async throws {
        let queue = queue
        let task = Task { await queue.run(workers: workers) { key in try await work(key) } }
        defer { task.cancel() }
        try await eventually(condition)
        task.cancel()
        await task.value
    }

    @Test func aKeyWaitsOnce() async throws {
        for key in ["a", "b", "a", "a", "c", "b"] { queue.add(key) }
        #expect(queue.count == 3)
        try await run({ [record] key in
            try await record.perform(key) { await Task.yield() }
            return .done
        }, until: { record.keys.count == 3 })
        #expect(record.keys == ["a", "b", "c"])
        #expect(queue.count == 0)
    }

    @Test func aKeyAddedWhileItIsWorkedOnIsWorkedOnAgainAfterwards() async throws {
        queue.add("a")
        try await run(workers: 4, { [queue, record] key in
            try await record.perform(key) {
                if record.keys.count == 1 {
                    for _ in 0..<5 { queue.add(key) }
                    for _ in 0..<5 { await Task.yield() }
                }
            }
            return .done
        }, until: { record.keys.count == 2 })
        #expect(record.keys == ["a", "a"])
        #expect(record.state.withLock { $0.mostOfOneKey } == 1)
    }

    @Test func manyAddersAndWorkersNeverShareAKey() async throws {
        let keys = (0..<10).map { "k\($0)" }
        let isDone = Mutex(false)
        try await run(workers: 4, { [record] key in
            try await record.perform(key) { await Task.yield() }
            return .done
        }, until: {
            if !isDone.withLock({ $0 }) {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask { [queue] in
                            for round in 0..<500 {
                                queue.add(keys[round % keys.count])
                                if round % 50 == 0 { await Task.yield() }
                            }
                        }
                    }
                }
                isDone.withLock { $0 = true }
            }
            return queue.count == 0 && record.state.withLock { $0.running.values.allSatisfy { $0 == 0 } }
        })
        let state = record.state.withLock { $0 }
        #expect(Set(state.keys) == Set(keys))
        #expect(state.mostOfOneKey == 1)
        #expect(state.mostAtATime <= 4)
    }

    @Test func keysThatComeWhileAllWorkersAreBusyAreTakenByThem() async throws {
        let isHeld = Mutex(true)
        for key in ["a", "b"] { queue.add(key) }
        try await run(workers: 2, { [record] key in
            try await record.perform(key) { try await eventually { !isHeld.withLock { $0 } } }
            return .done
        }, until: {
            if record.keys.count == 2, isHeld.withLock({ $0 }) {
                for key in ["c", "d", "e"] { queue.add(key) }
                isHeld.withLock { $0 = false }
            }
            return record.keys.count == 5 && record.state.withLock { $0.running.values.allSatisfy { $0 == 0 } }
        })
        #expect(record.state.withLock { $0.mostAtATime } == 2)
        #expect(Set(record.keys) == ["a", "b", "c", "d", "e"])
    }

    @Test func workersWorkAtTheSameTime() async throws {
        for key in ["a", "b", "c"] { queue.add(key) }
        try await run(workers: 3, { [record] key in
            // Each waits for the other two.
            try await record.perform(key) { try await eventually { record.state.withLock { $0.mostAtATime } == 3 } }
            return .done
        }, until: { record.state.withLock { $0.keys.count == 3 && $0.running.values.allSatisfy { $0 == 0 } } })
        #expect(record.state.withLock { $0.mostAtATime } == 3)
    }

    @Test func failedWorkIsTriedAgainLaterAndLater() async throws {
        queue.add("a")
        queue.add("b")
        let times = Mutex<[ContinuousClock.Instant]>([])
        try await run({ [record] key in
            try await record.perform(key) { await Task.yield() }
            if key == "a" {
                let tries = times.withLock { times in
                    times.append(.now)
                    return times.count
                }
                if tries < 4 { throw TestFailure("not yet") }
            }
            return .done
        }, until: { times.withLock { $0.count } == 4 })
        let seen = times.withLock { $0 }
        // Half of 4, 8 and 16 milliseconds at least.
        for (index, least) in [2, 4, 8].enumerated() {
            #expect(seen[index].duration(to: seen[index + 1]) >= .milliseconds(least))
        }
        #expect(record.keys.filter { $0 == "b" }.count == 1)
    }

    @Test func delayedKeysComeWhenTheyAreDueAndOnce() async throws {
        let start = ContinuousClock.now
        queue.add("late", after: .milliseconds(60))
        queue.add("soon", after: .milliseconds(20))
        queue.add("late", after: .milliseconds(40))
        queue.add("soon", after: .milliseconds(30))
        queue.add("end", after: .milliseconds(90))
        try await run({ [record] key in
            try await record.perform(key) { await Task.yield() }
            return .done
        }, until: { record.keys.last == "end" })
        #expect(record.keys == ["soon", "late", "end"])
        #expect(start.duration(to: .now) >= .milliseconds(90))
    }

    @Test func workMayAskToComeAgain() async throws {
        queue.add("a")
        try await run({ [record] key in
            try await record.perform(key) { await Task.yield() }
            return record.keys.count < 3 ? .again(after: .milliseconds(5)) : .done
        }, until: { record.keys.count == 3 })
        #expect(record.keys == ["a", "a", "a"])
    }

    @Test func backoffGrowsToItsMaximum() {
        let backoff = Backoff(initial: .milliseconds(10), maximum: .seconds(1))
        for (failures, full) in [(1, 10), (2, 20), (5, 160), (8, 1000), (1_000_000, 1000)] {
            let delay = backoff.delay(afterFailures: failures)
            #expect(delay <= .milliseconds(full) && delay >= .milliseconds(full) / 2)
        }
    }
}
