import Dispatch
import Synchronization
import Testing

@testable import Interpreter

/// Runs that never end are given up, and hold up no others.
@Suite struct LuaThreadsTests {
    private final class Events: Sendable {
        let gaveUp = Atomic(0)
        let endedLate = Atomic(0)
    }

    private func run(
        on threads: LuaThreads, _ events: Events = Events(), _ body: @escaping @Sendable () -> Int
    ) async -> Result<Int, LuaError> {
        await threads.run({ .success(body()) }) {
            events.gaveUp.add(1, ordering: .relaxed)
        } onLateEnd: {
            events.endedLate.add(1, ordering: .relaxed)
        }
    }

    @Test func givesUpWhatHangs() async throws {
        let threads = LuaThreads(count: 1, patience: .milliseconds(50))
        let events = Events()
        let gate = DispatchSemaphore(value: 0)
        let hanging = await run(on: threads, events) {
            gate.wait()
            return 1
        }
        #expect(hanging == .failure(LuaError("did not end within 0.05 seconds")))
        #expect(events.gaveUp.load(ordering: .relaxed) == 1)
        #expect(events.endedLate.load(ordering: .relaxed) == 0)
        gate.signal()
        while events.endedLate.load(ordering: .relaxed) == 0 { await Task.yield() }
    }

    @Test func othersRunOn() async throws {
        let threads = LuaThreads(count: 1, patience: .milliseconds(50))
        let gate = DispatchSemaphore(value: 0)
        async let hanging = run(on: threads) {
            gate.wait()
            return 1
        }
        _ = await hanging
        let patient = LuaThreads(count: 2, patience: .seconds(60))
        let sum = await withTaskGroup(of: Int.self) { group in
            for value in 1...100 { group.addTask { (try? await run(on: patient) { value }.get()) ?? 0 } }
            return await group.reduce(0, +)
        }
        #expect(sum == 5050, "more runs than threads")
        gate.signal()
    }
}
